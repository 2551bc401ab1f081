// The API server and the programs are shown the same documents: they refuse the same, each with a message
// that helps.
#include <gmock/gmock.h>

#include "api/yaml_codec.h"
#include "e2e/crd_fixture.h"

namespace mkb::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

using CrdRulesE2eTest = CrdFixture;

constexpr const char* kUp = "/spec/mqttToKafka/0";
constexpr const char* kDown = "/spec/kafkaToMqtt/0";

// The sample with one value changed.
struct Edit {
  std::string pointer;
  const char* value;
};

struct Refusal {
  Edit edit;
  const char* api;     ///< in the programs' message
  const char* server;  ///< in the server's
};

Edit up(const char* field, const char* value) {
  return {kUp + std::string("/") + field, value};
}

Edit down(const char* field, const char* value) {
  return {kDown + std::string("/") + field, value};
}

std::string api_problems(const json& document) {
  return api::render(api::parse_bridge(document.dump(), "f").problems);
}

class Documents {
 public:
  explicit Documents(json base) : base_(std::move(base)) {}

  json edited(const Edit& edit) const {
    json document = base_;
    document[json::json_pointer(edit.pointer)] = json::parse(edit.value);
    return document;
  }

  std::vector<json> edited(const std::vector<Edit>& edits) const {
    std::vector<json> all;
    all.reserve(edits.size());
    for (const Edit& edit : edits) all.push_back(edited(edit));
    return all;
  }

 private:
  json base_;
};

std::string title(const Edit& edit) {
  return edit.pointer + " = " + edit.value;
}

const std::vector<Refusal>& refused() {
  static const std::vector<Refusal> cases = {
      // Filters.
      {up("filters", R"(["a#"])"), "# alone in its level",
       "# must be the whole last level, as in vehicles/#"},
      {up("filters", R"(["a/#/b"])"), "must not go on after #", "# must be the last character"},
      {up("filters", R"(["##"])"), "# alone", "# must be the"},
      {up("filters", R"(["a+"])"), "+ alone", "+ must be a whole level, as in vehicles/+/telemetry"},
      {up("filters", R"(["a/+b/c"])"), "+ alone", "+ must be a whole level"},
      {up("filters", R"(["$share/g/a"])"), "a shared subscription", "no $share/ in a filter"},
      {up("filters", R"([""])"), "is empty", "at least 1 chars"},
      {up("filters", R"(["a\u0000b"])"), "U+0000", "should match"},
      {up("filters", "[]"), "at least one filter", "at least 1 items"},
      {up("filters", R"(["a", "a"])"), "given twice", "Duplicate value"},
      {up("filters", "[5]"), "is a number", "must be of type string"},
      // Routes.
      {up("name", R"("down")"), "another route has the name",
       "unique over mqttToKafka and kafkaToMqtt together"},
      {up("name", R"("Up")"), "no name of a route", "should match"},
      {{"/spec/mqttToKafka/1", R"({"name": "up", "filters": ["b"], "topic": "t"})"},
       "another route has the name",
       "Duplicate value"},
      {{"/spec/mqttToKafka", "[]"}, "at least one route", "at least 1 items"},
      {{"/spec", R"({"mqtt": {"servers": ["mqtt://h"]}, "kafka": {"bootstrapServers": ["k:1"]}})"},
       "give at least one route",
       "give at least one route in mqttToKafka or kafkaToMqtt"},
      {{"/spec", "{}"}, "is missing", "Required value"},
      {up("qos", "3"), "out of range", "less than or equal to 2"},
      {up("qos", "\"1\""), "is a text", "must be of type integer"},
      {up("qos", "1.5"), "no whole number", "must be of type integer"},
      {{kUp, R"({"name": "up", "filters": ["a"], "topic": "t", "qos": 2, "sharding": "Shared"})"},
       "Shared does not go with qos 2",
       "sharding: Shared does not go with qos 2"},
      {up("sharding", "\"shared\""), "did you mean Shared", "supported values: \"Exclusive\", \"Shared\""},
      {up("transform", R"({"sql": "SELECT 1"})"), "not built in this version",
       "transform is known but not built"},
      {up("topic", "\"a/b\""), "cannot hold \"/\"", "a Kafka topic is made of a-z"},
      {up("topic", "\"..\""), "no Kafka topic name", ". and .. are no Kafka topics"},
      {up("topic", R"("${paylod.x}")"), "did you mean ${payload}", "variables such as ${topic[1]}"},
      {up("key", R"("a$b")"), "starts no variable", "$$ is one $"},
      {up("key", R"("${topic")"), "", "known variables are ${topic}"},
      {up("key", R"("${nothing}")"), "unknown variable", "known variables are ${topic}"},
      {up("partition", R"({"strategy": "Fixed"})"), "needs the partition's number", "and Fixed needs it"},
      {up("partition", R"({"partition": 1})"), "only for strategy: Fixed", "goes with strategy: Fixed"},
      {up("partition", R"({"strategy": "Fixed", "partition": -1})"), "out of range",
       "greater than or equal to 0"},
      {up("headers", R"({"mkb-x": "a"})"), "the bridge's own", "the bridge's own"},
      {up("headers", R"({"mqtt.x": "a"})"), "the bridge's own", "the bridge's own"},
      {up("headers", R"({"": "a"})"), "without a name", "needs a name"},
      {up("headers", R"({"x": "${nothing}"})"), "unknown variable", "known variables are"},
      {up("onError", R"({"deadLetterTopic": "t"})"), "the topic of the route itself",
       "the topic of the route itself"},
      {up("onError", R"({"deadLetterTopic": "${topic[0]}"})"), "a template", "should match"},
      {up("onError", R"({"action": "Retry"})"), "unknown value", "Unsupported value"},
      // The other direction.
      {down("topics", R"(["a b"])"), "is no Kafka topic name", "a Kafka topic is made of a-z"},
      {down("topics", R"(["c", "c"])"), "given twice", "Duplicate value"},
      {down("topic", "\"a/+\""), "cannot hold \"+\"", "an MQTT topic holds neither + nor #"},
      {down("topic", "\"$$share/g/a\""), "shared subscription", "shared subscription, no topic"},
      {down("topic", R"("${payload.x}")"), "did you mean ${value.x}", "known variables are ${key}"},
      {down("qos", "3"), "no quality of service", "write 0, 1, 2 or a template"},
      {down("qos", "\"one\""), "no quality of service", "write 0, 1, 2 or a template"},
      {down("qos", "true"), "no quality of service", "must be of type integer,string"},
      {down("retain", "\"maybe\""), "no truth value", "Unsupported value"},
      {down("retain", "1"), "no truth value", "Unsupported value"},
      {down("retain", "{}"), "is a mapping", "Unsupported value"},
      {down("retain", "[true]"), "is a list", "Unsupported value"},
      {down("payload", "\"\""), "is empty", "at least 1 chars"},
      {down("payload", R"("${payload}")"), "did you mean ${value}", "known variables are ${key}"},
      {down("userProperties", R"({"mkb-x": "a"})"), "the bridge's own", "the bridge's own"},
      {down("messageExpiry", "\"0s\""), "out of range", "from 1s to 4294967295s"},
      {down("messageExpiry", "\"1500ms\""), "not in whole seconds", "of whole seconds"},
      {down("maxInFlight", "0"), "out of range", "greater than or equal to 1"},
      {down("start", R"({"at": "Timestamp"})"), "timestamp: is missing", "Timestamp needs it"},
      {down("start", R"({"timestamp": "2026-11-24T10:00:00Z"})"), "only for at: Timestamp",
       "goes with at: Timestamp"},
      {down("start", R"({"at": "Timestamp", "timestamp": "1969-12-31T23:59:59Z"})"), "no time since 1970",
       "a time since 1970"},
      {down("start", R"({"at": "Timestamp", "timestamp": "2026-13-01T00:00:00Z"})"), "no time since 1970",
       "since 1970"},
      {down("onError", R"({"retryDelay": "9ms"})"), "out of range", "from 10ms to 1h"},
      {down("onError", R"({"retries": 101})"), "out of range", "less than or equal to 100"},
      {down("onError", R"({"deadLetterTopic": "c"})"), "the route itself reads", "the route itself reads"},
      // MQTT.
      {{"/spec/mqtt/servers", "[\"h:1883\"]"}, "has no scheme", "write mqtt://host:port"},
      {{"/spec/mqtt/servers", "[\"ws://h\"]"},
       "not built in this version",
       "WebSocket is known but not built"},
      {{"/spec/mqtt/servers", "[\"mqtt://u:p@h\"]"}, "user info", "no user info in the address"},
      {{"/spec/mqtt/servers", "[\"mqtt://h:65536\"]"}, "no port", "write mqtt://host:port"},
      {{"/spec/mqtt/servers", "[\"mqtt://-h\"]"}, "no host name", "write mqtt://host:port"},
      {{"/spec/mqtt/version", "4"}, "write 5 or 3.1.1", "Unsupported value"},
      {{"/spec/mqtt/keepAlive", "\"4s\""},
       "out of range",
       "write 0 for none, or a duration of whole seconds"},
      {{"/spec/mqtt/keepAlive", "30"}, "no duration", "write 0 for none"},
      {{"/spec/mqtt/sessionExpiry", "\"0s\""},
       "would be lost",
       "from 1s to 4294967295s, such as 1h, or never"},
      {{"/spec/mqtt/sessionExpiry", "\"4294967296s\""}, "out of range", "from 1s to 4294967295s"},
      {{"/spec/mqtt/sessionExpiry", "\"9999999999999h\""}, "", "from 1s to 4294967295s"},
      {{"/spec/mqtt/maximumPacketSize", "1023"}, "out of range", "from 1024 to 268435460"},
      {{"/spec/mqtt/maximumPacketSize", "\"1T\""}, "out of range", "from 1024 to 268435460"},
      {{"/spec/mqtt/maximumPacketSize", "\"1e6\""}, "no number of bytes", "from 1024 to 268435460"},
      {{"/spec/mqtt/clientIdPrefix", "\"a b\""}, "no client id prefix", "should match"},
      {{"/spec/mqtt/auth", "{}"}, "secretRef: is missing", "Required value"},
      {{"/spec/mqtt/tls", R"({"caSecretRef": {"name": "A"}})"}, "no name of a Secret", "should match"},
      {{"/spec/mqtt/tls", R"({"serverName": "h"})"},
       "does not go with kafkaToMqtt",
       "does not go with kafkaToMqtt"},
      {{"/spec/mqtt", R"({"servers": ["mqtt://h"], "tls": {}})"}, "no server uses TLS", "no server uses TLS"},
      {{"/spec/mqtt", R"({"servers": ["mqtt://h"], "version": "3.1.1", "maximumPacketSize": "1Mi"})"},
       "cannot announce a maximum packet size",
       "cannot announce a maximum packet size"},
      // Kafka.
      {{"/spec/kafka/bootstrapServers", "[\"h\"]"}, "has no port", "write host:port"},
      {{"/spec/kafka/bootstrapServers", "[\"a://h:1\"]"}, "a scheme", "without a scheme"},
      {{"/spec/kafka/bootstrapServers", "[\"a:1,b:2\"]"}, "several servers", "write host:port"},
      {{"/spec/kafka/sasl", R"({"mechanism": "OAUTHBEARER", "secretRef": {"name": "s"}})"},
       "unknown value",
       "Unsupported value"},
      {{"/spec/kafka/tls", R"({"serverName": "h"})"},
       "not built in this version",
       "serverName is known but not built"},
      {{"/spec/kafka/properties", R"({"acks": "1"})"},
       "the bridge sets acks=all",
       "the delivery guarantee rests on"},
      {{"/spec/kafka/properties", R"({"sasl.password": "x"})"}, "from a Secret", "have fields of their own"},
      {{"/spec/kafka/properties", R"({"partitioner": "x"})"},
       "the route's partition",
       "use the route's partition"},
      {{"/spec/kafka/properties", R"({"fetch.min.bytes": 1})"}, "only produces", "this side only produces"},
      {{"/spec/kafka/properties", R"({"dr_msg_cb": "x"})"}, "a pointer", "take pointers"},
      {{"/spec/kafka/properties", R"({"max.in.flight": 6})"}, "1 to 5", "1 to 5 requests in flight"},
      {{"/spec/kafka/properties", R"({"": "x"})"}, "without a name", "a property needs a name"},
      {{"/spec/kafka/properties", R"({"a": true})"}, "is a truth value", "must be of type integer,string"},
      {{"/spec/kafka/properties", R"({"a": 0.5})"}, "is a number", "must be of type integer,string"},
      // The rest.
      {{"/spec/gateway", "{}"}, "not built in this version", "gateway is known but not built"},
      {{"/spec/replicas", "-1"}, "out of range", "greater than or equal to 0"},
      {{"/spec/shards", "1025"}, "out of range", "less than or equal to 1024"},
      {{"/spec/pod", R"({"labels": {"app.kubernetes.io/name": "x"}})"},
       "the operator's own",
       "the operator's own"},
      {{"/spec/pod", R"({"annotations": {"mqttkafka.io/x": "x"}})"},
       "the operator's own",
       "the operator's own"},
      {{"/spec/pod", R"({"resources": {"limits": {"cpu": "lots"}}})"}, "no quantity", "should match"},
      {{"/spec/pod", R"({"imagePullSecrets": [{"name": "a"}, {"name": "a"}]})"},
       "given twice",
       "Duplicate value"},
      {{"/spec/pod", R"({"affinity": {"nodeAffinity": []}})"}, "is a list", "must be of type object"},
  };
  return cases;
}

TEST_F(CrdRulesE2eTest, BothRefuse) {
  const Documents documents(sample("b"));
  std::vector<Edit> edits;
  for (const Refusal& refusal : refused()) edits.push_back(refusal.edit);
  const std::vector<json> edited = documents.edited(edits);
  const std::vector<std::string> answers = refusals(edited);
  for (std::size_t i = 0; i < edits.size(); ++i) {
    const std::string problems = api_problems(edited[i]);
    EXPECT_FALSE(problems.empty()) << title(edits[i]);
    EXPECT_THAT(problems, HasSubstr(refused()[i].api)) << title(edits[i]);
    EXPECT_THAT(answers[i], HasSubstr(refused()[i].server)) << title(edits[i]);
  }
}

TEST_F(CrdRulesE2eTest, BothTake) {
  const std::vector<Edit> edits = {
      up("filters", R"(["#"])"),
      up("filters", R"(["+/a/#", "/", "a//b", "$SYS/+", "größe/+"])"),
      up("qos", "0"),
      up("qos", "2"),
      up("sharding", "\"Shared\""),
      up("topic", R"("x.${topic[1]}.${payload.a[0].b}")"),
      up("key", R"("${topic}/$$/${userProperty.any name}")"),
      up("partition", R"({"strategy": "Fixed", "partition": 0})"),
      up("partition", R"({"strategy": "Topic"})"),
      up("headers", R"({"fleet": "${payload.fleet}", "x": "${clientid} ${qos} ${retain}"})"),
      up("onError", R"({"deadLetterTopic": "t.dlq", "action": "Drop"})"),
      down("topics", R"(["c", "^fleet[.].*$"])"),
      down("topic", R"("vehicles/${key}/$$/${headers.a b}")"),
      down("qos", "0"),
      down("qos", "\"2\""),
      down("qos", R"("${headers.mqtt.qos}")"),
      down("retain", "true"),
      down("retain", "\"false\""),
      down("retain", R"("${value.retain}")"),
      down("payload", R"("plain")"),
      down("payload", R"("${value.a} ${partition} ${offset} ${timestamp} ${topic}")"),
      down("userProperties", R"({"by": "${headers.user}"})"),
      down("messageExpiry", "\"1h30m\""),
      down("messageExpiry", "\"4294967295s\""),
      down("start", R"({"at": "Timestamp", "timestamp": "2026-11-24t11:00:00.5+01:00"})"),
      down("start", R"({"at": "Timestamp", "timestamp": "1970-01-01T00:00:00Z"})"),
      down("onError", R"({"retries": 0, "retryDelay": "10ms", "deadLetterTopic": "x"})"),
      {"/spec/mqtt/servers",
       R"(["MQTTS://h.", "mqtt://[2001:db8::1]:1883", "tcp://10.0.0.1:65535", "ssl://a_b.c:1"])"},
      {"/spec/mqtt/version", "5"},
      {"/spec/mqtt/version", "\"5\""},
      {"/spec/mqtt/version", "\"3.1.1\""},
      {"/spec/mqtt/keepAlive", "0"},
      {"/spec/mqtt/keepAlive", "\"0\""},
      {"/spec/mqtt/keepAlive", "\"1.5m\""},
      {"/spec/mqtt/keepAlive", "\"18h12m15s\""},
      {"/spec/mqtt/sessionExpiry", "\"never\""},
      {"/spec/mqtt/maximumPacketSize", "1024"},
      {"/spec/mqtt/maximumPacketSize", "\"268435460\""},
      {"/spec/mqtt/maximumPacketSize", "\"1Mi\""},
      {"/spec/mqtt/tls", R"({"caSecretRef": {"name": "ca.b-1"}})"},
      {"/spec/kafka/bootstrapServers", R"(["[::1]:9092", "k-1.example.com:9092"])"},
      {"/spec/kafka/tls", "{}"},
      {"/spec/kafka/properties", R"({"linger.ms": 20, "max.in.flight": "5", "compression.type": "zstd"})"},
      {"/spec/replicas", "0"},
      {"/spec/shards", "1024"},
      {"/spec/pod", R"({"image": "r/i:1", "resources": {"limits": {"cpu": "500m", "memory": 1000000}},
          "tolerations": [{"operator": "Exists"}], "affinity": {"nodeAffinity": {"any": [1]}},
          "labels": {"a": "b"}, "imagePullSecrets": [{"name": "a"}]})"},
  };
  const std::vector<json> edited = Documents(sample("b")).edited(edits);
  const std::vector<std::string> answers = refusals(edited);
  for (std::size_t i = 0; i < edits.size(); ++i) {
    EXPECT_EQ(api_problems(edited[i]), "") << title(edits[i]);
    EXPECT_THAT(answers[i], IsEmpty()) << title(edits[i]);
  }
}

TEST_F(CrdRulesE2eTest, BothRefuseWithMqtt311) {
  json base = sample("b");
  base["spec"]["mqtt"]["version"] = "3.1.1";
  const std::vector<Refusal> cases = {
      {up("sharding", "\"Shared\""), "no shared subscriptions", "no shared subscriptions"},
      {down("userProperties", R"({"a": "b"})"), "no user properties", "has no userProperties"},
      {down("messageExpiry", "\"1h\""), "no message expiry", "has no messageExpiry"},
  };
  for (const Refusal& refusal : cases) {
    const json document = Documents(base).edited(refusal.edit);
    EXPECT_THAT(api_problems(document), HasSubstr(refusal.api)) << title(refusal.edit);
    EXPECT_THAT(refusals({document})[0], HasSubstr(refusal.server)) << title(refusal.edit);
  }
}

// What no schema can say: the operator tells it as the condition Stalled.
TEST_F(CrdRulesE2eTest, OnlyTheProgramsKnow) {
  json loop = sample("b");
  loop["spec"]["kafkaToMqtt"][0]["topics"] = {"t"};
  loop["spec"]["kafkaToMqtt"][0]["topic"] = "a/b/c";
  json overlap = sample("b");
  overlap["spec"]["mqtt"]["version"] = "3.1.1";
  overlap["spec"]["mqttToKafka"][0]["filters"] = {"a/+/c", "a/b/+"};
  std::vector<json> documents = {loop, overlap};
  const std::vector<Edit> edits = {up("topic", R"("x.${topic[7]}")"), up("key", R"("${payload..a}")"),
                                   down("topics", R"(["^(a"])"), down("messageExpiry", "\"1s1us\"")};
  for (json& document : Documents(sample("b")).edited(edits)) documents.push_back(std::move(document));
  const std::vector<std::string> answers = refusals(documents);
  for (std::size_t i = 0; i < documents.size(); ++i) {
    EXPECT_NE(api_problems(documents[i]), "") << documents[i];
    EXPECT_THAT(answers[i], IsEmpty()) << documents[i];
  }
}

}  // namespace
}  // namespace mkb::e2e
