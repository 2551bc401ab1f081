#include "dataplane/egress/egress_flow.h"

#include <algorithm>
#include <utility>

namespace mkb::dataplane {

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
  if (paused_ || draining_ || held_.size() >= limit_ || open_ >= 2 * limit_) {
    return 0;
  }
  return std::min(limit_ - held_.size(), 2 * limit_ - open_);
}

void EgressFlow::on_record(ConsumedRecord record) {
  const auto found = partitions_.find({std::string(record.topic), record.partition});
  if (found == partitions_.end() || found->second.revoking || draining_) {
    return;  // read in the moment in which reading ended: Kafka delivers it again, so it does not count
  }
  PartitionState& partition = found->second;
  if (record.offset < partition.next_offset) {
    return;  // librdkafka may go back after a pause; this one is here or done
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
      partition.blocked > 0) {
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
  held.state = State::kPublished;
  if (!publisher_.publish(held.id, message_)) {
    held.state = State::kReady;
    ready_.insert(held.id);
    return false;
  }
  return true;
}

void EgressFlow::on_connected(bool resumed) {
  if (!resumed) {
    for (auto& [id, held] : held_) {
      if (held.state == State::kPublished) {
        held.state = State::kReady;
        ready_.insert(id);
      }
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
  held_bytes_ -= held.bytes;
  held_.erase(held.id);
}

std::size_t EgressFlow::uncommitted() const {
  std::size_t sum = 0;
  for (const auto& [id, partition] : partitions_) {
    sum += partition.blocked == 0 ? partition.tracker.size() : 0;
  }
  return sum;
}

void EgressFlow::update_reading() {
  open_ = uncommitted();
  if (held_.size() >= limit_ || held_bytes_ >= options_.bytes_limit || open_ >= 2 * limit_) {
    paused_ = true;
  } else if (held_.size() <= limit_ / 2 && held_bytes_ <= options_.bytes_limit / 2 &&
             open_ <= limit_ + limit_ / 2) {
    paused_ = false;
  }
  for (auto& [id, partition] : partitions_) {
    const bool full = partition.blocked > 0 && partition.tracker.size() >= 2 * limit_;
    const bool pause = paused_ || draining_ || partition.revoking || full;
    if (pause != partition.paused) {
      partition.paused = pause;
      pause ? source_.pause(id) : source_.resume(id);
    }
  }
}

void EgressFlow::tick() {
  run_retries();
  if (revoke_ && clock_.now() >= revoke_->deadline) {
    check_revoked();
  }
  commit_if_due();
  pump();
  update_reading();
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

void EgressFlow::commit_if_due() {
  std::size_t done = 0;
  for (const auto& [id, partition] : partitions_) {
    done += partition.tracker.done_in_a_row();
  }
  const bool due = clock_.now() - last_commit_ >= options_.commit_interval;
  if (done > 0 && !committing_ && (due || draining_ || done >= std::max<std::size_t>(1, limit_ / 2))) {
    commit_all();
  }
  if (revoke_) {
    check_revoked();
  }
  update_reading();
}

void EgressFlow::commit_all() {
  Offsets offsets;
  for (const auto& [id, partition] : partitions_) {
    if (const auto offset = partition.tracker.committable()) {
      offsets.emplace_back(id, *offset);
    }
  }
  if (!offsets.empty()) {
    committing_ = true;
    last_commit_ = clock_.now();
    source_.commit(offsets);
  }
}

void EgressFlow::on_committed(const Offsets& offsets, const std::string& error) {
  committing_ = false;
  if (!error.empty()) {
    note_error("committing offsets: " + error);
  } else {
    for (const auto& [id, offset] : offsets) {
      if (const auto found = partitions_.find(id); found != partitions_.end()) {
        found->second.tracker.confirm(offset);
      }
    }
  }
  if (revoke_) {
    check_revoked();
  }
  update_reading();
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
