#pragma once

#include <string>
#include <thread>

namespace mkb::lab {

/// Kafka's virtual machine compiles what it runs often: on two cores a broker that has just started takes all
/// of one for twenty seconds of a load that costs it a third of one later. So that what is measured is not
/// that, this writes small batches into a topic of its own until the broker is warm, from a thread.
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
