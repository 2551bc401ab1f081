#include "e2e/lab/kafka_warm_up.h"

#include <iostream>
#include <utility>

#include "e2e/lab/kafka_admin.h"
#include "e2e/lab/kafka_writer.h"
#include "e2e/lab/lab_error.h"

namespace mkb::lab {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTopic = "warm-up";
constexpr int kPartitions = 4;
constexpr int kBatches = 5'000;
constexpr auto kPatience = 40s;

void write_small_batches(const std::string& bootstrap, const std::stop_token& stop) {
  KafkaAdmin(bootstrap).create_topic(kTopic, kPartitions);
  int written = 0;
  KafkaWriter writer(bootstrap, {}, [&written](std::uint64_t, bool) { ++written; });
  OutgoingRecord record;
  record.topic = kTopic;
  record.key = "car-1";
  record.value = std::string(256, '.');
  int sent = 0;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (written < kBatches && !stop.stop_requested() && std::chrono::steady_clock::now() < end) {
    // One in each partition under way at a time: each is a batch of its own.
    if (sent < written + kPartitions) {
      record.partition = sent++ % kPartitions;
      writer.write(record);
    } else {
      writer.poll(10ms);
    }
  }
}

}  // namespace

KafkaWarmUp::KafkaWarmUp(std::string bootstrap)
    : thread_([bootstrap = std::move(bootstrap)](const std::stop_token& stop) {
        try {
          write_small_batches(bootstrap, stop);
        } catch (const LabError& error) {
          std::cerr << "Kafka was not warmed up: " << error.what() << "\n";
        }
      }) {}

void KafkaWarmUp::wait() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace mkb::lab
