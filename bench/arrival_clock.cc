#include "bench/arrival_clock.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>

#include "bench/publish_block.h"
#include "e2e/lab/lab_error.h"

namespace mkb::bench {
namespace {

double quantile(std::vector<std::uint32_t>& values, double q) {
  if (values.empty()) {
    return 0;
  }
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(values.size() - 1));
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), nth, values.end());
  return static_cast<double>(*nth) / 1000;
}

}  // namespace

ArrivalClock::ArrivalClock(const std::string& bootstrap, const std::string& topic, int partitions)
    : consumer_(lab::make_kafka_handle(RD_KAFKA_CONSUMER, {{"bootstrap.servers", bootstrap},
                                                           {"group.id", "mkb-bench"},
                                                           {"enable.auto.commit", "false"},
                                                           {"fetch.wait.max.ms", "100"},
                                                           {"fetch.error.backoff.ms", "1"}})) {
  rd_kafka_poll_set_consumer(consumer_.get());
  using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                     lab::KafkaDelete<rd_kafka_topic_partition_list_destroy>>;
  const Partitions list(rd_kafka_topic_partition_list_new(partitions));
  for (int i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset = RD_KAFKA_OFFSET_END;
  }
  if (rd_kafka_assign(consumer_.get(), list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw lab::LabError("cannot consume " + topic);
  }
  thread_ = std::thread([this] { run(); });
}

ArrivalClock::~ArrivalClock() {
  stopping_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
}

void ArrivalClock::run() {
  while (!stopping_) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer_.get(), 100);
    if (message == nullptr) {
      continue;
    }
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && counting_) {
      note(*message);
    }
    rd_kafka_message_destroy(message);
  }
}

void ArrivalClock::note(const rd_kafka_message_t& message) {
  if (message.len < kTimestampOffset + kTimestampDigits) {
    return;
  }
  const char* digits = static_cast<const char*>(message.payload) + kTimestampOffset;
  std::int64_t sent = 0;
  std::from_chars(digits, digits + kTimestampDigits, sent);
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  microseconds_.push_back(static_cast<std::uint32_t>(std::max<std::int64_t>(now - sent, 0) / 1000));
}

Quantiles ArrivalClock::finish() {
  stopping_ = true;
  thread_.join();
  return {quantile(microseconds_, 0.5), quantile(microseconds_, 0.99), quantile(microseconds_, 0.999)};
}

}  // namespace mkb::bench
