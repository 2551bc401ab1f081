#include "e2e/lab/kafka_reader.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "e2e/lab/kafka_admin.h"
#include "e2e/lab/kafka_handle.h"
#include "e2e/lab/lab_error.h"
#include "e2e/lab/wait.h"

namespace mkb::lab {
namespace {

using Message = std::unique_ptr<rd_kafka_message_t, KafkaDelete<rd_kafka_message_destroy>>;
using Partitions =
    std::unique_ptr<rd_kafka_topic_partition_list_t, KafkaDelete<rd_kafka_topic_partition_list_destroy>>;

std::string text(const void* data, std::size_t size) {
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

KafkaRecord record_of(const rd_kafka_message_t& message) {
  KafkaRecord record;
  record.topic = rd_kafka_topic_name(message.rkt);
  record.partition = message.partition;
  record.offset = message.offset;
  if (message.key != nullptr) record.key = text(message.key, message.key_len);
  record.value = text(message.payload, message.len);
  record.tombstone = message.payload == nullptr;
  record.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      record.headers.emplace_back(name, text(value, size));
    }
  }
  return record;
}

}  // namespace

std::optional<std::string> KafkaRecord::header(const std::string& name) const {
  const auto found = std::find_if(headers.rbegin(), headers.rend(),
                                  [&](const auto& header) { return header.first == name; });
  if (found == headers.rend()) return std::nullopt;
  return found->second;
}

std::vector<KafkaRecord> read_topic(const std::string& bootstrap, const std::string& topic) {
  KafkaAdmin admin(bootstrap);
  const auto ends = admin.end_offsets(topic);
  const auto consumer = make_kafka_handle(RD_KAFKA_CONSUMER, {{"bootstrap.servers", bootstrap},
                                                              {"group.id", "mkb-lab-reader"},
                                                              {"enable.auto.commit", "false"},
                                                              {"enable.partition.eof", "true"},
                                                              {"fetch.wait.max.ms", "100"}});
  rd_kafka_poll_set_consumer(consumer.get());
  const Partitions assignment(rd_kafka_topic_partition_list_new(static_cast<int>(ends.size())));
  std::size_t expected = 0;
  std::set<std::int32_t> unread;
  for (std::size_t p = 0; p < ends.size(); ++p) {
    if (ends[p] == 0) continue;
    const auto partition = static_cast<std::int32_t>(p);
    rd_kafka_topic_partition_list_add(assignment.get(), topic.c_str(), partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
    unread.insert(partition);
    expected += static_cast<std::size_t>(ends[p]);
  }
  std::vector<KafkaRecord> records;
  if (unread.empty()) return records;
  if (rd_kafka_assign(consumer.get(), assignment.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw LabError("cannot read " + topic);
  }
  records.reserve(expected);
  while (!unread.empty()) {
    const Message message(rd_kafka_consumer_poll(consumer.get(), 30'000));
    if (!message) throw LabError("reading " + topic + ": nothing came for 30 s");
    // A broker that was away is tried again by librdkafka itself.
    if (message->err == RD_KAFKA_RESP_ERR__TRANSPORT || message->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
      continue;
    // What a transaction wrote last is no record, so a partition need not end with one.
    const bool at_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && !at_end)
      throw LabError("reading " + topic + ": " + rd_kafka_message_errstr(message.get()));
    const auto end = ends[static_cast<std::size_t>(message->partition)];
    if (!at_end && message->offset < end) records.push_back(record_of(*message));
    if (message->offset + (at_end ? 0 : 1) >= end) unread.erase(message->partition);
  }
  std::sort(records.begin(), records.end(), [](const KafkaRecord& a, const KafkaRecord& b) {
    return std::tie(a.partition, a.offset) < std::tie(b.partition, b.offset);
  });
  return records;
}

std::vector<KafkaRecord> read_topic(const std::string& bootstrap, const std::string& topic,
                                    std::int64_t count) {
  KafkaAdmin admin(bootstrap);
  wait_until([&] { return admin.records(topic) >= count; }, std::chrono::seconds(60),
             std::to_string(count) + " records in topic " + topic);
  return read_topic(bootstrap, topic);
}

}  // namespace mkb::lab
