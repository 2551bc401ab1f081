#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "e2e/cluster/cluster_handle.h"
#include "e2e/lab/kafka.h"
#include "e2e/lab/kafka_warm_up.h"
#include "e2e/lab/mosquitto.h"

namespace mkb::e2e {

/// The MQTT broker and the Kafka cluster of a suite. mosquitto and Apache Kafka are started here and made
/// known to pods as the Services `mqtt` and `kafka` of a namespace; with $MKB_E2E_MQTT (mqtt://host:port) or
/// $MKB_E2E_KAFKA (host:port) somebody else's are used, by an address that holds for pods as well.
class TestServers {
 public:
  /// Two users whom mosquitto knows, besides everybody who gives no name.
  static constexpr const char* kUsers[] = {"bridge-a", "bridge-b"};
  static constexpr const char* kPassword = "correct horse";

  TestServers(const ClusterHandle& cluster, const std::filesystem::path& dir, const std::string& name_space);

  [[nodiscard]] const std::string& mqtt_uri() const { return mqtt_uri_; }      ///< for the test itself
  [[nodiscard]] const std::string& bootstrap() const { return bootstrap_; }    ///< for the test itself
  [[nodiscard]] const std::string& pod_mqtt_uri() const { return pod_mqtt_; }  ///< for pods
  [[nodiscard]] const std::string& pod_bootstrap() const { return pod_kafka_; }
  /// Whether `kUsers` exist, that is whether the broker is ours.
  [[nodiscard]] bool has_users() const { return mosquitto_ != nullptr; }
  /// Until our Kafka is as fast as it gets; it has been warming up since its start.
  void wait_warm() {
    if (warm_up_) warm_up_->wait();
  }

 private:
  void publish(const ClusterHandle& cluster, const std::string& name_space, const std::string& name,
               const std::string& endpoint, int port) const;

  std::unique_ptr<lab::Mosquitto> mosquitto_;
  std::unique_ptr<lab::Kafka> kafka_;
  std::unique_ptr<lab::KafkaWarmUp> warm_up_;
  std::string mqtt_uri_;
  std::string bootstrap_;
  std::string pod_mqtt_;
  std::string pod_kafka_;
};

}  // namespace mkb::e2e
