#include "e2e/lab/kafka_admin.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "e2e/lab/lab_error.h"
#include "e2e/lab/wait.h"

namespace mkb::lab {
namespace {

constexpr int kTimeoutMs = 20'000;

using Queue = std::unique_ptr<rd_kafka_queue_t, KafkaDelete<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, KafkaDelete<rd_kafka_event_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, KafkaDelete<rd_kafka_NewTopic_destroy>>;
using Partitions =
    std::unique_ptr<rd_kafka_topic_partition_list_t, KafkaDelete<rd_kafka_topic_partition_list_destroy>>;
using AclBinding = std::unique_ptr<rd_kafka_AclBinding_t, KafkaDelete<rd_kafka_AclBinding_destroy>>;

Event answer_of(const Queue& queue, const std::string& request) {
  Event event(rd_kafka_queue_poll(queue.get(), kTimeoutMs));
  if (!event) throw LabError(request + ": no answer");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw LabError(request + ": " + rd_kafka_event_error_string(event.get()));
  }
  return event;
}

}  // namespace

KafkaAdmin::KafkaAdmin(const std::string& bootstrap)
    : bootstrap_(bootstrap),
      handle_(make_kafka_handle(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap},
                                                    {"reconnect.backoff.max.ms", "500"},
                                                    {"topic.metadata.propagation.max.ms", "1000"}})) {}

bool KafkaAdmin::answers(std::chrono::milliseconds timeout) {
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(handle_.get(), 0, nullptr, &metadata, static_cast<int>(timeout.count())) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return false;
  }
  const bool some = metadata->broker_cnt > 0;
  rd_kafka_metadata_destroy(metadata);
  return some;
}

void KafkaAdmin::create_topic(const std::string& topic, int partitions,
                              const std::map<std::string, std::string>& config) {
  std::array<char, 256> error{};
  const NewTopic request(rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, error.data(), error.size()));
  if (!request) throw LabError("create " + topic + ": " + error.data());
  for (const auto& [name, value] : config) {
    rd_kafka_NewTopic_set_config(request.get(), name.c_str(), value.c_str());
  }
  const Queue queue(rd_kafka_queue_new(handle_.get()));
  rd_kafka_NewTopic_t* requests = request.get();
  rd_kafka_CreateTopics(handle_.get(), &requests, 1, nullptr, queue.get());
  const auto event = answer_of(queue, "create " + topic);
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (rd_kafka_topic_result_error(results[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw LabError("create " + topic + ": " + rd_kafka_topic_result_error_string(results[i]));
    }
  }
  wait_until([&] { return this->partitions(topic) == partitions; }, std::chrono::seconds(30),
             "leaders of topic " + topic);
}

void KafkaAdmin::allow_write(const std::string& user, const std::string& topic) {
  std::array<char, 256> error{};
  for (const auto operation : {RD_KAFKA_ACL_OPERATION_WRITE, RD_KAFKA_ACL_OPERATION_DESCRIBE}) {
    const AclBinding binding(rd_kafka_AclBinding_new(
        RD_KAFKA_RESOURCE_TOPIC, topic.c_str(), RD_KAFKA_RESOURCE_PATTERN_LITERAL, ("User:" + user).c_str(),
        "*", operation, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, error.data(), error.size()));
    if (!binding) throw LabError("allow " + topic + ": " + error.data());
    const Queue queue(rd_kafka_queue_new(handle_.get()));
    rd_kafka_AclBinding_t* bindings = binding.get();
    rd_kafka_CreateAcls(handle_.get(), &bindings, 1, nullptr, queue.get());
    const auto event = answer_of(queue, "allow " + topic);
    std::size_t count = 0;
    const auto* results =
        rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event.get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto* refusal = rd_kafka_acl_result_error(results[i]);
      if (refusal != nullptr) throw LabError("allow " + topic + ": " + rd_kafka_error_string(refusal));
    }
  }
}

int KafkaAdmin::partitions(const std::string& topic) {
  const std::unique_ptr<rd_kafka_topic_t, KafkaDelete<rd_kafka_topic_destroy>> handle(
      rd_kafka_topic_new(handle_.get(), topic.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(handle_.get(), 0, handle.get(), &metadata, kTimeoutMs) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return 0;
  }
  int led = 0;
  for (int t = 0; t < metadata->topic_cnt; ++t) {
    for (int p = 0; p < metadata->topics[t].partition_cnt; ++p) {
      if (metadata->topics[t].partitions[p].leader >= 0) ++led;
    }
  }
  rd_kafka_metadata_destroy(metadata);
  return led;
}

std::vector<std::int64_t> KafkaAdmin::end_offsets(const std::string& topic) {
  std::vector<std::int64_t> ends;
  const int count = partitions(topic);
  for (int p = 0; p < count; ++p) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    auto status = RD_KAFKA_RESP_ERR_NO_ERROR;
    // A partition may have moved, or just been made: asking again brings the news.
    const bool answered = eventually(
        [&] {
          status = rd_kafka_query_watermark_offsets(handle_.get(), topic.c_str(), p, &low, &high, kTimeoutMs);
          return status == RD_KAFKA_RESP_ERR_NO_ERROR;
        },
        std::chrono::milliseconds(kTimeoutMs));
    if (!answered) throw LabError("end of " + topic + ": " + rd_kafka_err2str(status));
    ends.push_back(high);
  }
  return ends;
}

std::int64_t KafkaAdmin::records(const std::string& topic) {
  const auto ends = end_offsets(topic);
  return std::accumulate(ends.begin(), ends.end(), std::int64_t{0});
}

std::vector<std::int64_t> KafkaAdmin::committed(const std::string& group, const std::string& topic) {
  const int count = partitions(topic);
  const auto member =
      make_kafka_handle(RD_KAFKA_CONSUMER, {{"bootstrap.servers", bootstrap_}, {"group.id", group}});
  const Partitions asked(rd_kafka_topic_partition_list_new(count));
  for (int p = 0; p < count; ++p) rd_kafka_topic_partition_list_add(asked.get(), topic.c_str(), p);
  const auto status = rd_kafka_committed(member.get(), asked.get(), kTimeoutMs);
  if (status != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw LabError("committed offsets of " + group + ": " + rd_kafka_err2str(status));
  }
  std::vector<std::int64_t> offsets;
  for (int p = 0; p < count; ++p) {
    const auto& entry = asked->elems[p];
    if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw LabError("committed offset of " + group + ": " + rd_kafka_err2str(entry.err));
    }
    offsets.push_back(entry.offset < 0 ? -1 : entry.offset);
  }
  return offsets;
}

bool KafkaAdmin::all_committed(const std::string& group, const std::string& topic) {
  const auto ends = end_offsets(topic);
  const auto offsets = committed(group, topic);
  return std::equal(
      ends.begin(), ends.end(), offsets.begin(), offsets.end(),
      [](std::int64_t end, std::int64_t offset) { return std::max<std::int64_t>(offset, 0) == end; });
}

}  // namespace mkb::lab
