#include "e2e/egress_fixture.h"
#include "e2e/lab/paho_publisher.h"

// A message that would go round for ever: two bridges can be made to, one refuses to be.
namespace mkb::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class EgressLoopE2eTest : public EgressFixture {
 protected:
  [[nodiscard]] lab::BridgeConfig config(const std::string& name) const {
    lab::BridgeConfig made;
    made.name = name;
    made.mqtt_servers = {mosquitto_.uri()};
    made.kafka_bootstrap = kafka().bootstrap();
    return made;
  }

  [[nodiscard]] std::string up() const {
    return "- {name: upward, filters: [loop/in], qos: 1, topic: " + topic() + "}\n";
  }
  [[nodiscard]] std::string down() const {
    return "- {name: commands, topics: [" + topic() + "], topic: loop/in, start: {at: Earliest}}\n";
  }

  void publish(const std::string& payload) {
    lab::PahoPublisher publisher({mosquitto_.uri(), "publisher", 1, {}, {}},
                                 [](std::uint64_t, bool acknowledged) { EXPECT_TRUE(acknowledged); });
    ASSERT_TRUE(publisher.connect());
    lab::PahoMessage message;
    message.topic = "loop/in";
    message.payload = payload;
    ASSERT_TRUE(publisher.publish(message, 0));
    ASSERT_TRUE(publisher.flush());
  }
};

TEST_F(EgressLoopE2eTest, MessageThatComesBackToItsBridgeIsDropped) {
  admin().create_topic(topic(), 1);
  auto upward = config(bridge_name() + "-a");
  upward.routes = up();
  auto downward = config(bridge_name() + "-b");
  downward.egress_routes = down();
  lab::Bridge a(dir(), to_yaml(upward), {}, "bridge-a");
  lab::Bridge b(dir(), to_yaml(downward), {}, "bridge-b");
  a.start_ready();
  b.start_ready();
  const auto subscriber = subscribe("loop/in");
  publish("round");
  const auto dropped = nlohmann::json::json_pointer("/dropped/loop");
  lab::wait_until([&] { return a.route("upward").value(dropped, 0) == 1; }, 60s, "the loop to be noticed");
  wait_received(*subscriber, 2);
  lab::wait_until([&] { return a.idle() && b.idle() && route_count(b, "/lag") == 0; }, 30s, "idle bridges");
  EXPECT_EQ(admin().records(topic()), 1);
  EXPECT_EQ(a.route("upward").at("received"), 2);
  EXPECT_EQ(a.route("upward").at("delivered"), 1);
  EXPECT_EQ(route_count(b, "/delivered"), 1u);
  EXPECT_EQ(lab::imbalance(a.status()), "");
  EXPECT_EQ(lab::imbalance(b.status()), "");
  // It came from the publisher, and once from the bridge.
  const auto got = subscriber->messages();
  EXPECT_EQ(payloads(got), (std::vector<std::string>{"round", "round"}));
  EXPECT_EQ(got.at(0).user_property("mkb-origin"), std::nullopt);
  EXPECT_EQ(got.at(1).user_property("mkb-hops"), "2");
  const auto record = lab::read_topic(kafka().bootstrap(), topic()).at(0);
  EXPECT_EQ(got.at(1).user_property("mkb-origin"), record.header("mkb-origin"));
}

TEST_F(EgressLoopE2eTest, RecordThatCameFromThisBridgeIsDropped) {
  admin().create_topic(topic(), 1);
  auto both = config(bridge_name());
  both.routes = up();
  // Not where `upward` listens, so that the resource itself has no cycle.
  both.egress_routes =
      "- {name: commands, topics: [" + topic() + "], topic: loop/out, start: {at: Earliest}}\n";
  const auto subscriber = subscribe("loop/out");
  lab::Bridge bridge(dir(), to_yaml(both));
  bridge.start_ready();
  publish("own");
  wait_route(bridge, "/dropped/loop", 1);
  write({record("car-1", "other")});
  wait_received(*subscriber, 1);
  EXPECT_EQ(payloads(subscriber->messages()), std::vector<std::string>{"other"});
  EXPECT_EQ(bridge.route("upward").at("delivered"), 1);
}

TEST_F(EgressLoopE2eTest, ResourceWithACycleIsRefused) {
  auto both = config("cycle");
  both.routes = up();
  both.egress_routes = down();
  lab::write_file(dir() / "bridge.yaml", to_yaml(both));
  const auto output = lab::run_bridge({"--config", dir() / "bridge.yaml", "--check"});
  EXPECT_EQ(output.status.code, 2);
  EXPECT_THAT(output.text, AllOf(HasSubstr("upward"), HasSubstr("commands"), HasSubstr("bridge.yaml:")));
}

TEST_F(EgressLoopE2eTest, ResourceWithOneDirectionOnlyIsGood) {
  auto one = config("down");
  one.egress_routes = down();
  lab::write_file(dir() / "bridge.yaml", to_yaml(one));
  const auto output = lab::run_bridge({"--config", dir() / "bridge.yaml", "--check"});
  EXPECT_EQ(output.status.code, 0) << output.text;
}

}  // namespace
}  // namespace mkb::e2e
