#include "operator/reconcile/sample_spec.h"

#include <stdexcept>

#include "api/yaml_codec.h"

namespace mkb::reconcile {

nlohmann::json sample_bridge() {
  return nlohmann::json::parse(R"({
    "apiVersion": "mqttkafka.io/v1alpha1", "kind": "MqttKafkaBridge",
    "metadata": {"name": "fleet", "namespace": "prod", "uid": "u-1", "generation": 1, "resourceVersion": "1"},
    "spec": {
      "replicas": 3, "shards": 8,
      "mqtt": {"servers": ["mqtts://broker:8883"], "auth": {"secretRef": {"name": "broker-login"}},
               "tls": {"caSecretRef": {"name": "broker-ca"}}},
      "kafka": {"bootstrapServers": ["kafka:9092"]},
      "mqttToKafka": [{"name": "telemetry", "filters": ["a/+", "b/+", "c/+"], "topic": "telemetry"},
                      {"name": "events", "filters": ["events/#"], "topic": "events"}]}})");
}

api::BridgeSpec spec_of(const nlohmann::json& bridge) {
  auto outcome = api::parse_bridge(bridge.dump(), "");
  if (!outcome.spec) throw std::invalid_argument(api::render(outcome.problems));
  return std::move(*outcome.spec);
}

}  // namespace mkb::reconcile
