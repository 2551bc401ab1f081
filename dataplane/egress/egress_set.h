#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataplane/egress/egress_route.h"

namespace mkb::dataplane {

/// The routes from Kafka to MQTT of one process, which may change while it runs. Everything happens on the
/// io_context's thread.
class EgressSet {
 public:
  /// How long a route that is gone or changed may take to settle what is on its way. What is not committed
  /// by then is published again by the route's next consumer.
  static constexpr Duration kSettle = std::chrono::seconds(10);

  /// What the routes share but for the resource, of which each keeps its own copy.
  struct Environment {
    boost::asio::io_context& io;
    const std::string& instance;
    const api::SecretStore& secrets;
    const Clock& clock;
    std::function<std::uint64_t()> random;
  };

  explicit EgressSet(Environment environment) : environment_(std::move(environment)) {}

  /// Makes the routes those of `spec`. Routes that are the same go on undisturbed. One that is gone or
  /// changed reads nothing more, settles and commits; then what takes its place starts, as the same member
  /// of its consumer group, with counts that begin at 0. Errors as of EgressRoute::create(), before anything
  /// has changed.
  Result<void> change(const api::BridgeSpec& spec);
  void start();
  void tick();

  void drain();
  [[nodiscard]] bool drained() const;
  [[nodiscard]] std::uint64_t outstanding() const;
  void finish();

  void fill(Snapshot& snapshot) const;

 private:
  struct Entry {
    std::unique_ptr<const api::BridgeSpec> spec;  // the route refers to it
    const api::KafkaToMqttRoute* wanted = nullptr;
    std::unique_ptr<EgressRoute> route;
    bool leaving = false;
    TimePoint leave_at{};
    bool started = false;
  };

  void start_waiting();

  Environment environment_;
  std::vector<std::unique_ptr<Entry>> entries_;
  bool running_ = false;
  bool draining_ = false;
};

}  // namespace mkb::dataplane
