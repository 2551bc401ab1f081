#include "mqtt/ack_queue.h"

#include <cassert>
#include <utility>

namespace mkb::mqtt {

AckQueue::Sequence AckQueue::push(std::uint16_t packet_id, std::uint8_t qos) {
  if (size_ == ring_.size()) {
    grow();
  }
  const Sequence sequence = head_ + size_;
  ++size_;
  at(sequence) = Entry{packet_id, qos, false};
  return sequence;
}

bool AckQueue::complete(Sequence sequence) {
  if (!holds(sequence) || at(sequence).complete) {
    return false;
  }
  at(sequence).complete = true;
  return true;
}

AckQueue::Entry AckQueue::release() {
  assert(ready());
  const Entry entry = at(head_);
  ++head_;
  --size_;
  return entry;
}

void AckQueue::clear() {
  head_ += size_;
  size_ = 0;
}

void AckQueue::grow() {
  std::vector<Entry> larger(ring_.size() * 2);
  for (std::size_t i = 0; i < size_; ++i) {
    larger[(head_ + i) & (larger.size() - 1)] = at(head_ + i);
  }
  ring_ = std::move(larger);
}

}  // namespace mkb::mqtt
