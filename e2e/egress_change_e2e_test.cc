#include <filesystem>

#include "e2e/egress_fixture.h"
#include "e2e/lab/wait.h"

// Routes from Kafka to MQTT that change while the bridge runs.
namespace mkb::e2e {
namespace {

constexpr const char* kChanged = "routes changed";

class EgressChangeE2eTest : public EgressFixture {
 protected:
  EgressChangeE2eTest()
      : config_(commands()),
        assignment_(dir() / "assignment.json"),
        bridge_(dir(), to_yaml(config_), {{}, {"--assignment", assignment_.string(), "--instance", "a"}}) {
    admin().create_topic(topic(), 6);
    lab::write_file(assignment_, R"({"epoch": 1, "shards": []})");
  }

  void configure(const lab::BridgeConfig& config) {
    const auto file = dir() / "bridge.yaml";
    lab::write_file(file.string() + ".new", to_yaml(config));
    std::filesystem::rename(file.string() + ".new", file);
  }
  void wait_shown(std::size_t routes) {
    lab::wait_until([&] { return bridge_.status().at("routes").size() == routes; }, 60s,
                    std::to_string(routes) + " routes");
  }
  /// A number in the text of the route that no other version has.
  void change(int version) {
    config_ = commands("  userProperties: {version: \"" + std::to_string(version) + "\"}\n");
    configure(config_);
    lab::wait_until([&] { return changes() == version; }, 20s, "the change to be taken");
  }
  [[nodiscard]] int changes() const {
    const std::string log = bridge_.log_text();
    int count = 0;
    for (auto at = log.find(kChanged); at != std::string::npos; at = log.find(kChanged, at + 1)) {
      ++count;
    }
    return count;
  }

  lab::BridgeConfig config_;
  std::filesystem::path assignment_;
  lab::Bridge bridge_;
};

TEST_F(EgressChangeE2eTest, AChangedRouteGoesOnWhereItWas) {
  bridge_.start_ready();
  auto subscriber = subscribe();
  lab::CommandStream stream({kafka().bootstrap(), topic(), 20, 500, 0});
  stream.start();
  wait_received(*subscriber, 500);
  for (int version = 1; version <= 3; ++version) {
    change(version);
    const auto before = stream.sent();
    wait_received(*subscriber, before + 500);
    bridge_.wait_ready();
  }
  stream.stop();
  stream.join();
  wait_settled({&bridge_}, *subscriber, stream.sent());
  // What is on its way is settled and committed before the next version begins.
  expect_balanced(audit(stream, *subscriber), 0);
  expect_last_states(subscriber->messages());
  expect_drains(bridge_);
}

TEST_F(EgressChangeE2eTest, RoutesAreAddedAndRemoved) {
  const auto both = config_;
  auto one = both;
  one.egress_routes = "- {name: other, topics: [" + topic(".other") + "], topic: other}\n";
  admin().create_topic(topic(".other"), 1);
  configure(one);
  bridge_.start_ready();
  wait_shown(1);
  auto two = one;
  two.egress_routes += both.egress_routes;
  configure(two);
  wait_shown(2);
  auto subscriber = subscribe();
  lab::CommandStream stream({kafka().bootstrap(), topic(), 20, 500, 1'000});
  stream.start();
  stream.join();
  wait_received(*subscriber, 1'000);
  configure(one);
  wait_shown(1);
  bridge_.wait_ready();
  expect_balanced(audit(stream, *subscriber), 0);
  EXPECT_EQ(bridge_.terminate().code, 0);
}

}  // namespace
}  // namespace mkb::e2e
