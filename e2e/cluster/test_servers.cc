#include "e2e/cluster/test_servers.h"

#include <cstdlib>

namespace mkb::e2e {

using nlohmann::json;

TestServers::TestServers(const ClusterHandle& cluster, const std::filesystem::path& dir,
                         const std::string& name_space) {
  if (const char* uri = std::getenv("MKB_E2E_MQTT"); uri != nullptr) {
    mqtt_uri_ = pod_mqtt_ = uri;
  } else {
    lab::MosquittoOptions options;
    options.address = cluster.address();
    options.anonymous_too = true;
    for (const char* user : kUsers) options.users[user] = kPassword;
    mosquitto_ = std::make_unique<lab::Mosquitto>(dir, options);
    mosquitto_->start();
    mqtt_uri_ = mosquitto_->uri();
    publish(cluster, name_space, "mqtt", mqtt_uri_.substr(mqtt_uri_.rfind('/') + 1), 1883);
    pod_mqtt_ = "mqtt://mqtt." + name_space + ".svc:1883";
  }
  if (const char* servers = std::getenv("MKB_E2E_KAFKA"); servers != nullptr) {
    bootstrap_ = pod_kafka_ = servers;
  } else {
    lab::KafkaOptions options;
    options.address = cluster.address();
    kafka_ = std::make_unique<lab::Kafka>(dir, options);
    kafka_->start();
    bootstrap_ = kafka_->bootstrap();
    warm_up_ = std::make_unique<lab::KafkaWarmUp>(bootstrap_);
    publish(cluster, name_space, "kafka", bootstrap_, 9092);
    pod_kafka_ = "kafka." + name_space + ".svc:9092";
  }
}

// A Service without a selector, and the address that it stands for.
void TestServers::publish(const ClusterHandle& cluster, const std::string& name_space,
                          const std::string& name, const std::string& endpoint, int port) const {
  const auto colon = endpoint.rfind(':');
  cluster.apply({{"apiVersion", "v1"},
                 {"kind", "Service"},
                 {"metadata", {{"name", name}, {"namespace", name_space}}},
                 {"spec", {{"ports", {{{"name", name}, {"port", port}, {"protocol", "TCP"}}}}}}});
  cluster.apply(
      {{"apiVersion", "discovery.k8s.io/v1"},
       {"kind", "EndpointSlice"},
       {"metadata",
        {{"name", name}, {"namespace", name_space}, {"labels", {{"kubernetes.io/service-name", name}}}}},
       {"addressType", "IPv4"},
       {"ports", {{{"name", name}, {"port", std::stoi(endpoint.substr(colon + 1))}, {"protocol", "TCP"}}}},
       {"endpoints", {{{"addresses", {endpoint.substr(0, colon)}}, {"conditions", {{"ready", true}}}}}}});
}

}  // namespace mkb::e2e
