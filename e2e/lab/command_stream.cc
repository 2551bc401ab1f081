#include "e2e/lab/command_stream.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "e2e/lab/kafka_writer.h"
#include "e2e/lab/lab_error.h"

namespace mkb::lab {
namespace {

using Clock = std::chrono::steady_clock;

/// Below librdkafka's own bound, at which it refuses records.
constexpr std::uint64_t kWindow = 10'000;

std::string vehicle_of(std::uint64_t index, int vehicles) {
  return fmt::format("car-{}", index % static_cast<std::uint64_t>(vehicles));
}

}  // namespace

CommandStream::~CommandStream() {
  stop();
  join();
}

void CommandStream::start() {
  thread_ = std::thread([this] { drive(); });
}

void CommandStream::join() {
  if (thread_.joinable()) thread_.join();
}

void CommandStream::drive() {
  const auto vehicles = static_cast<std::uint64_t>(options_.vehicles);
  std::uint64_t settled = 0;
  KafkaWriter writer(options_.bootstrap, {}, [&](std::uint64_t index, bool written) {
    ++settled;
    const std::lock_guard lock(mutex_);
    if (written) {
      ledger_.sent(vehicle_of(index, options_.vehicles), index / vehicles);
      ++sent_;
    } else {
      ledger_.unknown(vehicle_of(index, options_.vehicles), index / vehicles);
    }
  });
  const bool paced = options_.commands_per_second > 0;
  const auto period = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(paced ? 1 / options_.commands_per_second : 0));
  auto due = Clock::now();
  std::uint64_t next = 0;
  while (!stopping_ && (options_.commands == 0 || next < options_.commands)) {
    if (next - settled >= kWindow || Clock::now() < due) {
      writer.poll(std::chrono::milliseconds(1));
      continue;
    }
    OutgoingRecord record;
    record.topic = options_.topic;
    record.key = vehicle_of(next, options_.vehicles);
    record.value = fmt::format(R"({{"v":"{}","n":{}}})", *record.key, next / vehicles);
    record.tag = next++;
    writer.write(record);
    due += period;
  }
  // Its outcomes are in the books; a record that Kafka refused is `unknown` there.
  while (settled < next) writer.poll(std::chrono::milliseconds(100));
}

Ledger CommandStream::ledger(const std::vector<ReceivedMessage>& messages) const {
  Ledger books;
  {
    const std::lock_guard lock(mutex_);
    books = ledger_;
  }
  for (const auto& message : messages) {
    const auto command = parse_command(message.payload);
    if (message.topic.find("/" + command.vehicle + "/") == std::string::npos) {
      throw LabError("a command for " + command.vehicle + " came on " + message.topic);
    }
    books.arrived(command.vehicle, command.number);
  }
  return books;
}

Command parse_command(const std::string& payload) {
  const auto command = nlohmann::json::parse(payload, nullptr, false);
  if (!command.is_object() || !command.contains("v") || !command["v"].is_string() || !command.contains("n") ||
      !command["n"].is_number_unsigned()) {
    throw LabError("not a command: " + payload.substr(0, 200));
  }
  return {command["v"].get<std::string>(), command["n"].get<std::uint64_t>()};
}

LedgerWords command_words() {
  return {"sent (acknowledged by Kafka)", "received over MQTT", "never sent, yet received"};
}

}  // namespace mkb::lab
