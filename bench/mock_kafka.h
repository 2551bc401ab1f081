#pragma once

#include <memory>
#include <string>
#include <vector>

namespace mkb::bench {

/// librdkafka's own mock of a Kafka cluster, on threads of this process and a port of 127.0.0.1. It answers
/// as a broker does and keeps little, so it costs next to nothing. Throws std::runtime_error when it cannot
/// start.
class MockKafka {
 public:
  MockKafka(const std::vector<std::string>& topics, int partitions);
  ~MockKafka();
  MockKafka(const MockKafka&) = delete;
  MockKafka& operator=(const MockKafka&) = delete;

  /// host:port
  [[nodiscard]] const std::string& bootstrap() const { return bootstrap_; }

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
  std::string bootstrap_;
};

}  // namespace mkb::bench
