#include "dataplane/route/route.h"

#include "dataplane/route/kafka_topic_name.h"

namespace mkb::dataplane {
namespace {

Result<CompiledTemplate> compile_field(const api::MqttToKafkaRoute& route, const std::string& field,
                                       const std::string& text) {
  auto compiled = CompiledTemplate::compile(text);
  if (!compiled) {
    return Error(RouteError::kTemplate,
                 "route '" + route.name + "': " + field + ": " + compiled.error().message());
  }
  return compiled;
}

}  // namespace

Result<CompiledRoute> CompiledRoute::compile(const api::MqttToKafkaRoute& route, std::uint32_t index) {
  CompiledRoute compiled;
  compiled.index_ = index;
  compiled.name_ = route.name;
  compiled.partition_ = route.partition;
  compiled.on_error_ = route.on_error;
  auto topic = compile_field(route, "topic", route.topic);
  if (!topic) {
    return topic.error();
  }
  compiled.topic_ = std::move(*topic);
  if (compiled.has_literal_topic() && !is_kafka_topic_name(compiled.topic_.literal())) {
    return Error(RouteError::kInvalidTopic, "route '" + route.name + "': topic: '" +
                                                compiled.topic_.literal() + "' is not a Kafka topic name");
  }
  if (route.key) {
    auto key = compile_field(route, "key", *route.key);
    if (!key) {
      return key.error();
    }
    compiled.key_ = std::move(*key);
  }
  for (const auto& [name, text] : route.headers) {
    auto value = compile_field(route, "headers." + name, text);
    if (!value) {
      return value.error();
    }
    compiled.headers_.push_back({name, std::move(*value)});
  }
  return compiled;
}

Result<std::vector<CompiledRoute>> compile_routes(const api::BridgeSpec& spec) {
  std::vector<CompiledRoute> routes;
  for (const api::MqttToKafkaRoute& each : spec.mqtt_to_kafka) {
    auto route = CompiledRoute::compile(each, static_cast<std::uint32_t>(routes.size()));
    if (!route) {
      return route.error();
    }
    routes.push_back(std::move(*route));
  }
  return routes;
}

}  // namespace mkb::dataplane
