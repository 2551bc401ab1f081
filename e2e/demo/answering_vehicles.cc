#include "e2e/demo/answering_vehicles.h"

#include <fmt/format.h>

#include "e2e/lab/command_stream.h"
#include "e2e/lab/lab_error.h"
#include "e2e/lab/paho_publisher.h"

namespace mkb::demo {
namespace {

constexpr std::chrono::milliseconds kLook{10};

// Somebody who tries the demo by hand may write anything; the ledger tells at the end.
lab::Command parse(const std::string& payload) {
  try {
    return lab::parse_command(payload);
  } catch (const lab::LabError&) {
    return {"unknown", 0};
  }
}

}  // namespace

AnsweringVehicles::AnsweringVehicles(const std::string& uri)
    : uri_(uri), subscriber_({uri, "vehicles-commands", {"vehicles/+/cmd"}, 1, 3600, {}, {}}) {}

AnsweringVehicles::~AnsweringVehicles() {
  stop();
}

void AnsweringVehicles::start() {
  if (!subscriber_.connect()) throw lab::LabError("the vehicles cannot subscribe to their commands");
  thread_ = std::thread([this] { answer(); });
}

void AnsweringVehicles::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

lab::Ledger AnsweringVehicles::answers() const {
  const std::lock_guard lock(mutex_);
  return ledger_;
}

void AnsweringVehicles::answer() {
  std::vector<lab::Command> taken;
  while (!stopping_) {
    answer_connection(taken);
    if (!stopping_) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

void AnsweringVehicles::answer_connection(std::vector<lab::Command>& taken) {
  lab::PahoPublisher publisher({uri_, "vehicles-answers", 100, {}, {}},
                               [&](std::uint64_t index, bool acknowledged) {
                                 const auto& command = taken[index];
                                 const std::lock_guard lock(mutex_);
                                 if (acknowledged) {
                                   ledger_.sent(command.vehicle, command.number);
                                   ++answered_;
                                 } else {
                                   ledger_.unknown(command.vehicle, command.number);
                                 }
                               });
  if (!publisher.connect()) return;
  while (true) {
    // First asked whether to end, then looked: nothing that came before stop() stays without its answer.
    const bool last = stopping_;
    for (const auto& message : subscriber_.messages(taken.size())) {
      taken.push_back(parse(message.payload));
      const auto& command = taken.back();
      lab::PahoMessage answer;
      answer.topic = fmt::format("vehicles/{}/answers", command.vehicle);
      answer.payload = fmt::format(R"({{"v":"{}","n":{},"done":true}})", command.vehicle, command.number);
      answer.content_type = "application/json";
      if (!publisher.publish(answer, taken.size() - 1)) return;
    }
    if (!publisher.flush() || last) return;
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace mkb::demo
