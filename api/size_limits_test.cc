#include "api/size_limits.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "api/sample_bridge.h"

namespace mkb::api {
namespace {

TEST(SizeLimits, EachPathOnce) {
  std::set<std::string_view> paths;
  for (const SizeLimit& limit : size_limits()) {
    EXPECT_TRUE(paths.insert(limit.path).second) << limit.path;
    EXPECT_GT(limit.most, 0u) << limit.path;
  }
}

TEST(SizeLimits, Texts) {
  const std::string longest(256, 'x');
  EXPECT_EQ(problems_of(bridge_with_route("filters: [" + longest + "]")), "");
  EXPECT_EQ(problems_of(bridge_with_route("filters: [a, " + longest + "y]")),
            "f:7:18: spec.mqttToKafka[0].filters[1]: has 257 characters; write at most 256\n");
}

TEST(SizeLimits, CharactersAreNotBytes) {
  std::string filter;
  for (int i = 0; i < 256; ++i) filter += "ö";
  EXPECT_EQ(problems_of(bridge_with_route("filters: [" + filter + "]")), "");
  EXPECT_NE(problems_of(bridge_with_route("filters: [" + filter + "ö]")), "");
}

TEST(SizeLimits, Lists) {
  std::string servers = "servers: [mqtt://h";
  for (int i = 1; i < 16; ++i) servers += ", mqtt://h";
  EXPECT_EQ(problems_of(bridge_with_mqtt(servers + "]")), "");
  EXPECT_EQ(problems_of(bridge_with_mqtt(servers + ", mqtt://h]")),
            "f:7:14: spec.mqtt.servers: has 17 items; write at most 16\n");
}

TEST(SizeLimits, MappingsAndTheirValues) {
  std::string properties = "properties: {p: x";
  for (int i = 1; i < 64; ++i) properties += ", p" + std::to_string(i) + ": x";
  EXPECT_EQ(problems_of(bridge_with_kafka(properties + "}")), "");
  EXPECT_EQ(problems_of(bridge_with_kafka(properties + ", q: x}")),
            "f:7:17: spec.kafka.properties: has 65 entries; write at most 64\n");
  EXPECT_EQ(problems_of(bridge_with_kafka("properties: {a.b: " + std::string(1025, 'x') + "}")),
            "f:7:23: spec.kafka.properties[\"a.b\"]: has 1025 characters; write at most 1024\n");
}

TEST(SizeLimits, WhatIsWrongComesFirst) {
  EXPECT_EQ(problems_of(bridge_with_route("filters: [a#, " + std::string(257, 'x') + "]")),
            "f:7:15: spec.mqttToKafka[0].filters[0]: \"a#\" must have # alone in its level [MQTT-4.7.1-1]\n");
}

}  // namespace
}  // namespace mkb::api
