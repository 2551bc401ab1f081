#include <iostream>
#include <set>

#include "e2e/bridge_fixture.h"
#include "e2e/lab/kube_server.h"
#include "e2e/lab/wait.h"

// Data planes as pods: what they own comes from a real Kubernetes API server, with the rights of a pod and no
// more. The test is the operator.
namespace mkb::e2e {
namespace {

using nlohmann::json;

constexpr const char* kPodsToken = "the-pods-token";
constexpr int kShard = 7;
constexpr double kRate = 2'000;

class PodE2eTest : public BridgeFixture {
 protected:
  PodE2eTest() : mosquitto_(dir(), {}), kube_(dir(), {false, {{"pod", kPodsToken, {}}}}) {
    mosquitto_.start();
    kube_.start();
    admin().create_topic(topic(), 6);
    const std::string rights = R"({"apiVersion": "v1", "kind": "List", "items": [
      {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ns"}},
      {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
       "metadata": {"name": "mkb-fleet", "namespace": "ns"}, "rules": [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"],
         "resourceNames": ["mkb-fleet-routes", "mkb-fleet-0", "mkb-fleet-1"]},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "patch"],
         "resourceNames": ["mkb-fleet-0", "mkb-fleet-1"]}]},
      {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
       "metadata": {"name": "mkb-fleet", "namespace": "ns"},
       "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "mkb-fleet"},
       "subjects": [{"kind": "User", "name": "pod", "apiGroup": "rbac.authorization.k8s.io"}]}]})";
    kube_.kubectl({"apply", "-f", "-"}, rights);
    write_routes(1);
    assign(0, json::array());
    assign(1, json::array());
    pods_.push_back(make_pod(0));
    pods_.push_back(make_pod(1));
  }

  std::unique_ptr<lab::Bridge> make_pod(int ordinal) {
    const std::string name = "mkb-fleet-" + std::to_string(ordinal);
    const auto state = dir() / (name + "-state");
    std::filesystem::create_directories(state);
    lab::BridgeOptions options;
    options.arguments = {
        "--pod",           "--pod-name",   name,
        "--pod-namespace", "ns",           "--pod-uid",
        "uid-" + name,     "--kubeconfig", kube_.write_kubeconfig("pod", kPodsToken, "ns").string(),
        "--state-dir",     state.string()};
    return std::make_unique<lab::Bridge>(dir(), "", options, name);
  }

  void write_config_map(const std::string& name, const json& data) {
    kube_.kubectl({"apply", "-f", "-"}, json{{"apiVersion", "v1"},
                                             {"kind", "ConfigMap"},
                                             {"metadata", {{"name", name}, {"namespace", "ns"}}},
                                             {"data", data}}
                                            .dump());
  }
  void write_routes(int generation, const json& more = json::array()) {
    json routes = json::array({{{"name", "telemetry"},
                                {"filters", {"vehicles/+/telemetry"}},
                                {"topic", topic()},
                                {"key", "${topic[1]}"}}});
    json filters = {{"vehicles/+/telemetry", kShard}};
    for (const json& each : more) {
      routes.push_back(each);
      filters[each.at("filters").at(0).get<std::string>()] = kShard;
    }
    const json bridge = {
        {"apiVersion", "mqttkafka.io/v1alpha1"},
        {"kind", "MqttKafkaBridge"},
        {"metadata", {{"name", "fleet"}, {"namespace", "ns"}, {"uid", "u-1"}, {"generation", generation}}},
        {"spec",
         {{"mqtt", {{"servers", {mosquitto_.uri()}}}},
          {"kafka", {{"bootstrapServers", {kafka().bootstrap()}}}},
          {"mqttToKafka", std::move(routes)}}}};
    write_config_map("mkb-fleet-routes",
                     {{"bridge.yaml", bridge.dump()},
                      {"filters.json", json{{"filters", filters}, {"shared", json::object()}}.dump()}});
  }
  void assign(int ordinal, const json& shards) {
    write_config_map("mkb-fleet-" + std::to_string(ordinal),
                     {{"assignment.json", json{{"epoch", ++epoch_}, {"shards", shards}}.dump()}});
  }
  static json duty(const std::string& what) {
    return json::array({{{"shard", kShard}, {"duty", what}, {"established", true}}});
  }

  json lease(int ordinal) {
    const auto output =
        kube_.try_kubectl({"get", "lease", "-n", "ns", "mkb-fleet-" + std::to_string(ordinal), "-o", "json"},
                          "", kube_.kubeconfig());
    const json document = json::parse(output.text, nullptr, false);
    return document.is_object() ? document : json::object();
  }
  json report(int ordinal) {
    const json object = lease(ordinal);
    const json::json_pointer annotation("/metadata/annotations/mqttkafka.io~1report");
    return object.contains(annotation) ? json::parse(object.at(annotation).get<std::string>())
                                       : json::object();
  }
  bool holds(int ordinal) { return report(ordinal).value("held", std::set<int>()).count(kShard) == 1; }
  bool let_go(int ordinal, std::uint64_t epoch) {
    const json now = report(ordinal);
    return now.value("epoch", std::uint64_t{0}) >= epoch &&
           now.value("held", std::set<int>()).count(kShard) == 0;
  }
  void own(int ordinal, const json& shards = duty("own")) {
    assign(ordinal, shards);
    lab::wait_until([&] { return holds(ordinal); }, 30s, "the pod to hold its shard");
  }

  void start_fleet() {
    lab::FleetOptions options;
    options.uri = mosquitto_.uri();
    options.messages_per_second = kRate;
    fleet_ = std::make_unique<lab::Fleet>(options);
    fleet_->start();
    flows();
  }
  void flows() {
    auto kafka_admin = admin();
    const auto before = kafka_admin.records(topic());
    lab::wait_until([&] { return kafka_admin.records(topic()) >= before + 1'000; }, 60s, "records to arrive");
  }
  lab::Ledger::Totals settle(int owner) {
    fleet_->stop();
    fleet_->join();
    wait_drained(*pods_.at(owner), fleet_->sent());
    EXPECT_EQ(lab::imbalance(pods_.at(owner)->status()), "");
    return audit(*fleet_);
  }

  lab::Mosquitto mosquitto_;
  lab::KubeServer kube_;
  std::vector<std::unique_ptr<lab::Bridge>> pods_;
  std::unique_ptr<lab::Fleet> fleet_;
  std::uint64_t epoch_ = 0;
};

TEST_F(PodE2eTest, OwnsMovesAndChangesRoutesAsTheApiSays) {
  for (const auto& pod : pods_) {
    pod->start_ready();
  }
  own(0, json::array({{{"shard", kShard}, {"duty", "own"}}}));
  const json object = lease(0);
  EXPECT_EQ(object.at("spec").at("holderIdentity"), "uid-mkb-fleet-0");
  EXPECT_EQ(object.at("metadata").at("ownerReferences").at(0).at("uid"), "u-1");
  EXPECT_EQ(object.at("metadata").at("labels").at("app.kubernetes.io/instance"), "fleet");
  start_fleet();

  assign(1, duty("prepare"));
  assign(0, duty("release"));
  lab::wait_until([&] { return let_go(0, epoch_); }, 20s, "the old owner to let go");
  own(1);
  flows();

  write_routes(2, json::array({{{"name", "more"}, {"filters", {"more/#"}}, {"topic", topic()}}}));
  lab::wait_until(
      [&] { return report(1).value("generation", 0) == 2 && report(0).value("generation", 0) == 2; }, 20s,
      "the new routes to be in use");
  EXPECT_EQ(pods_[1]->status().at("sessions").at(0).at("connects"), 1);
  flows();
  lab::wait_until([&] { return report(1).at("routes").at(0).value("delivered", 0) > 1'000; }, 20s,
                  "the totals to be reported");
  expect_balanced(settle(1), 0);
  EXPECT_EQ(report(1).value("problem", ""), "");

  EXPECT_EQ(pods_[1]->terminate().code, 0);
  EXPECT_FALSE(holds(1)) << "its last word";
}

TEST_F(PodE2eTest, GoesOnAndStartsAgainWithoutTheApi) {
  pods_[0]->start_ready();
  own(0, json::array({{{"shard", kShard}, {"duty", "own"}}}));
  start_fleet();
  kube_.api().kill();
  flows();
  pods_[0]->kill();
  pods_[0]->start();
  flows();
  const auto before = pods_[0]->status().at("sessions").at(0).at("connects");
  kube_.start();
  const auto renewed = lease(0).at("spec").at("renewTime");
  lab::wait_until([&] { return lease(0).at("spec").at("renewTime") != renewed; }, 60s,
                  "the Lease to be renewed");
  EXPECT_TRUE(holds(0));
  EXPECT_EQ(pods_[0]->status().at("sessions").at(0).at("connects"), before);
  expect_balanced(settle(0), 1'000);
}

}  // namespace
}  // namespace mkb::e2e
