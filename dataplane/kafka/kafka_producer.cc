#include "dataplane/kafka/kafka_producer.h"

#include <unistd.h>

#include <array>
#include <utility>

#include "base/log.h"
#include "dataplane/kafka/client_setup.h"
#include "dataplane/kafka/delivery_error.h"

namespace mkb::dataplane {
namespace {

KafkaHeaders make_headers(const RecordHeaders& headers) {
  KafkaHeaders list(rd_kafka_headers_new(headers.size()));
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const RecordHeader header = headers[i];
    rd_kafka_header_add(list.get(), header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  return list;
}

OwnedRecord copy_record(const rd_kafka_message_t* message) {
  OwnedRecord record;
  if (message->key != nullptr) {
    record.key.emplace(static_cast<const char*>(message->key), message->key_len);
  }
  record.value.assign(static_cast<const char*>(message->payload), message->len);
  for_each_header(message, [&record](const char* name, const char* value, std::size_t size) {
    record.headers.emplace_back(name, std::string(value, size));
  });
  return record;
}

/// Destroying waits for librdkafka's threads, which have nothing left to do after a purge.
void destroy_client(rd_kafka_t* client) {
  rd_kafka_destroy(client);
}

}  // namespace

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::create(KafkaProperties properties,
                                                             ProducerEvents& events) {
  const auto fd = make_event_fd();
  if (!fd) {
    return fd.error();
  }
  std::unique_ptr<KafkaProducer> producer(new KafkaProducer(std::move(properties), events, *fd));
  if (auto started = producer->start(); !started) {
    return started.error();
  }
  return producer;
}

KafkaProducer::KafkaProducer(KafkaProperties properties, ProducerEvents& events, int event_fd)
    : properties_(std::move(properties)),
      limits_(queue_limits(properties_)),
      events_(events),
      event_fd_(event_fd) {
  // librdkafka's own choice for records without a key would ask no partitioner.
  properties_["sticky.partitioning.linger.ms"] = "0";
}

KafkaProducer::~KafkaProducer() {
  if (queue_) {
    stop_signals(queue_.get());
  }
  if (client_) {
    // What is still queued was not acknowledged to the MQTT broker, which keeps it.
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  }
  topics_.clear();
  queue_.reset();
  set_client(nullptr);
  close(event_fd_);
}

Result<void> KafkaProducer::start() {
  std::array<char, 512> reason{};
  auto made = make_conf(properties_);
  if (!made) {
    return made.error();
  }
  KafkaConf conf = std::move(*made);
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  rd_kafka_t* handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), reason.data(), reason.size());
  if (handle == nullptr) {
    return Error(KafkaConfigError::kCannotStart,
                 "the Kafka producer cannot start: " + std::string(reason.data()));
  }
  static_cast<void>(conf.release());  // rd_kafka_new took it
  set_client(std::shared_ptr<rd_kafka_t>(handle, destroy_client));
  queue_.reset(rd_kafka_queue_get_main(handle));
  signal_through(queue_.get(), event_fd_);
  return {};
}

void KafkaProducer::set_client(std::shared_ptr<rd_kafka_t> client) {
  {
    const std::lock_guard lock(client_mutex_);
    client_.swap(client);
  }
  // The old one, now in `client`, is destroyed outside the lock, by whoever lets go of it last.
}

TopicHandle* KafkaProducer::topic(const std::string& name) {
  auto& topic = topics_[name];
  if (!topic) {
    topic = std::make_unique<ProducerTopic>(name, client_.get());
  }
  return topic.get();
}

bool KafkaProducer::has_room(const OutgoingRecord& record) const {
  return outstanding_ < limits_.messages && held_bytes_ + record.value.size() <= limits_.bytes;
}

ProduceStatus KafkaProducer::produce(TopicHandle* handle, const OutgoingRecord& record, RecordTag* tag) {
  if (restarting_) {
    return ProduceStatus::kRestarting;
  }
  auto& topic = *static_cast<ProducerTopic*>(handle);
  ProduceStatus status = ProduceStatus::kQueued;
  std::optional<std::int32_t> behind;
  if (topic.gate().enter(FirstRecordGate::kTopic, tag)) {
    status = send(topic, record, tag, behind);
  } else {
    behind = FirstRecordGate::kTopic;
  }
  if (behind && has_room(record)) {
    DeferredRecord held{tag, own(record), record.tombstone};
    held_bytes_ += held.record.bytes();
    topic.gate().hold(*behind, std::move(held));
  } else if (behind) {
    status = ProduceStatus::kQueueFull;
  }
  if (status == ProduceStatus::kQueued) {
    ++outstanding_;
  } else {
    topic.gate().abandon(FirstRecordGate::kTopic, tag);
  }
  return status;
}

/// Hands the record over, unless it has to wait `behind` the first one of a partition.
ProduceStatus KafkaProducer::send(ProducerTopic& topic, const OutgoingRecord& record, RecordTag* tag,
                                  std::optional<std::int32_t>& behind) {
  const bool fixed = tag->partition.fixed();
  const std::int32_t partition = fixed ? tag->partition.value : RD_KAFKA_PARTITION_UA;
  ProducerTopic::Admission admission(topic, tag);
  ProduceStatus status = ProduceStatus::kQueued;
  if (!fixed || admission.enter(partition)) {
    status = hand_over(topic, record, tag, partition);
  }
  const bool known = admission.partition() >= 0;
  if (known) {
    topic.gate().topic_known(tag);
  }
  if (admission.refused()) {
    behind = admission.partition();
    return ProduceStatus::kQueued;
  }
  if (status != ProduceStatus::kQueued) {
    topic.gate().abandon(admission.partition(), tag);
  } else if (!known) {
    topic.gate().topic_unknown(tag);
    unknown_topics_.push_back(&topic);
  }
  return status;
}

/// Lets go what waits in a lane that has been opened.
void KafkaProducer::release(ProducerTopic& topic, std::int32_t lane) {
  while (auto held = topic.gate().next(lane)) {
    OutgoingRecord record = view(held->record, scratch_headers_);
    record.tombstone = held->tombstone;
    std::optional<std::int32_t> behind;
    const ProduceStatus status = lane == FirstRecordGate::kTopic ? send(topic, record, held->tag, behind)
                                                                 : hand_over(topic, record, held->tag, lane);
    if (behind) {
      topic.gate().hold(*behind, std::move(*held));
      continue;
    }
    if (status == ProduceStatus::kQueueFull) {
      topic.gate().put_back(lane, std::move(*held));
      release_again_ = true;
      return;
    }
    held_bytes_ -= held->record.bytes();
    if (status != ProduceStatus::kQueued) {
      topic.gate().abandon(lane, held->tag);
      --outstanding_;
      events_.on_failed(held->tag, failure_, std::move(held->record));
    }
  }
}

void KafkaProducer::release_all() {
  release_again_ = false;
  for (auto& [name, topic] : topics_) {
    for (const std::int32_t lane : topic->gate().waiting()) {
      release(*topic, lane);
    }
  }
}

/// librdkafka gives a partition to what it took without one as soon as it knows the topic.
void KafkaProducer::look_at_unknown_topics() {
  for (ProducerTopic* topic : std::exchange(unknown_topics_, {})) {
    if (const std::int32_t partition = topic->take_assigned(); partition >= 0) {
      topic->gate().first_assigned(partition);
      release(*topic, FirstRecordGate::kTopic);
    } else if (topic->gate().is_unknown()) {
      unknown_topics_.push_back(topic);
    }
  }
}

void KafkaProducer::give_back(std::list<DeferredRecord> held, const DeliveryFailure& failure) {
  for (DeferredRecord& each : held) {
    --outstanding_;
    held_bytes_ -= each.record.bytes();
    events_.on_failed(each.tag, failure, std::move(each.record));
  }
}

/// What a new librdkafka instance sends is the first of its partition again.
bool KafkaProducer::give_back_held() {
  const std::size_t before = outstanding_;
  for (auto& [name, topic] : topics_) {
    give_back(topic->gate().reset(), classify_delivery_error(RD_KAFKA_RESP_ERR__FATAL, name));
  }
  return outstanding_ != before;
}

ProduceStatus KafkaProducer::hand_over(ProducerTopic& topic, const OutgoingRecord& record, RecordTag* tag,
                                       std::int32_t partition) {
  KafkaHeaders headers;
  std::array<rd_kafka_vu_t, 7> fields;
  std::size_t count = 0;
  const auto field = [&](rd_kafka_vtype_t type) -> auto& {
    fields[count].vtype = type;
    return fields[count++].u;
  };
  field(RD_KAFKA_VTYPE_RKT).rkt = topic.get();
  field(RD_KAFKA_VTYPE_PARTITION).i32 = partition;
  field(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
  field(RD_KAFKA_VTYPE_OPAQUE).ptr = tag;
  // An empty value is a value: it needs an address, and null is a tombstone.
  const char* value = record.value.data() != nullptr ? record.value.data() : "";
  field(RD_KAFKA_VTYPE_VALUE).mem = {record.tombstone ? nullptr : const_cast<char*>(value),
                                     record.tombstone ? 0 : record.value.size()};
  if (record.key) {
    // An empty key is a key: it needs an address.
    const char* key = record.key->data() != nullptr ? record.key->data() : "";
    field(RD_KAFKA_VTYPE_KEY).mem = {const_cast<char*>(key), record.key->size()};
  }
  if (record.headers != nullptr && !record.headers->empty()) {
    headers = make_headers(*record.headers);
    field(RD_KAFKA_VTYPE_HEADERS).headers = headers.get();
  }
  const KafkaError error(rd_kafka_produceva(client_.get(), fields.data(), count));
  if (!error) {
    static_cast<void>(headers.release());  // librdkafka took them
    return ProduceStatus::kQueued;
  }
  std::array<char, 512> reason{};
  if (rd_kafka_fatal_error(client_.get(), reason.data(), reason.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    begin_restart(reason.data());
    failure_ = classify_delivery_error(RD_KAFKA_RESP_ERR__FATAL, topic.name());
    return ProduceStatus::kRestarting;
  }
  failure_ = classify_delivery_error(rd_kafka_error_code(error.get()), topic.name());
  switch (rd_kafka_error_code(error.get())) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return ProduceStatus::kTooLarge;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return ProduceStatus::kQueueFull;
    default:
      return ProduceStatus::kFailed;
  }
}

void KafkaProducer::poll() {
  std::uint64_t ignored = 0;
  static_cast<void>(!read(event_fd_, &ignored, sizeof ignored));
  bool any = false;
  while (queue_) {
    const KafkaEvent event(rd_kafka_queue_poll(queue_.get(), 0));
    if (!event) {
      break;
    }
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR) {
      while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event.get())) {
        handle_report(message);
        any = true;
      }
    } else if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR) {
      handle_error(event.get());
    }
  }
  if (restarting_) {
    any = give_back_held() || any;
  } else {
    const std::size_t before = outstanding_;
    look_at_unknown_topics();
    if (release_again_) {
      release_all();
    }
    any = any || outstanding_ != before;
  }
  if (restarting_ && outstanding_ == 0) {
    finish_restart();
  }
  if (any) {
    events_.on_batch_end();
  }
}

void KafkaProducer::handle_report(const rd_kafka_message_t* message) {
  --outstanding_;
  auto* tag = static_cast<RecordTag*>(message->_private);
  ProducerTopic& topic = ProducerTopic::of(message);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const bool opened = topic.gate().delivered(tag, message->partition);
    events_.on_delivered(tag);
    if (opened) {
      release(topic, FirstRecordGate::kTopic);
      release(topic, message->partition);
    }
    return;
  }
  DeliveryFailure failure = classify_delivery_error(message->err, topic.name());
  const auto lane = topic.gate().failed(tag);
  if (failure.kind == DeliveryFailure::Kind::kTopic) {
    topic.gate().forget_open();
  }
  events_.on_failed(tag, failure, copy_record(message));
  if (lane && failure.kind == DeliveryFailure::Kind::kPermanent) {
    release(topic, *lane);  // the next one is the first
  } else if (lane) {
    if (failure.kind != DeliveryFailure::Kind::kRestart) {
      failure = {DeliveryFailure::Kind::kBehind, DropReason::kRejected, {}, {}};
    }
    give_back(topic.gate().take_waiting(*lane), failure);
  }
}

void KafkaProducer::handle_error(rd_kafka_event_t* event) {
  const rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  std::string text = rd_kafka_event_error_string(event);
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, 512> reason{};
    rd_kafka_fatal_error(client_.get(), reason.data(), reason.size());
    begin_restart(reason.data());
    return;
  }
  events_.on_producer_error(rd_kafka_err2name(error), text);
}

void KafkaProducer::begin_restart(const std::string& reason) {
  if (restarting_) {
    return;
  }
  restarting_ = true;
  spdlog::warn("Kafka producer: fatal error, starting a new one; nothing is lost ({})", reason);
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const std::uint64_t one = 1;
  static_cast<void>(!write(event_fd_, &one, sizeof one));  // poll() again, even with nothing outstanding
}

void KafkaProducer::finish_restart() {
  if (queue_) {
    stop_signals(queue_.get());
  }
  queue_.reset();
  for (auto& [name, topic] : topics_) {
    topic->detach();
    topic->gate().reset();
    topic->take_assigned();
  }
  if (auto started = start(); !started) {
    // The configuration worked before: only resources of the machine can be short. Try again at the next
    // poll.
    spdlog::error("Kafka producer: {}", started.error().message());
    return;
  }
  for (auto& [name, topic] : topics_) {
    topic->attach(client_.get());
  }
  unknown_topics_.clear();
  restarting_ = false;
  ++restarts_;
  events_.on_restarted();
}

Result<std::vector<std::pair<std::string, std::string>>> KafkaProducer::probe(int timeout_ms) {
  std::shared_ptr<rd_kafka_t> current;
  {
    const std::lock_guard lock(client_mutex_);
    current = client_;
  }
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(current.get(), 0, nullptr, &metadata, timeout_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Error(KafkaConfigError::kCannotStart, rd_kafka_err2str(error));
  }
  std::vector<std::pair<std::string, std::string>> problems;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = metadata->topics[i];
    if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR && topic.err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
      problems.emplace_back(topic.topic, classify_delivery_error(topic.err, topic.topic).message);
    }
  }
  rd_kafka_metadata_destroy(metadata);
  return problems;
}

void KafkaProducer::inject_fatal_error() {
  rd_kafka_test_fatal_error(client_.get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                            "injected by a test");
}

}  // namespace mkb::dataplane
