#include <benchmark/benchmark.h>

#include <string>

#include "api/bridge_spec.h"
#include "dataplane/route/record_renderer.h"
#include "dataplane/route/route.h"
#include "dataplane/route/route_matcher.h"
#include "dataplane/route/session_packer.h"
#include "mqtt/publish.h"

// What it costs to find a message's routes and to make its Kafka record.

namespace mkb::dataplane {
namespace {

api::BridgeSpec spec_of(const api::MqttToKafkaRoute& route) {
  api::BridgeSpec spec;
  spec.name = "bench";
  spec.name_space = "default";
  spec.uid = "0123456789";
  spec.mqtt_to_kafka.push_back(route);
  return spec;
}

api::MqttToKafkaRoute telemetry_route() {
  api::MqttToKafkaRoute route;
  route.name = "telemetry";
  route.filters = {"vehicles/+/telemetry"};
  route.topic = "telemetry";
  return route;
}

mqtt::Publish telemetry() {
  mqtt::Publish publish;
  publish.topic = "vehicles/car-42/telemetry";
  publish.payload =
      R"({"t":1764000000000,"fleet":"fleet-3","speed":61.5,"position":{"lat":48.1351,"lon":11.5820},"readings":[)";
  while (publish.payload.size() < 248) {
    publish.payload += "101.25,";
  }
  publish.payload.back() = ']';
  publish.payload += '}';
  publish.packet_id = 7;
  publish.qos = 1;
  return publish;
}

void render(benchmark::State& state, const api::MqttToKafkaRoute& spec, const mqtt::Publish& publish) {
  const auto route = CompiledRoute::compile(spec, 0);
  if (!route) {
    state.SkipWithError(route.error().message().c_str());
    return;
  }
  RecordRenderer renderer("0123456789");
  const mqtt::PublishView view = publish.view();
  RenderedRecord record;
  for (auto _ : state) {
    renderer.begin(view, "mkb-0123456789-7");
    if (renderer.render(*route, record)) {
      state.SkipWithError("not rendered");
      break;
    }
    benchmark::DoNotOptimize(record.headers->size());
  }
}

void render_no_key(benchmark::State& state) {
  render(state, telemetry_route(), telemetry());
}
BENCHMARK(render_no_key);

void render_topic_level_key(benchmark::State& state) {
  api::MqttToKafkaRoute route = telemetry_route();
  route.key = "${topic[1]}";
  render(state, route, telemetry());
}
BENCHMARK(render_topic_level_key);

void render_templated_topic(benchmark::State& state) {
  api::MqttToKafkaRoute route = telemetry_route();
  route.topic = "fleet.${topic[2]}";
  route.key = "${topic[1]}";
  render(state, route, telemetry());
}
BENCHMARK(render_templated_topic);

void render_payload_header(benchmark::State& state) {
  api::MqttToKafkaRoute route = telemetry_route();
  route.key = "${topic[1]}";
  route.headers = {{"fleet", "${payload.fleet}"}, {"lat", "${payload.position.lat}"}};
  render(state, route, telemetry());
}
BENCHMARK(render_payload_header);

void render_user_properties(benchmark::State& state) {
  api::MqttToKafkaRoute route = telemetry_route();
  route.key = "${userProperty.vehicle}";
  mqtt::Publish publish = telemetry();
  publish.properties.add(mqtt::PropertyId::kContentType, "application/json")
      .add_user_property("vehicle", "car-42")
      .add_user_property("trace", "00-4bf92f3577b34da6a3ce929d0e0e4736-00");
  render(state, route, publish);
}
BENCHMARK(render_user_properties);

/// A session of state.range(0) filters that do not overlap; the identifier decides.
void match_route_by_identifier(benchmark::State& state) {
  api::MqttToKafkaRoute route = telemetry_route();
  route.filters.clear();
  for (int i = 0; i < state.range(0); ++i) {
    route.filters.push_back("fleet" + std::to_string(i) + "/+/telemetry");
  }
  api::BridgeSpec spec = spec_of(route);
  spec.shards = 1;
  auto plans = pack_sessions(spec);
  if (!plans) {
    state.SkipWithError(plans.error().message().c_str());
    return;
  }
  auto matcher = RouteMatcher::build(plans->front());
  for (std::size_t i = 0; i < plans->front().subscriptions.size(); ++i) {
    matcher->set_granted(i, true);
  }
  mqtt::Publish publish = telemetry();
  publish.topic = "fleet0/car-42/telemetry";
  for (const PlannedSubscription& each : plans->front().subscriptions) {
    if (each.filter == "fleet0/+/telemetry") {
      publish.properties.add(mqtt::PropertyId::kSubscriptionIdentifier, each.subscription_id);
    }
  }
  const mqtt::PublishView view = publish.view();
  for (auto _ : state) {
    const auto routes = matcher->match(view);
    if (routes.size() != 1) {
      state.SkipWithError("not matched");
      break;
    }
    benchmark::DoNotOptimize(routes.data());
  }
}
BENCHMARK(match_route_by_identifier)->Arg(1)->Arg(1000);

}  // namespace
}  // namespace mkb::dataplane
