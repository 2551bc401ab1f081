// What users and autoscalers of a cluster see of the resource.
#include <gmock/gmock.h>

#include "api/yaml_codec.h"
#include "e2e/crd_fixture.h"

namespace mkb::e2e {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using CrdE2eTest = CrdFixture;

json stored(const std::string& name, const std::string& output) {
  json object = json::parse(output, nullptr, false);
  EXPECT_FALSE(object.is_discarded()) << name << ": " << output;
  return object;
}

TEST_F(CrdE2eTest, IsEstablishedWithAStructuralSchema) {
  const json definition =
      stored("definition", kubectl({"get", "crd", "mqttkafkabridges.mqttkafka.io", "-o", "json"}));
  bool established = false;
  for (const json& condition : definition["status"]["conditions"]) {
    if (condition["type"] == "Established") established = condition["status"] == "True";
    EXPECT_NE(condition["type"], "NonStructuralSchema") << condition;
  }
  EXPECT_TRUE(established) << definition["status"];
}

TEST_F(CrdE2eTest, ExamplesApplyAndGetTheirDefaults) {
  kubectl({"create", "namespace", "fleet"});
  for (const std::string example : {"quickstart", "secured", "routes", "commands"}) {
    const std::string text = repository_file("examples/" + example + ".yaml");
    const std::string output = kubectl({"apply", "--validate=strict", "-f", "-"}, text);
    EXPECT_EQ(output, "mqttkafkabridge.mqttkafka.io/" + example + " created\n");
    const std::string space = example == "secured" ? "fleet" : "default";
    const std::string yaml = kubectl({"get", "mkb", example, "-n", space, "-o", "yaml"});
    auto from_server = api::parse_bridge(yaml, "server");
    auto from_file = api::parse_bridge(text, "file");
    ASSERT_TRUE(from_file.ok());
    ASSERT_TRUE(from_server.ok()) << api::render(from_server.problems);
    // The defaults that the server filled in are those of the programs: both read the same bridge.
    from_file.spec->uid = from_server.spec->uid;
    for (auto* spec : {&*from_file.spec, &*from_server.spec}) {
      for (auto& route : spec->mqtt_to_kafka) route.line = 0;
      for (auto& route : spec->kafka_to_mqtt) route.line = 0;
    }
    EXPECT_TRUE(*from_server.spec == *from_file.spec) << yaml;
  }
  const json quickstart = stored("quickstart", kubectl({"get", "mkb", "quickstart", "-o", "json"}));
  EXPECT_EQ(quickstart["spec"]["replicas"], 1);
  EXPECT_EQ(quickstart["spec"]["shards"], 64);
  EXPECT_EQ(quickstart["spec"]["mqtt"]["version"], 5);
  EXPECT_EQ(quickstart["spec"]["mqtt"]["sessionExpiry"], "1h");
  EXPECT_EQ(quickstart["spec"]["mqttToKafka"][0]["qos"], 1);
  EXPECT_EQ(quickstart["spec"]["mqttToKafka"][0]["onError"]["action"], "Block");
  EXPECT_EQ(quickstart["spec"]["kafkaToMqtt"][0]["retain"], false);
  EXPECT_EQ(quickstart["spec"]["kafkaToMqtt"][0]["payload"], "${value}");
  // Filled in once: a second apply of the same file changes nothing.
  kubectl({"apply", "-f", "-"}, repository_file("examples/quickstart.yaml"));
  const json again = stored("quickstart", kubectl({"get", "mkb", "quickstart", "-o", "json"}));
  EXPECT_EQ(again["metadata"]["generation"], 1);
  EXPECT_EQ(again["metadata"]["resourceVersion"], quickstart["metadata"]["resourceVersion"]);
}

TEST_F(CrdE2eTest, UnknownFieldsAreRefused) {
  json bridge = sample("unknown");
  bridge["spec"]["mqtt"]["server"] = "mqtt://h";
  EXPECT_THAT(kubectl({"apply", "--validate=strict", "-f", "-"}, bridge.dump()),
              HasSubstr("unknown field \"spec.mqtt.server\""));
  bridge = sample("unknown");
  bridge["spec"]["mqttToKafka"][0]["filter"] = "a";
  EXPECT_THAT(kubectl({"apply", "-f", "-"}, bridge.dump()),
              HasSubstr("unknown field \"spec.mqttToKafka[0].filter\""));
  EXPECT_THAT(kubectl({"get", "mkb", "unknown"}), HasSubstr("not found"));
}

TEST_F(CrdE2eTest, NamesAreBounded) {
  const auto create = [](const std::string& name) {
    return kubectl({"create", "--dry-run=server", "-f", "-"}, sample(name).dump());
  };
  EXPECT_THAT(create(std::string(48, 'a')), HasSubstr("created"));
  EXPECT_THAT(create(std::string(49, 'a')), HasSubstr("metadata.name: at most 48 characters"));
  EXPECT_THAT(create("a.b"), HasSubstr("metadata.name: no dots"));
  EXPECT_FALSE(api::parse_bridge(sample(std::string(49, 'a')).dump(), "f").ok());
  EXPECT_FALSE(api::parse_bridge(sample("a.b").dump(), "f").ok());
}

TEST_F(CrdE2eTest, ShardsAndClientIdPrefixCannotChange) {
  server().kubectl({"apply", "-f", "-"}, sample("fixed").dump());
  const auto patch = [](const char* text) {
    return kubectl({"patch", "mkb", "fixed", "--type=merge", "-p", text});
  };
  EXPECT_THAT(patch(R"({"spec": {"shards": 65}})"), HasSubstr("shards cannot be changed"));
  EXPECT_THAT(patch(R"({"spec": {"shards": null, "replicas": 2}})"), HasSubstr("patched"));
  EXPECT_THAT(patch(R"({"spec": {"mqtt": {"clientIdPrefix": "other"}}})"),
              HasSubstr("clientIdPrefix cannot be changed"));
  EXPECT_THAT(patch(R"({"spec": {"mqtt": {"clientIdPrefix": "mkb", "keepAlive": "1m"}}})"),
              HasSubstr("patched"));
}

TEST_F(CrdE2eTest, Scales) {
  server().kubectl({"apply", "-f", "-"}, sample("scaled").dump());
  EXPECT_THAT(kubectl({"scale", "mkb/scaled", "--replicas=3"}), HasSubstr("scaled"));
  EXPECT_EQ(kubectl({"get", "mkb", "scaled", "-o", "jsonpath={.spec.replicas}"}), "3");
  const std::string status =
      R"({"status": {"replicas": 2, "selector": "app.kubernetes.io/instance=scaled"}})";
  server().kubectl({"patch", "mkb", "scaled", "--subresource=status", "--type=merge", "-p", status});
  const json scale =
      stored("scale", kubectl({"get", "--raw",
                               "/apis/mqttkafka.io/v1alpha1/namespaces/default/mqttkafkabridges/"
                               "scaled/scale"}));
  EXPECT_EQ(scale["spec"]["replicas"], 3);
  EXPECT_EQ(scale["status"]["replicas"], 2);
  EXPECT_EQ(scale["status"]["selector"], "app.kubernetes.io/instance=scaled");
}

constexpr const char* kStatus = R"({"status": {
  "observedGeneration": 1, "version": "0.1.0", "replicas": 3, "readyReplicas": 2, "selector": "a=b",
  "conditions": [
    {"type": "Ready", "status": "True", "reason": "Serving", "message": "3 shards served", "observedGeneration": 1,
     "lastTransitionTime": "2026-11-24T10:00:00Z"},
    {"type": "Stalled", "status": "False", "reason": "Accepted", "message": "",
     "lastTransitionTime": "2026-11-24T10:00:00Z"}],
  "shards": {"total": 64, "assigned": 63, "moving": 1},
  "totals": {"received": 1234, "delivered": 1230},
  "routes": [{"name": "up", "direction": "MqttToKafka", "received": 1234, "delivered": 1230, "filtered": 0,
              "deadLettered": 1, "dropped": 2, "inFlight": 1, "lag": 7, "lastError": "late"}]}})";

TEST_F(CrdE2eTest, StatusIsASubresourceOfItsOwn) {
  server().kubectl({"apply", "-f", "-"}, sample("status").dump());
  server().kubectl({"patch", "mkb", "status", "--type=merge", "-p", kStatus});
  json bridge = stored("status", kubectl({"get", "mkb", "status", "-o", "json"}));
  EXPECT_FALSE(bridge.contains("status")) << bridge;
  server().kubectl({"patch", "mkb", "status", "--subresource=status", "--type=merge", "-p", kStatus});
  bridge = stored("status", kubectl({"get", "mkb", "status", "-o", "json"}));
  // Nothing of it was pruned, and the generation counts changes of the spec alone.
  EXPECT_EQ(bridge["status"], json::parse(kStatus)["status"]);
  EXPECT_EQ(bridge["metadata"]["generation"], 1);
}

TEST_F(CrdE2eTest, Columns) {
  server().kubectl({"apply", "-f", "-"}, sample("columns").dump());
  server().kubectl({"patch", "mkb", "columns", "--subresource=status", "--type=merge", "-p", kStatus});
  const std::string narrow = kubectl({"get", "mkb", "columns"});
  EXPECT_THAT(narrow, testing::ContainsRegex("NAME +READY +PODS +SHARDS +MOVING +AGE\n"));
  EXPECT_THAT(narrow, testing::ContainsRegex("columns +True +2 +63 +1 +"));
  const std::string wide = kubectl({"get", "mkb", "columns", "-o", "wide"});
  EXPECT_THAT(wide, testing::ContainsRegex("MOVING +RECEIVED +DELIVERED +REASON +MESSAGE +AGE\n"));
  EXPECT_THAT(wide, testing::ContainsRegex("True +2 +63 +1 +1234 +1230 +Serving +3 shards served +"));
  EXPECT_THAT(kubectl({"get", "all"}), HasSubstr("mqttkafkabridge.mqttkafka.io/columns"));
  EXPECT_THAT(kubectl({"get", "mqttkafka"}), HasSubstr("columns"));
}

TEST_F(CrdE2eTest, IsExplained) {
  EXPECT_THAT(kubectl({"explain", "mkb.spec.mqtt.keepAlive"}), HasSubstr("How often a quiet connection"));
  EXPECT_THAT(kubectl({"explain", "mkb.spec.mqttToKafka.onError"}),
              AllOf(HasSubstr("can never be delivered"), HasSubstr("deadLetterTopic"),
                    HasSubstr("enum: Block, Drop")));
  EXPECT_THAT(kubectl({"explain", "mkb.spec.pod.tolerations"}), HasSubstr("tolerationSeconds"));
  EXPECT_THAT(kubectl({"explain", "mkb.spec", "--recursive"}),
              AllOf(HasSubstr("userProperties"), Not(HasSubstr("error"))));
}

// The cost of rules is bounded for one request too: the largest bridge has to pass.
TEST_F(CrdE2eTest, TakesAsManyFiltersAsTheProgramsDo) {
  json bridge = sample("large");
  bridge["spec"]["mqttToKafka"] = json::array();
  for (int route = 0; route < 20; ++route) {
    json filters = json::array();
    for (int i = 0; i < 500; ++i) {
      filters.push_back("vehicles/fleet-" + std::to_string(route) + "/v" + std::to_string(i) +
                        "/+/telemetry");
    }
    bridge["spec"]["mqttToKafka"].push_back(
        {{"name", "r" + std::to_string(route)}, {"filters", filters}, {"topic", "t"}, {"key", "k"}});
  }
  EXPECT_TRUE(api::parse_bridge(bridge.dump(), "f").ok());
  EXPECT_THAT(kubectl({"create", "-f", "-"}, bridge.dump()), HasSubstr("created"));
  bridge["metadata"]["name"] = "larger";
  bridge["spec"]["mqttToKafka"][19]["filters"].push_back("one/more");
  EXPECT_FALSE(api::parse_bridge(bridge.dump(), "f").ok());
  EXPECT_THAT(kubectl({"create", "-f", "-"}, bridge.dump()), HasSubstr("at most 10000 filters"));
}

}  // namespace
}  // namespace mkb::e2e
