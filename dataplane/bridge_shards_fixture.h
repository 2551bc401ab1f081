#pragma once

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/bridge.h"
#include "dataplane/session_broker.h"

namespace mkb::dataplane {

inline const std::string kFirst = "mkb-uid-1";
inline const std::string kSecond = "mkb-uid-2";

class BridgeShardsTest : public testing::Test {
 protected:
  BridgeShardsTest() : broker(io) {
    char reason[256];
    owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason, sizeof reason);
    cluster = rd_kafka_mock_cluster_new(owner_, 1);
    rd_kafka_mock_topic_create(cluster, "out", 2, 1);
    rd_kafka_mock_topic_create(cluster, "other", 2, 1);
    spec.name = "fleet";
    spec.name_space = "default";
    spec.uid = "uid";
    spec.mqtt.servers = {{false, "127.0.0.1", broker.port()}};
    spec.kafka.bootstrap_servers = {rd_kafka_mock_cluster_bootstraps(cluster)};
    add_route("one", "a/+");
    add_route("two", "b/+");
    record.filters = {{"a/+", 1}, {"b/+", 2}};
  }
  ~BridgeShardsTest() override {
    a.reset();
    b.reset();
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner_);
  }

  void add_route(const std::string& name, const std::string& filter, const std::string& topic = "out") {
    api::MqttToKafkaRoute route;
    route.name = name;
    route.filters = {filter};
    route.topic = topic;
    spec.mqtt_to_kafka.push_back(route);
  }
  std::unique_ptr<Bridge> make(const std::string& name, Ownership ownership = Ownership::kAssigned) {
    auto result = Bridge::create(io, spec, "/nonexistent", name, clock, {ownership, record});
    EXPECT_TRUE(result.ok()) << result.error().message();
    (*result)->start();
    return std::move(*result);
  }
  bool assign(Bridge& bridge, std::vector<api::ShardAssignment> shards) {
    return bridge.assign({++epoch, std::move(shards)});
  }
  void own(Bridge& bridge, std::vector<api::ShardAssignment> shards) {
    assign(bridge, std::move(shards));
    until([&] { return ready(bridge); });
  }
  static bool ready(const Bridge& bridge) {
    const auto sessions = bridge.snapshot().sessions;
    return !sessions.empty() &&
           std::all_of(sessions.begin(), sessions.end(), [](const auto& each) { return each.ready; });
  }
  static RouteSnapshot counts(const Bridge& bridge, const std::string& name) {
    for (const RouteSnapshot& each : bridge.snapshot().routes) {
      if (each.name == name) {
        return each;
      }
    }
    return {};
  }
  void publish(const std::string& topic, int count) {
    for (int i = 0; i < count; ++i) {
      broker.publish(topic, std::to_string(i));
    }
  }
  BridgeChange update(Bridge& bridge) {
    const auto result = bridge.update(spec, record);
    EXPECT_TRUE(result.ok()) << result.error().message();
    return result.ok() ? result.value() : BridgeChange::kNone;
  }

  template <class Condition>
  void until(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the condition did not come true";
      io.run_one_for(std::chrono::milliseconds(50));
    }
  }

  boost::asio::io_context io{1};
  SystemClock clock;
  SessionBroker broker;
  rd_kafka_mock_cluster_t* cluster = nullptr;
  api::BridgeSpec spec;
  api::ShardRecord record;
  std::uint64_t epoch = 0;
  std::unique_ptr<Bridge> a;
  std::unique_ptr<Bridge> b;

 private:
  rd_kafka_t* owner_ = nullptr;
};

}  // namespace mkb::dataplane
