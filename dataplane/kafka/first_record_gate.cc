#include "dataplane/kafka/first_record_gate.h"

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

bool FirstRecordGate::enter(std::int32_t lane, const RecordTag* tag) {
  if (lane >= kMostPartitions) {
    return true;
  }
  Lane& entered = at(lane);
  if (entered.state == State::kNew) {
    entered.state = State::kFirstUnderWay;
    entered.first = tag;
    return true;
  }
  return entered.state == State::kOpen && entered.waiting.empty();
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

bool FirstRecordGate::delivered(const RecordTag* tag, std::int32_t partition) {
  bool opened = false;
  const auto open = [&opened](Lane& lane) {
    opened = opened || lane.state != State::kOpen;
    lane.state = State::kOpen;
    lane.first = nullptr;
  };
  if (partition >= 0 && partition < kMostPartitions) {
    open(at(partition));
  }
  if (topic_.first == tag) {
    open(topic_);
  }
  return opened;
}

std::list<DeferredRecord> FirstRecordGate::failed(const RecordTag* tag) {
  std::list<DeferredRecord> behind;
  const auto close = [&behind, tag](Lane& lane) {
    if (lane.first == tag) {
      behind.splice(behind.end(), lane.waiting);
      lane = Lane{};
    }
  };
  close(topic_);
  for (Lane& lane : partitions_) {
    close(lane);
  }
  return behind;
}

std::optional<DeferredRecord> FirstRecordGate::next(std::int32_t lane) {
  Lane& from = at(lane);
  if (from.state != State::kOpen || from.waiting.empty()) {
    return std::nullopt;
  }
  DeferredRecord record = std::move(from.waiting.front());
  from.waiting.pop_front();
  return record;
}

void FirstRecordGate::put_back(std::int32_t lane, DeferredRecord record) {
  at(lane).waiting.push_front(std::move(record));
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
