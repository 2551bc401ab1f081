// EgressFlow's other half: records that the broker does not take, and partitions that go away.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "dataplane/egress/egress_flow.h"
#include "dataplane/route/dead_letter.h"

namespace mkb::dataplane {
namespace {

constexpr auto kLogInterval = std::chrono::seconds(10);
constexpr int kMaxDoublings = 12;

/// Whether what was wrong may be mended at the broker, so that the same record is taken later.
bool may_pass_later(DropReason reason) {
  return reason == DropReason::kRefused || reason == DropReason::kTooLarge;
}

}  // namespace

void EgressFlow::on_refused(std::uint64_t id, const std::string& text) {
  HeldRecord* held = find(id, State::kPublished);
  if (held == nullptr) {
    return;
  }
  const std::string where = builder_.topic_of(held->record) + ": " + text;
  note_error(where);
  if (++held->refusals <= route_.on_error.retries) {
    held->state = State::kRetrying;
    retry_at(*held, route_.on_error.retry_delay * (1 << std::min(held->refusals - 1, kMaxDoublings)));
  } else {
    reject(*held, {DropReason::kRefused, "publish", where});
  }
  pump();
}

void EgressFlow::retry_at(HeldRecord& held, Duration delay) {
  retries_.emplace(clock_.now() + delay, held.id);
}

void EgressFlow::reject(HeldRecord& held, BuildFailure failure) {
  note_error(failure.text);
  log_permanent(failure.reason, failure.text);
  held.failure = std::move(failure);
  if (held.failure.reason == DropReason::kExpired || held.failure.reason == DropReason::kLoop) {
    drop(held, held.failure.reason);
    return;
  }
  if (!route_.on_error.dead_letter_topic) {
    give_up(held);
    return;
  }
  held.state = State::kDeadLetter;
  const std::string topic = builder_.topic_of(held.record);
  const DeadLetterCause cause{held.failure.reason, held.failure.stage, route_.name, topic, held.failure.text};
  std::vector<std::pair<std::string, std::string>> headers;
  for (const RecordHeader& header : dead_letter_headers(cause)) {
    headers.emplace_back(header.name, header.value);
  }
  headers.emplace_back("mkb-dlq-origin-topic", held.record.topic);
  headers.emplace_back("mkb-dlq-origin-partition", std::to_string(held.record.partition));
  headers.emplace_back("mkb-dlq-origin-offset", std::to_string(held.record.offset));
  dead_letters_.send(held.id, held.record, headers);
}

void EgressFlow::on_dead_lettered(std::uint64_t id) {
  if (HeldRecord* held = find(id, State::kDeadLetter)) {
    ++counts_.dead_lettered;
    settle(*held);
    pump();
  }
}

void EgressFlow::on_dead_letter_refused(std::uint64_t id, const std::string& text) {
  if (HeldRecord* held = find(id, State::kDeadLetter)) {
    note_error("dead-letter topic: " + text);
    give_up(*held);
    pump();
  }
}

void EgressFlow::give_up(HeldRecord& held) {
  if (route_.on_error.action == api::OnErrorAction::kDrop) {
    drop(held, held.failure.reason);
    return;
  }
  held.state = State::kBlocked;
  ++held.partition->blocked;
  if (may_pass_later(held.failure.reason)) {
    retry_at(held, options_.blocked_retry);
  }
}

void EgressFlow::drop(HeldRecord& held, DropReason reason) {
  ++counts_.dropped[static_cast<std::size_t>(reason)];
  settle(held);
}

void EgressFlow::on_assigned(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& id : partitions) {
    PartitionState& state = partitions_[id];
    state.id = id;
    state.number = next_partition_number_++;
  }
  update_reading();
}

void EgressFlow::on_revoked(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& id : partitions) {
    if (const auto found = partitions_.find(id); found != partitions_.end()) {
      found->second.revoking = true;
      give_back(&found->second, false);
    }
  }
  update_reading();
  revoke_ = PendingRevoke{partitions, clock_.now() + options_.revoke_timeout};
  check_revoked();
}

/// Settled, committed, released: each step when the one before is done, or when time is up.
void EgressFlow::check_revoked() {
  const bool late = clock_.now() >= revoke_->deadline;
  bool open = committing_;
  Offsets offsets;
  for (const TopicPartition& id : revoke_->partitions) {
    const auto found = partitions_.find(id);
    if (found == partitions_.end()) {
      continue;
    }
    open = open || found->second.held > 0;
    if (const auto offset = found->second.tracker.committable()) {
      offsets.emplace_back(id, *offset);
    }
  }
  if (!late && open) {
    return;
  }
  if (!late && !offsets.empty() && !revoke_->committing) {
    revoke_->committing = true;
    commit(offsets);
    return;
  }
  const std::vector<TopicPartition> partitions = std::move(revoke_->partitions);
  on_lost(partitions);
}

void EgressFlow::on_lost(const std::vector<TopicPartition>& partitions) {
  revoke_.reset();
  for (const TopicPartition& id : partitions) {
    if (const auto found = partitions_.find(id); found != partitions_.end()) {
      give_back(&found->second, true);
      partitions_.erase(found);
    }
  }
  source_.release(partitions);
  update_reading();
}

/// Kafka's log is shorter than what was read of it: its topic was made again, or its leader lost records.
/// What is held is of the old log; what comes now has offsets that were there before, and is new.
void EgressFlow::rewind(PartitionState& partition, std::int64_t offset) {
  const std::string text = partition.id.topic + "[" + std::to_string(partition.id.partition) +
                           "] went back from offset " + std::to_string(partition.next_offset) + " to " +
                           std::to_string(offset) + ": what follows may have been published before";
  note_error(text);
  spdlog::warn("route {}: {}", route_.name, text);
  give_back(&partition, true);
  partition.tracker = OffsetTracker{};
}

/// Records of `partition`, or of all, that Kafka is to deliver again: those not yet on their way, or all.
void EgressFlow::give_back(const PartitionState* partition, bool sent_too) {
  for (auto each = held_.begin(); each != held_.end();) {
    HeldRecord& held = (each++)->second;
    const bool sent = held.state == State::kPublished || held.state == State::kDeadLetter;
    if ((partition != nullptr && held.partition != partition) || (sent && !sent_too)) {
      continue;
    }
    // Its key's others are given back as well, but for one that is on its way, which needs the lane to end.
    if (!held.lane.empty() && held.state != State::kWaiting) {
      lanes_.erase(held.lane);
    } else if (const auto lane = lanes_.find(held.lane); lane != lanes_.end()) {
      auto& waiting = lane->second.waiting;
      waiting.erase(std::remove(waiting.begin(), waiting.end(), held.id), waiting.end());
    }
    held.partition->blocked -= held.state == State::kBlocked ? 1U : 0U;
    if (held.state == State::kDeadLetter) {
      dead_letters_.forget(held.id);
    }
    ready_.erase(held.id);
    ++counts_.dropped[static_cast<std::size_t>(DropReason::kReturned)];
    forget(held);
  }
}

void EgressFlow::note_error(const std::string& text) {
  counts_.last_error = text;
  counts_.last_error_unix_ms = clock_.unix_millis();
}

void EgressFlow::log_permanent(DropReason reason, const std::string& text) {
  const auto logged = logged_.find(reason);
  if (logged == logged_.end() || clock_.now() - logged->second >= kLogInterval) {
    logged_[reason] = clock_.now();
    spdlog::warn("route {}: {}", route_.name, text);
  }
}

}  // namespace mkb::dataplane
