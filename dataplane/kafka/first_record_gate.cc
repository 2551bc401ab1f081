#include "dataplane/kafka/first_record_gate.h"

#include <algorithm>
#include <utility>

namespace mkb::dataplane {
namespace {

/// More than any cluster has in one topic. A fixed partition is a number from a resource, which Kafka has not
/// confirmed yet: it must not decide how much memory is taken.
constexpr std::int32_t kMostPartitions = 100'000;

}  // namespace

FirstRecordGate::Lane& FirstRecordGate::at(std::int32_t lane) {
  if (lane < 0) {
    return topic_;
  }
  if (static_cast<std::size_t>(lane) >= partitions_.size()) {
    partitions_.resize(static_cast<std::size_t>(lane) + 1);
  }
  return partitions_[static_cast<std::size_t>(lane)];
}

void FirstRecordGate::open(Lane& lane) {
  lane.state = State::kOpen;
  lane.first = nullptr;
}

bool FirstRecordGate::enter(std::int32_t lane, const RecordTag* tag) {
  if (lane >= kMostPartitions) {
    return true;
  }
  Lane& entered = at(lane);
  if (!entered.waiting.empty()) {
    return false;
  }
  if (entered.state == State::kNew) {
    entered.state = State::kFirstUnderWay;
    entered.first = tag;
    return true;
  }
  return entered.state == State::kOpen;
}

void FirstRecordGate::abandon(std::int32_t lane, const RecordTag* tag) {
  if (lane < kMostPartitions && at(lane).first == tag) {
    at(lane).first = nullptr;
    at(lane).state = State::kNew;
  }
}

void FirstRecordGate::hold(std::int32_t lane, DeferredRecord record) {
  at(lane).waiting.push_back(std::move(record));
}

void FirstRecordGate::topic_known(const RecordTag* tag) {
  if (topic_.first == tag) {
    open(topic_);
  }
}

void FirstRecordGate::topic_unknown(const RecordTag* tag) {
  topic_.state = State::kFirstUnderWay;
  topic_.first = tag;
}

void FirstRecordGate::first_assigned(std::int32_t partition) {
  const RecordTag* tag = topic_.first;
  if (tag == nullptr) {
    return;
  }
  open(topic_);
  if (partition >= 0 && partition < kMostPartitions && at(partition).state == State::kNew) {
    at(partition).state = State::kFirstUnderWay;
    at(partition).first = tag;
  }
}

bool FirstRecordGate::delivered(const RecordTag* tag, std::int32_t partition) {
  bool opened = false;
  if (partition >= 0 && partition < kMostPartitions && at(partition).state != State::kOpen) {
    open(at(partition));
    opened = true;
  }
  if (topic_.first == tag) {
    open(topic_);
    opened = true;
  }
  return opened;
}

std::optional<std::int32_t> FirstRecordGate::failed(const RecordTag* tag) {
  const auto close = [tag](Lane& lane) {
    if (lane.first != tag) {
      return false;
    }
    lane.first = nullptr;
    lane.state = State::kNew;
    return true;
  };
  if (close(topic_)) {
    return kTopic;
  }
  const auto found = std::find_if(partitions_.begin(), partitions_.end(), close);
  return found == partitions_.end() ? std::nullopt
                                    : std::optional(static_cast<std::int32_t>(found - partitions_.begin()));
}

std::optional<DeferredRecord> FirstRecordGate::next(std::int32_t lane) {
  Lane& from = at(lane);
  if (from.state == State::kFirstUnderWay || from.waiting.empty()) {
    return std::nullopt;
  }
  DeferredRecord record = std::move(from.waiting.front());
  from.waiting.pop_front();
  if (from.state == State::kNew) {
    from.state = State::kFirstUnderWay;
    from.first = record.tag;
  }
  return record;
}

void FirstRecordGate::put_back(std::int32_t lane, DeferredRecord record) {
  abandon(lane, record.tag);
  at(lane).waiting.push_front(std::move(record));
}

std::list<DeferredRecord> FirstRecordGate::take_waiting(std::int32_t lane) {
  return std::exchange(at(lane).waiting, {});
}

void FirstRecordGate::forget_open() {
  const auto forget = [](Lane& lane) {
    if (lane.state == State::kOpen && lane.waiting.empty()) {
      lane.state = State::kNew;
    }
  };
  forget(topic_);
  std::for_each(partitions_.begin(), partitions_.end(), forget);
}

std::vector<std::int32_t> FirstRecordGate::waiting() const {
  std::vector<std::int32_t> lanes;
  if (!topic_.waiting.empty()) {
    lanes.push_back(kTopic);
  }
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    if (!partitions_[i].waiting.empty()) {
      lanes.push_back(static_cast<std::int32_t>(i));
    }
  }
  return lanes;
}

std::list<DeferredRecord> FirstRecordGate::reset() {
  std::list<DeferredRecord> all = std::move(topic_.waiting);
  for (Lane& lane : partitions_) {
    all.splice(all.end(), lane.waiting);
  }
  topic_ = Lane{};
  partitions_.clear();
  return all;
}

}  // namespace mkb::dataplane
