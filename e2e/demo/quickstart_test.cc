#include "e2e/demo/quickstart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "e2e/lab/lab_error.h"
#include "e2e/lab/process.h"

namespace mkb::demo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Quickstart load(const std::string& routes) {
  const auto file =
      std::filesystem::path(testing::TempDir()) / ("quickstart_test." + std::to_string(getpid()) + ".yaml");
  lab::write_file(file,
                  "spec:\n  mqtt: {servers: [mqtt://localhost:1883]}\n"
                  "  kafka: {bootstrapServers: [localhost:9092]}\n" +
                      routes);
  return load_quickstart(file, "127.0.0.1:1", "127.0.0.1:2");
}

constexpr const char* kUp =
    "  mqttToKafka:\n"
    "  - {name: t, topic: data, onError: {deadLetterTopic: data.dlq}}\n"
    "  - {name: x, topic: \"${topic[1]}\"}\n"
    "  - {name: a, topic: replies}\n";
constexpr const char* kDown =
    "  kafkaToMqtt:\n"
    "  - {name: c, topics: [orders, ^more-.*], topic: o, onError: {deadLetterTopic: orders.dlq}}\n";

TEST(QuickstartTest, FindsTheFixedTopicsOfBothDirections) {
  const auto quickstart = load(std::string(kUp) + kDown);
  EXPECT_THAT(quickstart.topics, ElementsAre("data", "replies", "orders", "data.dlq", "orders.dlq"));
  EXPECT_EQ(quickstart.data_route, "t");
  EXPECT_EQ(quickstart.data_topic, "data");
  EXPECT_EQ(quickstart.answers_topic, "replies");
  EXPECT_EQ(quickstart.commands_topic, "orders");
}

TEST(QuickstartTest, PointsTheFileAtOtherServers) {
  const auto quickstart = load(std::string(kUp) + kDown);
  EXPECT_THAT(quickstart.yaml, HasSubstr("mqtt://127.0.0.1:1]"));
  EXPECT_THAT(quickstart.yaml, HasSubstr("[127.0.0.1:2]"));
  EXPECT_THAT(quickstart.yaml, Not(HasSubstr("localhost")));
}

TEST(QuickstartTest, NeedsBothDirections) {
  EXPECT_THROW(load(kUp), lab::LabError);
  EXPECT_THROW(load(kDown), lab::LabError);
}

TEST(QuickstartTest, TheExampleIsOne) {
  EXPECT_THAT(load_quickstart(MKB_QUICKSTART, "127.0.0.1:1", "127.0.0.1:2").topics,
              ElementsAre("telemetry", "answers", "commands", "telemetry.dlq", "commands.dlq"));
}

}  // namespace
}  // namespace mkb::demo
