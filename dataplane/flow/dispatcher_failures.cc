// What the dispatcher does with records that Kafka does not take now, or never will.
#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "dataplane/flow/dispatcher.h"
#include "dataplane/route/dead_letter.h"

namespace mkb::dataplane {
namespace {

/// A permanent error is logged when it first appears on a route and then at most this often.
constexpr auto kLogInterval = std::chrono::minutes(1);
/// Retries that wait for on_restarted().
constexpr TimePoint kUntilRestarted = TimePoint::max();

/// Newer ones may be there already: order is by sequence.
void insert_in_order(std::deque<WaitingRecord>& waiting, WaitingRecord record) {
  auto place = waiting.end();
  while (place != waiting.begin() && std::prev(place)->delivery->sequence > record.delivery->sequence) {
    --place;
  }
  waiting.insert(place, std::move(record));
}

}  // namespace

void Dispatcher::on_failed(RecordTag* tag, const DeliveryFailure& failure, OwnedRecord record) {
  handle_failure(static_cast<Delivery*>(tag), failure, std::move(record));
}

void Dispatcher::handle_failure(Delivery* delivery, const DeliveryFailure& failure, OwnedRecord record) {
  using Kind = DeliveryFailure::Kind;
  if (failure.kind == Kind::kRestart) {
    park(delivery, std::move(record), {});
    return;
  }
  if (failure.kind == Kind::kBehind) {
    if (!delivery->topic->parked.empty()) {
      park(delivery, std::move(record), {});
    } else if (!overflow_.empty()) {
      insert_in_order(overflow_, {delivery, std::move(record)});
    } else {
      send(delivery, record);  // the one before it is done with
    }
    return;
  }
  ++kafka_.errors[failure.name];
  note_error(*delivery->route, failure.message);
  const bool permanent =
      failure.kind == Kind::kPermanent || (failure.kind == Kind::kTopic && !delivery->topic->configured);
  if (!permanent) {
    park(delivery, std::move(record), failure.message);
    return;
  }
  if (failure.reason == DropReason::kTooLarge && !delivery->isolated) {
    // The broker judged a batch; whether this record is too large shows when it travels alone.
    if (isolated_ == nullptr && make_isolated_) {
      isolated_ = make_isolated_();
    }
    if (isolated_ != nullptr) {
      delivery->isolated = true;
      ++delivery->route->counts().retries;
      send(delivery, record);
      return;
    }
  }
  reject(delivery, failure.reason, "produce", failure.message, std::move(record));
}

void Dispatcher::reject_unrendered(Delivery* delivery, const RenderFailure& failure) {
  RouteState& route = *delivery->route;
  note_error(route, failure.message);
  log_permanent(route, failure.reason, failure.message);
  if (failure.reason == DropReason::kLoop) {
    drop(delivery, failure.reason);
    return;
  }
  if (route.dead_letter == nullptr) {
    give_up(delivery, failure.reason);
    return;
  }
  const DeadLetterCause cause{failure.reason, failure.stage, route.compiled.name(), failure.topic,
                              failure.message};
  RenderedRecord record;
  renderer_.render_dead_letter(route.compiled, cause, record);
  delivery->dead_letter = true;
  delivery->reason = failure.reason;
  delivery->topic = route.dead_letter;
  delivery->partition = record.partition;
  send(delivery, OutgoingRecord{record.key, record.value, record.headers});
}

void Dispatcher::reject(Delivery* delivery, DropReason reason, std::string_view stage,
                        const std::string& text, OwnedRecord record) {
  RouteState& route = *delivery->route;
  note_error(route, text);
  log_permanent(route, reason, text);
  if (delivery->dead_letter || route.dead_letter == nullptr) {
    give_up(delivery, delivery->dead_letter ? delivery->reason : reason);
    return;
  }
  const DeadLetterCause cause{reason, stage, route.compiled.name(), delivery->topic->name, text};
  for (const RecordHeader& header : dead_letter_headers(cause)) {
    record.headers.emplace_back(header.name, header.value);
  }
  delivery->dead_letter = true;
  delivery->isolated = false;
  delivery->reason = reason;
  delivery->topic = route.dead_letter;
  delivery->partition = PartitionChoice{};
  send(delivery, record);
}

void Dispatcher::give_up(Delivery* delivery, DropReason reason) {
  RouteState& route = *delivery->route;
  // Where there is no acknowledgement to withhold (QoS 0, or a session that the broker has lost), holding the
  // message back would keep nothing from being lost.
  const HeldMessage& message = *delivery->message;
  const bool forgotten = message.epoch < message.source->session_epoch();
  if (route.compiled.on_error().action == api::OnErrorAction::kDrop || message.ticket.qos == 0 || forgotten) {
    drop(delivery, reason);
    return;
  }
  delivery->reason = reason;
  ++route.counts().blocked;
  blocked_.push_back(delivery);
}

void Dispatcher::drop(Delivery* delivery, DropReason reason) {
  ++delivery->route->counts().dropped[static_cast<std::size_t>(reason)];
  complete(delivery);
}

void Dispatcher::park(Delivery* delivery, OwnedRecord record, const std::string& why) {
  TopicState& topic = *delivery->topic;
  RouteState& route = *delivery->route;
  const bool restarting = why.empty() && topic.parked.empty();
  if (delivery->message->ticket.qos == 0 && !restarting && topic.retry_at != kUntilRestarted) {
    drop(delivery, DropReason::kKafkaUnavailable);
    return;
  }
  if (topic.parked.empty()) {
    topic.retry_at = restarting ? kUntilRestarted : clock_.now() + topic.backoff.next(random_());
  }
  if (!why.empty() && !topic.troubled) {
    topic.troubled = true;
    spdlog::warn("Kafka topic {}: {}; its messages wait unacknowledged", topic.name, why);
  }
  ++route.counts().parked;
  parked_bytes_ += record.bytes();
  // Newer records may be refused at once while the reports of older ones are still to come: order is by
  // sequence.
  insert_in_order(topic.parked, {delivery, std::move(record)});
  if (parked_bytes_ >= options_.parked_bytes_limit) {
    update_accepting();  // off; only those who call park() know when messages may come again
  }
}

void Dispatcher::on_topic_recovered(TopicState& topic) {
  topic.troubled = false;
  topic.backoff.reset();
  spdlog::info("Kafka topic {} takes records again", topic.name);
}

void Dispatcher::retry(TopicState& topic) {
  std::deque<WaitingRecord> waiting;
  waiting.swap(topic.parked);
  for (const WaitingRecord& each : waiting) {
    RouteState& route = *each.delivery->route;
    --route.counts().parked;
    ++route.counts().retries;
    parked_bytes_ -= each.record.bytes();
    send(each.delivery, each.record);
  }
}

void Dispatcher::tick() {
  const TimePoint now = clock_.now();
  drain_overflow();
  for (auto& [name, topic] : topics_) {
    // Behind a full queue, retried records would end up after newer ones of their topic.
    if (overflow_.empty() && !topic->parked.empty() && now >= topic->retry_at) {
      retry(*topic);
    }
  }
  retired_.erase(
      std::remove_if(retired_.begin(), retired_.end(), [](const auto& route) { return route->live == 0; }),
      retired_.end());
  update_accepting();
  flush_sources();
}

void Dispatcher::on_restarted() {
  drain_overflow();  // what is newer than the parked records of its topic joins them
  for (auto& [name, topic] : topics_) {
    if (topic->retry_at == kUntilRestarted) {
      topic->retry_at = {};
      if (overflow_.empty()) {
        retry(*topic);  // or by tick(), when the queue has room again
      }
    }
  }
  update_accepting();
}

template <class Keep>
void Dispatcher::discard(std::deque<WaitingRecord>& waiting, const Keep& keep, bool parked) {
  std::deque<WaitingRecord> kept;
  for (WaitingRecord& each : waiting) {
    if (keep(*each.delivery)) {
      kept.push_back(std::move(each));
      continue;
    }
    if (parked) {
      --each.delivery->route->counts().parked;
      parked_bytes_ -= each.record.bytes();
    }
    drop(each.delivery, DropReason::kReturned);
  }
  waiting.swap(kept);
}

void Dispatcher::on_session_resumed(const MessageSource& source) {
  // QoS 2 messages are recognised when they come again and join the held copy; QoS 0 does not come again, and
  // what was received before the broker lost an earlier session is nowhere but here.
  return_held([&source](const HeldMessage& message) {
    return message.source == &source && message.epoch != source.epoch() && message.ticket.qos == 1 &&
           message.epoch >= source.session_epoch();
  });
}

void Dispatcher::on_source_closed(const MessageSource& source) {
  // Whoever resumes the session does not know the held copies of QoS 2 messages either.
  return_held([&source](const HeldMessage& message) {
    return message.source == &source && message.ticket.qos != 0 && message.epoch >= source.session_epoch();
  });
}

void Dispatcher::return_held(const std::function<bool(const HeldMessage&)>& comes_again) {
  const auto keep = [&comes_again](const Delivery& delivery) { return !comes_again(*delivery.message); };
  for (auto& [name, topic] : topics_) {
    discard(topic->parked, keep, true);
  }
  discard(overflow_, keep, false);
  const auto gone = std::stable_partition(blocked_.begin(), blocked_.end(),
                                          [&keep](const Delivery* each) { return keep(*each); });
  for (auto each = gone; each != blocked_.end(); ++each) {
    --(*each)->route->counts().blocked;
    drop(*each, DropReason::kReturned);
  }
  blocked_.erase(gone, blocked_.end());
  update_accepting();
}

void Dispatcher::on_session_lost(const MessageSource& source) {
  const auto gone = std::stable_partition(blocked_.begin(), blocked_.end(), [&source](const Delivery* each) {
    return each->message->source != &source || each->message->epoch == source.epoch();
  });
  for (auto each = gone; each != blocked_.end(); ++each) {
    --(*each)->route->counts().blocked;
    drop(*each, (*each)->reason);
  }
  blocked_.erase(gone, blocked_.end());
}

void Dispatcher::on_producer_error(const std::string& name, const std::string& message) {
  ++kafka_.errors[name];
  if (name == "_ALL_BROKERS_DOWN" && !kafka_.last_error.empty()) {
    return;  // the error of a broker, which came before, says why
  }
  kafka_.last_error = message;
  kafka_.last_error_unix_ms = clock_.unix_millis();
}

void Dispatcher::report_topic_problem(const std::string& topic, const std::string& problem) {
  const auto found = topics_.find(topic);
  if (found == topics_.end() || found->second->problem == problem) {
    return;
  }
  TopicState& state = *found->second;
  state.problem = problem;
  if (problem.empty()) {
    spdlog::info("Kafka topic {} is there now", topic);
    return;
  }
  spdlog::warn("{}", problem);
  for (const auto& route : routes_) {
    if (route->topic == &state || route->dead_letter == &state) {
      note_error(*route, problem);
    }
  }
}

void Dispatcher::log_permanent(RouteState& route, DropReason reason, const std::string& text) {
  const auto logged = route.books->logged.find(reason);
  if (logged == route.books->logged.end() || clock_.now() - logged->second >= kLogInterval) {
    route.books->logged[reason] = clock_.now();
    spdlog::warn("{}{}", text.starts_with("route ") ? "" : "route " + route.compiled.name() + ": ", text);
  }
}

void Dispatcher::note_error(RouteState& route, const std::string& text) {
  route.counts().last_error = text;
  route.counts().last_error_unix_ms = clock_.unix_millis();
}

}  // namespace mkb::dataplane
