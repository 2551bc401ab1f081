#include "e2e/lab/fleet.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "e2e/lab/lab_error.h"
#include "e2e/lab/paho_publisher.h"

namespace mkb::lab {
namespace {

std::string topic_of(const FleetOptions& options, int vehicle) {
  if (options.depots.empty()) return fmt::format("{}/car-{}/telemetry", options.topic_root, vehicle);
  const auto& depot = options.depots[static_cast<std::size_t>(vehicle) % options.depots.size()];
  return fmt::format("{}/{}/car-{}/telemetry", options.topic_root, depot, vehicle);
}

std::string payload_of(const FleetOptions& options, int vehicle, std::uint64_t number) {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  const double phase = static_cast<double>(number) / 50.0 + vehicle;
  std::string payload = fmt::format(
      R"({{"v":"car-{}","n":{},"fleet":"{}","ts":{},"speed":{:.1f},"battery":{:.1f})", vehicle, number,
      vehicle % 2 == 0 ? "north" : "south", now, 60 + 40 * std::sin(phase), 50 + 50 * std::cos(phase / 100));
  constexpr std::string_view kPad = R"(,"pad":")";
  const std::size_t closed = payload.size() + kPad.size() + 2;
  if (closed < options.payload_bytes) {
    payload += kPad;
    payload.append(options.payload_bytes - closed, '.');
    payload += '"';
  }
  return payload + "}";
}

}  // namespace

Fleet::Fleet(FleetOptions options) : options_(std::move(options)) {}

Fleet::~Fleet() {
  stop();
  join();
}

void Fleet::start() {
  for (int vehicle = 0; vehicle < options_.vehicles; ++vehicle) {
    threads_.emplace_back([this, vehicle] { drive(vehicle); });
  }
}

void Fleet::join() {
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

bool Fleet::finished(std::uint64_t next) const {
  return stopping_ || (options_.messages_per_vehicle > 0 && next >= options_.messages_per_vehicle);
}

void Fleet::drive(int vehicle) {
  std::uint64_t next = 0;
  while (!finished(next)) {
    drive_connection(vehicle, next);
    if (!finished(next)) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

void Fleet::drive_connection(int vehicle, std::uint64_t& next) {
  const std::string topic = topic_of(options_, vehicle);
  const auto outcome = [&](std::uint64_t number, bool acknowledged) {
    const std::lock_guard lock(mutex_);
    if (acknowledged) {
      ledger_.sent(topic, number);
      ++sent_;
    } else {
      ledger_.unknown(topic, number);
    }
  };
  PahoPublisher publisher(
      {options_.uri, fmt::format("{}-car-{}", options_.topic_root, vehicle), options_.window, {}, {}},
      outcome);
  if (!publisher.connect()) return;
  const bool paced = options_.messages_per_second > 0;
  const auto period = std::chrono::duration<double>(
      paced ? static_cast<double>(options_.vehicles) / options_.messages_per_second : 0);
  // Vehicles do not speak in chorus.
  auto due =
      std::chrono::steady_clock::now() +
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(period * vehicle / options_.vehicles);
  PahoMessage message;
  message.topic = topic;
  message.qos = options_.qos;
  message.content_type = "application/json";
  while (!finished(next)) {
    if (paced) {
      std::this_thread::sleep_until(due);
      due += std::chrono::duration_cast<std::chrono::steady_clock::duration>(period);
      // What stands still for a second is not caught up with: a fleet has a rate, not a backlog.
      due = std::max(due, std::chrono::steady_clock::now() - std::chrono::seconds(1));
    }
    message.payload = payload_of(options_, vehicle, next);
    ++published_;
    if (!publisher.publish(message, next++)) return;
  }
  publisher.flush();
}

Ledger Fleet::ledger(const std::vector<KafkaRecord>& records) const {
  Ledger books;
  {
    const std::lock_guard lock(mutex_);
    books = ledger_;
  }
  enter(books, records);
  return books;
}

void enter(Ledger& ledger, const std::vector<KafkaRecord>& records) {
  for (const auto& record : records) {
    const auto topic = record.header("mqtt.topic");
    const auto payload = nlohmann::json::parse(record.value, nullptr, false);
    if (!topic || !payload.is_object() || !payload.contains("n")) {
      throw LabError(fmt::format("record {}[{}]@{} is not a vehicle's: {}", record.topic, record.partition,
                                 record.offset, record.value.substr(0, 200)));
    }
    ledger.arrived(*topic, payload["n"].get<std::uint64_t>());
  }
}

}  // namespace mkb::lab
