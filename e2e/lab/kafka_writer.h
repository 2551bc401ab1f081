#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "e2e/lab/kafka_handle.h"

namespace mkb::lab {

struct OutgoingRecord {
  std::string topic;
  std::optional<std::string> key;
  std::optional<std::string> value;  ///< none: a tombstone
  std::vector<std::pair<std::string, std::string>> headers;
  std::int32_t partition = -1;    ///< -1: by the key
  std::int64_t timestamp_ms = 0;  ///< 0: now
  std::uint64_t tag = 0;          ///< for the outcome
};

/// Writes records with librdkafka, acks=all and idempotent, and never the same one twice. Not thread-safe.
class KafkaWriter {
 public:
  /// Called with the tag of each record: written, or not (false). From within the calls of this class.
  using Outcome = std::function<void(std::uint64_t tag, bool written)>;

  /// With a transactional id every record is written between begin() and commit() or abort().
  explicit KafkaWriter(const std::string& bootstrap, const std::string& transactional_id = {},
                       Outcome outcome = {});
  ~KafkaWriter();
  KafkaWriter(const KafkaWriter&) = delete;
  KafkaWriter& operator=(const KafkaWriter&) = delete;

  /// Hands the record over; throws LabError when it is refused at once.
  void write(const OutgoingRecord& record);
  /// Serves outcomes; waits up to `timeout` for one.
  void poll(std::chrono::milliseconds timeout = {});
  /// Waits until every record is written; throws LabError when one was refused, or after 30 s.
  void flush();

  void begin();
  /// flush() and commit.
  void commit();
  /// flush(), so that the records are in the log all the same, and abort.
  void abort();

 private:
  static void report(rd_kafka_t* handle, const rd_kafka_message_t* message, void* writer);

  Outcome outcome_;
  std::string refusal_;  ///< of the first record that was refused
  KafkaHandle handle_;
};

/// Writes these records and waits until Kafka has them.
void write_records(const std::string& bootstrap, const std::vector<OutgoingRecord>& records);

}  // namespace mkb::lab
