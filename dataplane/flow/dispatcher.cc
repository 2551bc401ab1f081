// The way of a message that Kafka takes. What happens when it does not: dispatcher_failures.cc.
#include "dataplane/flow/dispatcher.h"

#include <algorithm>
#include <utility>

namespace mkb::dataplane {

Dispatcher::Dispatcher(std::vector<CompiledRoute> routes,
                       std::vector<std::vector<std::string>> filters_of_routes, const std::string& bridge_uid,
                       const Clock& clock, std::function<std::uint64_t()> random, DispatcherOptions options)
    : clock_(clock), random_(std::move(random)), options_(options), renderer_(bridge_uid) {
  make_routes(std::move(routes), std::move(filters_of_routes));
}

Dispatcher::~Dispatcher() = default;

void Dispatcher::start(RecordProducer& producer, std::function<RecordProducer*()> isolated) {
  producer_ = &producer;
  make_isolated_ = std::move(isolated);
  find_topics();
}

TopicState* Dispatcher::topic_state(std::string_view name, bool configured) {
  topic_name_.assign(name);
  const auto known = topics_.find(topic_name_);
  if (known != topics_.end()) {
    known->second->configured = known->second->configured || configured;
    return known->second.get();
  }
  if (!configured && topics_.size() >= options_.topics_limit) {
    return nullptr;
  }
  auto state = std::make_unique<TopicState>(topic_name_, configured, options_.retry_base, options_.retry_cap);
  state->handle = producer_->topic(topic_name_);
  return topics_.emplace(topic_name_, std::move(state)).first->second.get();
}

void Dispatcher::stop_accepting() {
  stopped_ = true;
  update_accepting();
}

void Dispatcher::dispatch(MessageSource& source, const mqtt::PublishView& publish, const mqtt::Ticket& ticket,
                          TimePoint received, std::span<const std::uint32_t> routes) {
  if (routes.empty()) {
    source.confirm(ticket);
    source.unflushed = true;
    return;
  }
  HeldMessage* message = messages_.take();
  message->source = &source;
  message->ticket = ticket;
  message->epoch = source.epoch();
  message->pending = static_cast<std::uint32_t>(routes.size());
  ++source.held;
  renderer_.begin(publish, source.client_id());
  for (const std::uint32_t index : routes) {
    RouteState& route = *routes_[index];
    ++route.counts().received;
    ++route.counts().in_flight;
    route.counts().received_bytes += publish.payload.size();
    Delivery* delivery = deliveries_.take();
    delivery->message = message;
    delivery->route = &route;
    ++route.live;
    delivery->received = received;
    delivery->sequence = next_sequence_++;
    RenderedRecord record;
    if (const auto failure = renderer_.render(route.compiled, record)) {
      reject_unrendered(delivery, *failure);
      continue;
    }
    delivery->topic = route.topic != nullptr ? route.topic : topic_state(record.topic, false);
    if (delivery->topic == nullptr) {
      reject_unrendered(delivery, {DropReason::kInvalidTopic, "topic", record.topic,
                                   "route " + route.compiled.name() + ", topic: more than " +
                                       std::to_string(options_.topics_limit) + " different topics"});
      continue;
    }
    delivery->partition = record.partition;
    send(delivery, OutgoingRecord{record.key, record.value, record.headers});
  }
}

void Dispatcher::send(Delivery* delivery, const OutgoingRecord& record) {
  if (!overflow_.empty()) {
    overflow_.push_back({delivery, own(record)});
  } else if (!transmit(delivery, record)) {
    overflow_.push_back({delivery, own(record)});
    update_accepting();
  }
}

bool Dispatcher::transmit(Delivery* delivery, const OutgoingRecord& record) {
  if (!delivery->isolated && !delivery->topic->parked.empty()) {
    // Order: nothing overtakes the records of its topic that wait already.
    park(delivery, own(record), {});
    return true;
  }
  switch (produce(delivery, record)) {
    case ProduceStatus::kQueued:
      break;
    case ProduceStatus::kQueueFull:
      if ((delivery->isolated ? isolated_ : producer_)->outstanding() != 0) {
        return false;
      }
      // Not even an empty queue has room for it: waiting would be for ever.
      reject(delivery, DropReason::kTooLarge, "produce",
             "a record with " + std::to_string(record.value.size()) +
                 " bytes of payload is larger than the producer's queue (queue.buffering.max.kbytes)",
             own(record));
      break;
    case ProduceStatus::kRestarting:
      park(delivery, own(record), {});
      break;
    case ProduceStatus::kTooLarge:
      reject(delivery, DropReason::kTooLarge, "produce",
             "a record with " + std::to_string(record.value.size()) +
                 " bytes of payload is larger than the producer sends (message.max.bytes)",
             own(record));
      break;
    case ProduceStatus::kFailed:
      handle_failure(delivery, (delivery->isolated ? isolated_ : producer_)->failure(), own(record));
      break;
  }
  return true;
}

ProduceStatus Dispatcher::produce(Delivery* delivery, const OutgoingRecord& record) {
  if (!delivery->isolated) {
    return producer_->produce(delivery->topic->handle, record, delivery);
  }
  TopicState& topic = *delivery->topic;
  if (topic.isolated_handle == nullptr) {
    topic.isolated_handle = isolated_->topic(topic.name);
  }
  return isolated_->produce(topic.isolated_handle, record, delivery);
}

void Dispatcher::on_delivered(RecordTag* tag) {
  auto* delivery = static_cast<Delivery*>(tag);
  if (!batch_time_) {
    batch_time_ = clock_.now();
  }
  RouteSnapshot& counts = delivery->route->counts();
  if (delivery->dead_letter) {
    ++counts.dead_lettered;
  } else {
    ++counts.delivered;
    const auto latency = *batch_time_ - delivery->received;
    observe(counts.latency, std::chrono::duration_cast<std::chrono::microseconds>(latency).count());
  }
  if (delivery->topic->troubled) {
    on_topic_recovered(*delivery->topic);
  }
  complete(delivery);
}

void Dispatcher::complete(Delivery* delivery) {
  --delivery->route->counts().in_flight;
  --delivery->route->live;
  HeldMessage* message = delivery->message;
  deliveries_.give_back(delivery);
  if (--message->pending == 0) {
    message->source->confirm(message->ticket);
    message->source->unflushed = true;
    --message->source->held;
    messages_.give_back(message);
  }
}

void Dispatcher::on_batch_end() {
  batch_time_.reset();
  drain_overflow();
  flush_sources();
}

void Dispatcher::flush_sources() {
  for (MessageSource* source : sources_) {
    if (source->unflushed) {
      source->unflushed = false;
      source->flush();
    }
  }
}

void Dispatcher::drain_overflow() {
  while (!overflow_.empty()) {
    WaitingRecord first = std::move(overflow_.front());
    overflow_.pop_front();
    if (!transmit(first.delivery, view(first.record, scratch_headers_))) {
      overflow_.push_front(std::move(first));
      break;
    }
  }
  update_accepting();
}

void Dispatcher::update_accepting() {
  const bool now = !stopped_ && overflow_.empty() && parked_bytes_ < options_.parked_bytes_limit;
  if (now == accepting_) {
    return;
  }
  accepting_ = now;
  if (now) {
    for (MessageSource* source : sources_) {
      source->resume();
    }
  } else if (!stopped_) {
    ++pauses_;
  }
}

std::size_t Dispatcher::outstanding() const {
  return (producer_ != nullptr ? producer_->outstanding() : 0) +
         (isolated_ != nullptr ? isolated_->outstanding() : 0) + overflow_.size();
}

void Dispatcher::fill(Snapshot& snapshot) const {
  std::vector<const RouteBooks*> shown;
  const auto show = [&](const RouteState& route) {
    if (std::find(shown.begin(), shown.end(), route.books.get()) == shown.end()) {
      shown.push_back(route.books.get());
      snapshot.routes.push_back(route.counts());
    }
  };
  for (const auto& route : routes_) {
    show(*route);
  }
  for (const auto& route : retired_) {
    if (route->live != 0) {
      show(*route);
    }
  }
  snapshot.kafka.errors = kafka_.errors;
  snapshot.kafka.last_error = kafka_.last_error;
  snapshot.kafka.last_error_unix_ms = kafka_.last_error_unix_ms;
  snapshot.kafka.paused = !accepting_ && !stopped_;
  snapshot.kafka.pauses = pauses_;
  snapshot.kafka.queue_messages = outstanding();
}

}  // namespace mkb::dataplane
