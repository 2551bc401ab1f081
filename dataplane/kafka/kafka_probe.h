#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"

namespace mkb::dataplane {

/// Asks Kafka again and again whether it is there, on a thread of its own because librdkafka's question
/// blocks. Also keeps librdkafka's view of missing topics fresh: each answer updates it.
class KafkaProbe {
 public:
  /// Topics with a problem, and the problem in words.
  using Problems = std::vector<std::pair<std::string, std::string>>;
  using Question = std::function<Result<Problems>(int timeout_ms)>;
  using Listener = std::function<void(Result<Problems>)>;

  /// `ask` and `listener` are called on the probe's thread.
  KafkaProbe(Question ask, Listener listener);
  /// Waits for a question under way, at most its timeout.
  ~KafkaProbe();
  KafkaProbe(const KafkaProbe&) = delete;
  KafkaProbe& operator=(const KafkaProbe&) = delete;

 private:
  void run();

  Question ask_;
  Listener listener_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mkb::dataplane
