#pragma once

#include <cstddef>
#include <deque>
#include <vector>

namespace mkb::dataplane {

/// Objects that are used again instead of freed, so that a steady flow allocates nothing. Addresses are
/// stable. Memory stays at the highest number ever in use. One thread.
template <class T>
class ObjectPool {
 public:
  /// A value-initialised object.
  T* take() {
    ++in_use_;
    if (free_.empty()) {
      return &objects_.emplace_back();
    }
    T* object = free_.back();
    free_.pop_back();
    *object = T{};
    return object;
  }
  void give_back(T* object) {
    --in_use_;
    free_.push_back(object);
  }
  [[nodiscard]] std::size_t in_use() const { return in_use_; }

 private:
  std::deque<T> objects_;
  std::vector<T*> free_;
  std::size_t in_use_ = 0;
};

}  // namespace mkb::dataplane
