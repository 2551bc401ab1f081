#pragma once

#include <string>
#include <thread>

namespace mkb::lab {

/// Kafka's virtual machine compiles what it runs often, so a broker that has just started takes a good part
/// of two cores for a load that costs it little later. So that what is measured is not that, this writes
/// small batches into a topic of its own until the broker is warm, from a thread.
class KafkaWarmUp {
 public:
  /// Begins at once; the topic `warm-up` is made and stays.
  explicit KafkaWarmUp(std::string bootstrap);
  /// Ends early.
  ~KafkaWarmUp() = default;
  KafkaWarmUp(const KafkaWarmUp&) = delete;
  KafkaWarmUp& operator=(const KafkaWarmUp&) = delete;

  /// Until it is over. A broker that cannot be written to is nobody's concern here.
  void wait();

 private:
  std::jthread thread_;
};

}  // namespace mkb::lab
