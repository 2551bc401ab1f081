#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mkb::mqtt {

/// Puts deferred acknowledgements back into the order in which their PUBLISHes arrived: deliveries complete
/// in any order, PUBACKs leave in the order of the PUBLISHes [MQTT-4.6.0-2] and so do PUBRECs [MQTT-4.6.0-3].
/// A sequence is never reused, so a completion that arrives after the connection ended is recognised as
/// stale. Pure; one thread. Allocates only while the largest number in flight grows.
class AckQueue {
 public:
  using Sequence = std::uint64_t;

  struct Entry {
    std::uint16_t packet_id;
    std::uint8_t qos;
    bool complete;
  };

  /// Registers a received message; returns the sequence to complete it with.
  Sequence push(std::uint16_t packet_id, std::uint8_t qos);

  /// Marks one as complete. False when it is stale (cleared, already released) or completed before.
  bool complete(Sequence sequence);

  /// True when release() would release something.
  [[nodiscard]] bool ready() const { return size_ != 0 && at(head_).complete; }

  /// Removes the entry at the head, which must be ready().
  Entry release();

  /// Forgets every entry: the connection they would be acknowledged on is gone.
  void clear();

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool holds(Sequence sequence) const { return sequence >= head_ && sequence < head_ + size_; }

 private:
  [[nodiscard]] Entry& at(Sequence sequence) { return ring_[sequence & (ring_.size() - 1)]; }
  [[nodiscard]] const Entry& at(Sequence sequence) const { return ring_[sequence & (ring_.size() - 1)]; }
  void grow();

  std::vector<Entry> ring_ = std::vector<Entry>(16);  // size is a power of two
  Sequence head_ = 1;                                 // 0 is never given out
  std::size_t size_ = 0;
};

}  // namespace mkb::mqtt
