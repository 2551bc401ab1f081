#include "dataplane/egress/egress_flow.h"

#include <algorithm>
#include <utility>

namespace mkb::dataplane {
namespace {

/// Its offset does not move: what waits behind it must not stop the others.
bool counts_apart(const PartitionState& partition) {
  return partition.blocked > 0 || partition.commit_failing;
}

}  // namespace

EgressFlow::EgressFlow(const api::KafkaToMqttRoute& route, MessageBuilder builder, RecordSource& source,
                       MessagePublisher& publisher, DeadLetterSink& dead_letters, const Clock& clock,
                       EgressOptions options)
    : route_(route),
      builder_(std::move(builder)),
      source_(source),
      publisher_(publisher),
      dead_letters_(dead_letters),
      clock_(clock),
      options_(options),
      limit_(static_cast<std::size_t>(route.max_in_flight)),
      last_commit_(clock.now()) {
  counts_.name = route.name;
  counts_.direction = "kafka_to_mqtt";
  counts_.filters = route.topics;
  counts_.target = route.topic;
}

std::size_t EgressFlow::room() const {
  const std::size_t held = held_.size() - std::min(held_.size(), apart_held_);
  if (paused_ || draining_ || held >= limit_ || open_ >= 2 * limit_) {
    return 0;
  }
  return std::min(limit_ - held, 2 * limit_ - open_);
}

void EgressFlow::on_record(ConsumedRecord record) {
  const auto found = partitions_.find({std::string(record.topic), record.partition});
  if (found == partitions_.end() || found->second.revoking || draining_) {
    return;  // read in the moment in which reading ended: Kafka delivers it again, so it does not count
  }
  PartitionState& partition = found->second;
  if (record.offset < partition.next_offset) {
    rewind(partition, record.offset);
  }
  partition.next_offset = record.offset + 1;
  HeldRecord& held = held_[next_id_];
  held.id = next_id_++;
  held.partition = &partition;
  held.received = clock_.now();
  held.bytes = record.bytes();
  held.record = std::move(record);
  partition.tracker.add(held.record.offset);
  ++partition.held;
  partition.bytes += held.bytes;
  held_bytes_ += held.bytes;
  ++counts_.received;
  counts_.received_bytes += held.record.value.value_or("").size();
  if (held.record.key) {
    held.lane = std::to_string(partition.number) + ':';
    held.lane += *held.record.key;
    const auto [lane, is_new] = lanes_.try_emplace(held.lane);
    if (!is_new) {
      held.state = State::kWaiting;
      lane->second.waiting.push_back(held.id);
    }
  }
  if (held.state == State::kReady) {
    ready_.insert(held.id);
  }
  pump();
  // Looking at every partition for every record would cost more than all the rest.
  if (held_.size() >= limit_ || held_bytes_ >= options_.bytes_limit || ++open_ >= 2 * limit_ ||
      counts_apart(partition)) {
    update_reading();
  }
}

HeldRecord* EgressFlow::find(std::uint64_t id, State state) {
  const auto found = held_.find(id);
  return found == held_.end() || found->second.state != state ? nullptr : &found->second;
}

void EgressFlow::pump() {
  if (pumping_) {
    return;  // the loop below goes on
  }
  pumping_ = true;
  bool going = true;
  while (going && !ready_.empty() && publisher_.connected()) {
    const std::uint64_t id = *ready_.begin();
    ready_.erase(ready_.begin());
    going = transmit(held_.at(id));
  }
  pumping_ = false;
}

bool EgressFlow::transmit(HeldRecord& held) {
  // Made here and not before: a message that has waited for a connection may have expired meanwhile.
  if (auto failure = builder_.build(held.record, clock_.unix_millis(), message_)) {
    reject(held, std::move(*failure));
    return true;
  }
  const std::size_t most = publisher_.maximum_packet_size();
  const std::size_t size = most == 0 ? 0 : packet_size(message_);
  if (size > most) {
    reject(held, {DropReason::kTooLarge, "publish",
                  "its MQTT packet has " + std::to_string(size) + " bytes, the broker takes at most " +
                      std::to_string(most)});
    return true;
  }
  if (message_.qos > publisher_.maximum_qos() || (message_.retain && !publisher_.retain_available())) {
    reject(held, {DropReason::kRefused, "publish",
                  message_.retain && !publisher_.retain_available()
                      ? "the broker retains no messages"
                      : "the broker takes no more than QoS " + std::to_string(publisher_.maximum_qos())});
    return true;
  }
  held.state = State::kPublished;
  held.qos = message_.qos;
  if (!publisher_.publish(held.id, message_)) {
    held.state = State::kReady;
    ready_.insert(held.id);
    return false;
  }
  return true;
}

void EgressFlow::on_connected(bool resumed) {
  for (auto& [id, held] : held_) {
    // QoS 0 is no part of a session: nobody says what became of it.
    if (held.state == State::kPublished && (!resumed || held.qos == 0)) {
      held.state = State::kReady;
      ready_.insert(id);
    }
  }
  pump();
  update_reading();
}

void EgressFlow::on_published(std::uint64_t id) {
  HeldRecord* held = find(id, State::kPublished);
  if (held == nullptr) {
    return;
  }
  ++counts_.delivered;
  const std::int64_t waited =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.now() - held->received).count();
  const std::int64_t since =
      held->record.timestamp_ms > 0 ? (clock_.unix_millis() - held->record.timestamp_ms) * 1000 : 0;
  // The clocks of two machines differ: it took at least as long as it was here.
  observe(counts_.latency, std::max(waited, since));
  settle(*held);
  pump();
}

void EgressFlow::on_unsent(std::uint64_t id) {
  if (HeldRecord* held = find(id, State::kPublished)) {
    held->state = State::kReady;
    ready_.insert(id);  // tick() sends it
  }
}

void EgressFlow::settle(HeldRecord& held) {
  held.partition->tracker.done(held.record.offset);
  if (!held.lane.empty()) {
    const auto lane = lanes_.find(held.lane);
    if (lane->second.waiting.empty()) {
      lanes_.erase(lane);
    } else {
      HeldRecord& next = held_.at(lane->second.waiting.front());
      lane->second.waiting.pop_front();
      next.state = State::kReady;
      ready_.insert(next.id);
    }
  }
  forget(held);
}

void EgressFlow::forget(HeldRecord& held) {
  --held.partition->held;
  held.partition->bytes -= held.bytes;
  held_bytes_ -= held.bytes;
  held_.erase(held.id);
}

void EgressFlow::recount() {
  open_ = 0;
  apart_held_ = 0;
  apart_bytes_ = 0;
  for (const auto& [id, partition] : partitions_) {
    if (counts_apart(partition)) {
      apart_held_ += partition.held;
      apart_bytes_ += partition.bytes;
    } else {
      open_ += partition.tracker.size();
    }
  }
}

bool EgressFlow::full(const PartitionState& partition) const {
  return counts_apart(partition) && (partition.held >= limit_ || partition.tracker.size() >= 2 * limit_ ||
                                     partition.bytes >= options_.bytes_limit / 4);
}

void EgressFlow::update_reading() {
  recount();
  const std::size_t held = held_.size() - apart_held_;
  const std::size_t bytes = held_bytes_ - apart_bytes_;
  if (held >= limit_ || bytes >= options_.bytes_limit || open_ >= 2 * limit_) {
    paused_ = true;
  } else if (held <= limit_ / 2 && bytes <= options_.bytes_limit / 2 && open_ <= limit_ + limit_ / 2) {
    paused_ = false;
  }
  for (auto& [id, partition] : partitions_) {
    const bool together = paused_ && !counts_apart(partition);
    const bool pause = together || draining_ || partition.revoking || full(partition);
    if (pause != partition.paused) {
      partition.paused = pause;
      pause ? source_.pause(id) : source_.resume(id);
    }
  }
}

void EgressFlow::tick() {
  run_retries();
  pump();
  commit_if_due();
}

void EgressFlow::run_retries() {
  while (!retries_.empty() && retries_.begin()->first <= clock_.now()) {
    const std::uint64_t id = retries_.begin()->second;
    retries_.erase(retries_.begin());
    const auto found = held_.find(id);
    if (found == held_.end()) {
      continue;
    }
    HeldRecord& held = found->second;
    if (held.state == State::kBlocked) {
      --held.partition->blocked;
    } else if (held.state != State::kRetrying) {
      continue;
    }
    ++counts_.retries;
    held.state = State::kReady;
    ready_.insert(id);
  }
}

void EgressFlow::drain() {
  draining_ = true;
  give_back(nullptr, false);
  update_reading();
  commit_if_due();
}

bool EgressFlow::drained() const {
  return held_.empty() && !committing_ &&
         std::all_of(partitions_.begin(), partitions_.end(),
                     [](const auto& each) { return !each.second.tracker.committable(); });
}

void EgressFlow::fill(RouteSnapshot& snapshot) const {
  snapshot = counts_;
  snapshot.in_flight = held_.size();
  snapshot.partitions = partitions_.size();
  for (const auto& [id, held] : held_) {
    snapshot.blocked += held.state == State::kBlocked ? 1U : 0U;
    snapshot.parked += held.state == State::kRetrying ? 1U : 0U;
  }
}

}  // namespace mkb::dataplane
