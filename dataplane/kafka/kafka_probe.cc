#include "dataplane/kafka/kafka_probe.h"

namespace mkb::dataplane {
namespace {

constexpr int kTimeoutMs = 1500;
constexpr auto kInterval = std::chrono::seconds(3);
constexpr auto kIntervalAfterFailure = std::chrono::milliseconds(500);

}  // namespace

KafkaProbe::KafkaProbe(Question ask, Listener listener)
    : ask_(std::move(ask)), listener_(std::move(listener)), thread_([this] { run(); }) {}

KafkaProbe::~KafkaProbe() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void KafkaProbe::run() {
  for (;;) {
    auto answer = ask_(kTimeoutMs);
    const auto pause = answer.ok() ? std::chrono::milliseconds(kInterval) : kIntervalAfterFailure;
    listener_(std::move(answer));
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, pause, [this] { return stopping_; })) {
      return;
    }
  }
}

}  // namespace mkb::dataplane
