#include "dataplane/kafka/kafka_consumer.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "dataplane/kafka/client_setup.h"
#include "dataplane/kafka/delivery_error.h"

namespace mkb::dataplane {
namespace {

/// Records and events of one poll(), so that other work of the thread gets its turn.
constexpr int kBatch = 500;
constexpr std::size_t kRead = 64;  // records taken from one partition before the next has its turn
/// Unwanted for so long, records are better fetched again than kept.
constexpr auto kPauseAfter = std::chrono::seconds(1);
constexpr int kFindTimeoutMs = 1000;
/// A member that was fenced would fence the other in turn; poll() comes ten times a second.
constexpr int kPollsBeforeRestart = 50;

KafkaPartitions list_of(const std::vector<TopicPartition>& partitions) {
  KafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& each : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), each.topic.c_str(), each.partition);
  }
  return list;
}

std::vector<TopicPartition> partitions_of(const rd_kafka_topic_partition_list_t* list) {
  std::vector<TopicPartition> partitions;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    partitions.push_back({list->elems[i].topic, list->elems[i].partition});
  }
  return partitions;
}

std::string_view view(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

ConsumedRecord record_of(rd_kafka_message_t* message) {
  ConsumedRecord record;
  record.owner.reset(message,
                     [](void* owned) { rd_kafka_message_destroy(static_cast<rd_kafka_message_t*>(owned)); });
  record.topic = rd_kafka_topic_name(message->rkt);
  record.partition = message->partition;
  record.offset = message->offset;
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t timestamp = rd_kafka_message_timestamp(message, &type);
  record.timestamp_ms = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? 0 : timestamp;
  if (message->key != nullptr) {
    record.key = view(message->key, message->key_len);
  }
  if (message->payload != nullptr) {
    record.value = view(message->payload, message->len);
  }
  for_each_header(message, [&record](const char* name, const char* value, std::size_t size) {
    record.headers.emplace_back(name, value == nullptr ? std::string_view() : view(value, size));
  });
  return record;
}

}  // namespace

Result<std::unique_ptr<KafkaConsumer>> KafkaConsumer::create(KafkaProperties properties,
                                                             const api::KafkaToMqttRoute& route,
                                                             ConsumerEvents& events) {
  const auto fd = make_event_fd();
  if (!fd) {
    return fd.error();
  }
  std::unique_ptr<KafkaConsumer> consumer(new KafkaConsumer(std::move(properties), route, events, *fd));
  if (auto started = consumer->start(); !started) {
    return started.error();
  }
  return consumer;
}

KafkaConsumer::KafkaConsumer(KafkaProperties properties, const api::KafkaToMqttRoute& route,
                             ConsumerEvents& events, int event_fd)
    : properties_(std::move(properties)),
      topics_(route.topics),
      start_(route.start),
      events_(events),
      event_fd_(event_fd) {}

KafkaConsumer::~KafkaConsumer() {
  stop();
  close(event_fd_);
}

Result<void> KafkaConsumer::start() {
  std::array<char, 512> reason{};
  auto made = make_conf(properties_);
  if (!made) {
    return made.error();
  }
  KafkaConf conf = std::move(*made);
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_rebalance_cb(
      conf.get(), [](rd_kafka_t*, rd_kafka_resp_err_t kind, rd_kafka_topic_partition_list_t* list,
                     void* self) { static_cast<KafkaConsumer*>(self)->on_rebalance(kind, list); });
  rd_kafka_conf_set_offset_commit_cb(
      conf.get(), [](rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* list,
                     void* self) { static_cast<KafkaConsumer*>(self)->on_commit(error, list); });
  client_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), reason.data(), reason.size());
  if (client_ == nullptr) {
    return Error(KafkaConfigError::kCannotStart,
                 "the Kafka consumer cannot start: " + std::string(reason.data()));
  }
  static_cast<void>(conf.release());  // rd_kafka_new took it
  rd_kafka_poll_set_consumer(client_);
  queue_.reset(rd_kafka_queue_get_consumer(client_));
  signal_through(queue_.get(), event_fd_);
  return {};
}

void KafkaConsumer::subscribe() {
  const KafkaPartitions wanted(rd_kafka_topic_partition_list_new(static_cast<int>(topics_.size())));
  for (const std::string& topic : topics_) {
    rd_kafka_topic_partition_list_add(wanted.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  if (const auto error = rd_kafka_subscribe(client_, wanted.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    // Only what was validated before can be wrong with it.
    events_.on_consumer_error(rd_kafka_err2name(error), rd_kafka_err2str(error));
  }
  lag_ = std::make_unique<PartitionLag>(client_, start_.at == api::StartAt::kLatest);
}

void KafkaConsumer::stop() {
  stopping_ = true;
  if (finder_.joinable()) {
    finder_.join();
  }
  stopping_ = false;
  found_.reset();
  // The client takes the answer with it.
  commit_refused_ = std::exchange(commit_open_, false) || commit_refused_;
  lag_.reset();
  assigned_.clear();
  if (queue_) {
    stop_signals(queue_.get());
  }
  queue_.reset();
  if (client_ != nullptr) {
    rd_kafka_destroy_flags(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    client_ = nullptr;
  }
  in_group_ = false;
}

bool KafkaConsumer::poll() {
  std::uint64_t ignored = 0;
  static_cast<void>(!read(event_fd_, &ignored, sizeof ignored));
  if (failed_) {
    restart_after_fatal();
    return false;
  }
  take_start();
  if (std::exchange(commit_refused_, false)) {
    events_.on_committed({}, "the consumer has ended");
  }
  pause_what_is_held();
  const bool more_events = poll_events();
  const bool more_records = !failed_ && read_records();
  return !failed_ && (more_events || more_records);
}

bool KafkaConsumer::poll_events() {
  for (int i = 0; i < kBatch && !failed_; ++i) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client_, 0);
    if (message == nullptr) {
      return false;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      handle_error(*message);
    }
    // Records come from the partitions' own queues, never from here.
    rd_kafka_message_destroy(message);
  }
  return true;
}

bool KafkaConsumer::read_records() {
  if (assigned_.empty()) {
    return false;
  }
  auto each = std::next(assigned_.begin(), static_cast<std::ptrdiff_t>(turn_++ % assigned_.size()));
  bool more = false;
  for (std::size_t n = assigned_.size(); n > 0; --n) {
    more = read_partition(each->first, each->second) || more;
    if (++each == assigned_.end()) {
      each = assigned_.begin();
    }
  }
  return more;
}

bool KafkaConsumer::read_partition(const TopicPartition& id, Partition& partition) {
  const std::size_t most = partition.held ? 0 : std::min(kRead, events_.room());
  if (most == 0) {
    return false;  // room comes with acknowledgements, and tick() looks again
  }
  std::array<rd_kafka_message_t*, kRead> messages{};
  const auto count = rd_kafka_consume_batch_queue(partition.queue.get(), 0, messages.data(), most);
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    rd_kafka_message_t* message = messages[static_cast<std::size_t>(i)];
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      events_.on_record(record_of(message));
    } else {
      spdlog::debug("{}[{}]: {}", id.topic, id.partition, rd_kafka_message_errstr(message));
      handle_error(*message);
      rd_kafka_message_destroy(message);
    }
  }
  return count == static_cast<std::ptrdiff_t>(most);
}

void KafkaConsumer::pause_what_is_held() {
  const TimePoint now = std::chrono::steady_clock::now();
  for (auto& [id, partition] : assigned_) {
    if (partition.held && !partition.paused && now - partition.held_since >= kPauseAfter) {
      partition.paused = true;
      rd_kafka_pause_partitions(client_, list_of({id}).get());
    }
  }
}

std::vector<TopicPartition> KafkaConsumer::assigned() const {
  std::vector<TopicPartition> partitions;
  for (const auto& [id, partition] : assigned_) {
    partitions.push_back(id);
  }
  return partitions;
}

void KafkaConsumer::handle_error(const rd_kafka_message_t& message) {
  std::string text = rd_kafka_message_errstr(&message);
  if (message.err == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, 512> reason{};
    rd_kafka_fatal_error(client_, reason.data(), reason.size());
    text = reason.data();
    failed_ = true;
    polls_since_failure_ = 0;
  }
  events_.on_consumer_error(rd_kafka_err2name(message.err), text);
}

void KafkaConsumer::restart_after_fatal() {
  if (polls_since_failure_ == 0) {
    events_.on_lost(assigned());
    stop();
  }
  if (++polls_since_failure_ < kPollsBeforeRestart) {
    return;
  }
  if (auto started = start(); !started) {
    spdlog::error("{}", started.error().message());
    polls_since_failure_ = 1;
    return;
  }
  failed_ = false;
  subscribe();
}

void KafkaConsumer::on_rebalance(rd_kafka_resp_err_t kind, const rd_kafka_topic_partition_list_t* list) {
  const std::vector<TopicPartition> partitions = partitions_of(list);
  if (kind == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    in_group_ = true;
    if (start_.at == api::StartAt::kTimestamp && !partitions.empty()) {
      find_start(list);
    } else {
      assign(list);
    }
    return;
  }
  if (kind == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
    if (rd_kafka_assignment_lost(client_) != 0) {
      events_.on_consumer_error("ASSIGNMENT_LOST", "the consumer group has given the partitions to others");
      events_.on_lost(partitions);
    } else {
      events_.on_revoked(partitions);
    }
    return;
  }
  events_.on_consumer_error(rd_kafka_err2name(kind), rd_kafka_err2str(kind));
  events_.on_lost(assigned());
}

void KafkaConsumer::assign(const rd_kafka_topic_partition_list_t* list) {
  const std::vector<TopicPartition> partitions = partitions_of(list);
  for (const TopicPartition& each : partitions) {
    // Before fetching begins: a queue that forwards to none is then left alone.
    Partition& partition = assigned_[each];
    partition.queue.reset(rd_kafka_queue_get_partition(client_, each.topic.c_str(), each.partition));
    rd_kafka_queue_forward(partition.queue.get(), nullptr);
    signal_through(partition.queue.get(), event_fd_);
  }
  if (const KafkaError error{rd_kafka_incremental_assign(client_, list)}) {
    for (const TopicPartition& each : partitions) {
      assigned_.erase(each);
    }
    events_.on_consumer_error(rd_kafka_error_name(error.get()), rd_kafka_error_string(error.get()));
    return;
  }
  lag_->watch(assigned());
  events_.on_assigned(partitions);
}

void KafkaConsumer::release(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& each : partitions) {
    if (const auto found = assigned_.find(each); found != assigned_.end()) {
      resume(each);
      stop_signals(found->second.queue.get());
      assigned_.erase(found);
    }
  }
  if (client_ == nullptr || failed_) {
    return;
  }
  lag_->watch(assigned());
  const KafkaError error{rd_kafka_incremental_unassign(client_, list_of(partitions).get())};
  if (error) {
    events_.on_consumer_error(rd_kafka_error_name(error.get()), rd_kafka_error_string(error.get()));
  }
}

void KafkaConsumer::find_start(const rd_kafka_topic_partition_list_t* list) {
  if (finder_.joinable()) {
    finder_.join();
  }
  finder_ = std::thread([this, copy = rd_kafka_topic_partition_list_copy(list)] {
    KafkaPartitions wanted(copy);
    if (!retried([&] { return rd_kafka_committed(client_, wanted.get(), kFindTimeoutMs); })) {
      return;
    }
    for (int i = 0; i < wanted->cnt; ++i) {
      if (wanted->elems[i].offset < 0 && !find_start(wanted->elems[i])) {
        return;
      }
    }
    {
      const std::lock_guard lock(found_mutex_);
      if (!stopping_) {
        found_ = std::move(wanted);
      }
    }
    const std::uint64_t one = 1;
    static_cast<void>(!write(event_fd_, &one, sizeof one));
  });
}

/// On the finder's thread; false when it is to stop.
bool KafkaConsumer::find_start(rd_kafka_topic_partition_t& partition) {
  // Where no record is young enough yet, reading starts at the end as it was before the question: what comes
  // between the two may be.
  std::int64_t low = 0;
  std::int64_t end = 0;
  if (!retried([&] {
        return rd_kafka_query_watermark_offsets(client_, partition.topic, partition.partition, &low, &end,
                                                kFindTimeoutMs);
      })) {
    return false;
  }
  const KafkaPartitions question(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t* answer =
      rd_kafka_topic_partition_list_add(question.get(), partition.topic, partition.partition);
  if (!retried([&] {
        answer->offset = start_.unix_ms;
        const auto error = rd_kafka_offsets_for_times(client_, question.get(), kFindTimeoutMs);
        return error != RD_KAFKA_RESP_ERR_NO_ERROR ? error : answer->err;
      })) {
    return false;
  }
  partition.offset = answer->offset >= 0 ? answer->offset : end;
  return true;
}

/// Asks until there is an answer; false when the finder is to stop.
bool KafkaConsumer::retried(const std::function<rd_kafka_resp_err_t()>& ask) const {
  while (!stopping_) {
    if (ask() == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return false;
}

void KafkaConsumer::take_start() {
  KafkaPartitions found;
  {
    const std::lock_guard lock(found_mutex_);
    found.swap(found_);
  }
  if (found) {
    assign(found.get());
  }
}

void KafkaConsumer::pause(const TopicPartition& id) {
  if (const auto found = assigned_.find(id); found != assigned_.end()) {
    found->second.held = true;
    found->second.held_since = std::chrono::steady_clock::now();
  }
}

void KafkaConsumer::resume(const TopicPartition& id) {
  const auto found = assigned_.find(id);
  if (found == assigned_.end()) {
    return;
  }
  found->second.held = false;
  if (std::exchange(found->second.paused, false) && client_ != nullptr) {
    rd_kafka_resume_partitions(client_, list_of({id}).get());
  }
}

void KafkaConsumer::commit(const Offsets& offsets) {
  const KafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [each, offset] : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), each.topic.c_str(), each.partition)->offset = offset;
  }
  // Asynchronous: on_commit() follows.
  if (client_ == nullptr || rd_kafka_commit(client_, list.get(), 1) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    commit_refused_ = true;
  } else {
    commit_open_ = true;
  }
}

void KafkaConsumer::on_commit(rd_kafka_resp_err_t error, const rd_kafka_topic_partition_list_t* list) {
  commit_open_ = false;
  Offsets committed;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& each = list->elems[i];
    if (each.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      committed.emplace_back(TopicPartition{each.topic, each.partition}, each.offset);
    } else if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      error = each.err;
    }
  }
  const bool failed = error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__NO_OFFSET;
  events_.on_committed(committed, failed ? rd_kafka_err2str(error) : "");
}

}  // namespace mkb::dataplane
