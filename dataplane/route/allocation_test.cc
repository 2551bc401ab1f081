#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "dataplane/route/record_renderer.h"
#include "dataplane/route/route_matcher.h"
#include "dataplane/route/session_packer.h"

// A program of its own, because it counts every allocation made through operator new.

namespace {
std::size_t allocations = 0;
}  // namespace

// Not inlined: else the compiler sees free() meet new and takes it for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) {
    return memory;
  }
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

namespace mkb::dataplane {
namespace {

api::BridgeSpec bridge() {
  api::BridgeSpec spec;
  spec.uid = "0123456789abcdef";
  spec.shards = 1;
  api::MqttToKafkaRoute& one = spec.mqtt_to_kafka.emplace_back();
  one.name = "one";
  one.filters = {"vehicles/+/telemetry", "vehicles/#", "vehicles/1234567890123456789/telemetry"};
  one.topic = "telemetry-of-vehicles.${topic[1]}";
  one.key = "${payload.vehicle.identification}-${payload.samples[2]}";
  one.headers = {{"fleet", "${payload.fleet} of ${userProperty.region}"}, {"session", "${clientid}"}};
  one.partition.strategy = api::PartitionStrategy::kTopic;
  one.on_error.dead_letter_topic = "dead-letters";
  spec.mqtt_to_kafka.push_back(one);
  spec.mqtt_to_kafka.back().name = "two";
  spec.mqtt_to_kafka.back().headers = {{"whole", "${payload}"}};
  return spec;
}

mqtt::Publish message(std::size_t number) {
  mqtt::Publish publish;
  publish.topic = "vehicles/1234567890123456789/telemetry";
  publish.payload =
      R"({"vehicle": {"\u0069dentification": "number )" + std::to_string(number) +
      R"( of many"}, "fleet": "the northern \"fleet\"", "samples": [1.5, 2e3, 12345678901234567]})";
  publish.qos = 1;
  publish.properties.add(mqtt::PropertyId::kContentType, "application/json")
      .add(mqtt::PropertyId::kMessageExpiryInterval, 4'000'000'000)
      .add_user_property("region", "a region with a long name");
  return publish;
}

TEST(Allocations, AreCounted) {
  const std::size_t before = allocations;
  std::make_unique<std::vector<int>>(100).reset();
  EXPECT_EQ(allocations - before, 2u);
}

TEST(Allocations, NoneToMatchAndRenderOnceBuffersHaveGrown) {
  const api::BridgeSpec spec = bridge();
  const auto routes = compile_routes(spec);
  const auto sessions = pack_sessions(spec);
  ASSERT_TRUE(routes.ok() && sessions.ok());
  const SessionPlan& session = sessions->at(0);
  auto matcher = RouteMatcher::build(session);
  ASSERT_TRUE(matcher.ok());
  for (std::size_t i = 0; i < session.subscriptions.size(); ++i) {
    matcher->set_granted(i, true);
  }

  // One with the identifier that counts, one with another's copy, one with all and one with none.
  std::vector<mqtt::Publish> messages;
  for (std::size_t i = 0; i < 4; ++i) {
    messages.push_back(message(1'000'000 + i));
  }
  const auto identify = [&](std::size_t message_index, std::size_t subscription) {
    messages[message_index].properties.add(mqtt::PropertyId::kSubscriptionIdentifier,
                                           session.subscriptions[subscription].subscription_id);
  };
  identify(0, 0);
  identify(1, 1);
  for (std::size_t i = 0; i < session.subscriptions.size(); ++i) {
    identify(2, i);
  }

  RecordRenderer renderer(spec.uid);
  RenderedRecord record;
  const DeadLetterCause cause{DropReason::kTooLarge, "produce", "one", "telemetry",
                              "the record is too large"};
  std::size_t rendered = 0;
  std::size_t failed = 0;
  const auto round = [&] {
    for (const mqtt::Publish& each : messages) {
      const mqtt::PublishView view = each.view();
      const auto matched = matcher->match(view);
      renderer.begin(view, session.client_id);
      for (const std::uint32_t route : matched) {
        failed += renderer.render((*routes)[route], record) ? 1 : 0;
        renderer.render_dead_letter((*routes)[route], cause, record);
        ++rendered;
      }
    }
  };
  round();
  EXPECT_EQ(rendered, 6u);
  const std::size_t before = allocations;
  for (int i = 0; i < 1'000; ++i) {
    round();
  }
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_EQ(rendered, 6'006u);
  EXPECT_EQ(failed, 0u);
}

}  // namespace
}  // namespace mkb::dataplane
