#include "e2e/operator_fixture.h"

#include <csignal>
#include <iostream>
#include <thread>

// What the operator does with a bridge and its objects, on a real API server.
namespace mkb::e2e {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class OperatorE2eTest : public OperatorFixture {};

struct Object {
  const kube::ResourceKind* kind;
  std::string name;
};

const std::vector<Object> kChildren = {
    {&kube::kServiceAccounts, "mkb-fleet"}, {&kube::kRoles, "mkb-fleet"},
    {&kube::kRoleBindings, "mkb-fleet"},    {&kube::kConfigMaps, "mkb-fleet-routes"},
    {&kube::kConfigMaps, "mkb-fleet-0"},    {&kube::kConfigMaps, "mkb-fleet-1"},
    {&kube::kLeases, "mkb-fleet-0"},        {&kube::kLeases, "mkb-fleet-1"},
    {&kube::kServices, "mkb-fleet"},        {&kube::kServices, "mkb-fleet-metrics"},
    {&kube::kStatefulSets, "mkb-fleet"},    {&kube::kDisruptionBudgets, "mkb-fleet"},
    {&kube::kNetworkPolicies, "mkb-fleet"}};

TEST_F(OperatorE2eTest, MakesEverythingAndBecomesReady) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  for (const Object& child : kChildren) {
    const json object = get(*child.kind, child.name);
    ASSERT_TRUE(object.is_object()) << child.kind->kind << " " << child.name;
    EXPECT_EQ(object["metadata"]["ownerReferences"][0]["uid"],
              get(kube::kBridges, "fleet")["metadata"]["uid"]);
  }
  EXPECT_EQ(owners().size(), 4U);
  const std::string table = kubectl({"get", "mkb", "-o", "wide"});
  std::cout << table;
  EXPECT_THAT(table, HasSubstr("True"));
  EXPECT_THAT(table, HasSubstr("Serving"));
  EXPECT_EQ(program->health("/readyz"), 200);
  EXPECT_EQ(program->health("/healthz"), 200);
  EXPECT_EQ(kubectl({"get", "pods", "-o", "jsonpath={.items[*].metadata.name}"}), "mkb-fleet-0 mkb-fleet-1")
      << "the namespace enforces Pod Security restricted";
}

TEST_F(OperatorE2eTest, ObservesANewGenerationWithinASecond) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  auto best = 10'000ms;
  for (int i = 0; i < 5; ++i) {
    patch_bridge({{"spec",
                   {{"mqttToKafka",
                     {{{"name", "telemetry"},
                       {"filters", {"a/+", "b/+", "c/+", "d/+"}},
                       {"topic", "t" + std::to_string(i)}}}}}}});
    const auto begun = std::chrono::steady_clock::now();
    const std::int64_t generation = get(kube::kBridges, "fleet")["metadata"]["generation"];
    wait_for([&] { return status().value("observedGeneration", 0) == generation; }, "the generation");
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    std::cout << "observedGeneration after " << took.count() << " ms\n";
    best = std::min(best, took);
    wait_ready();
  }
  EXPECT_LT(best, 1000ms);
}

TEST_F(OperatorE2eTest, MakesAgainWhateverSomebodyDeletes) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  const auto before = owners();
  for (const Object& child : kChildren) {
    const std::string uid = get(*child.kind, child.name)["metadata"]["uid"];
    ASSERT_TRUE(client_.remove(*child.kind, name_space_, child.name).ok());
    wait_for(
        [&] {
          const json object = get(*child.kind, child.name);
          return object.is_object() && object["metadata"]["uid"] != uid;
        },
        std::string(child.kind->kind) + " " + child.name + " to be made again");
  }
  wait_ready();
  EXPECT_EQ(owners(), before) << "nothing moves for it";
}

TEST_F(OperatorE2eTest, PutsRightWhateverSomebodyEdits) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  const auto repaired = [this](const kube::ResourceKind& kind, const std::string& name, const json& merge,
                               const std::string& pointer) {
    const json::json_pointer where(pointer);
    const auto at = [&where](const json& object) {
      return object.contains(where) ? object.at(where) : json();
    };
    const json before = at(get(kind, name));
    const auto edited = client_.merge_patch(kind, name_space_, name, merge);
    ASSERT_TRUE(edited.ok()) << edited.error().message();
    ASSERT_NE(at(*edited), before) << name << " was not changed by " << merge;
    wait_for([&] { return at(get(kind, name)) == before; }, name + pointer + " to be put right");
  };
  repaired(kube::kServices, "mkb-fleet", {{"spec", {{"selector", {{"x", "y"}}}}}}, "/spec/selector");
  repaired(kube::kServices, "mkb-fleet-metrics", {{"spec", {{"selector", {{"x", "y"}}}}}}, "/spec/selector");
  repaired(kube::kRoles, "mkb-fleet", {{"rules", json::array()}}, "/rules");
  repaired(kube::kRoleBindings, "mkb-fleet", {{"subjects", json::array()}}, "/subjects");
  repaired(kube::kConfigMaps, "mkb-fleet-routes", {{"data", {{"bridge.yaml", "{}"}}}}, "/data/bridge.yaml");
  repaired(kube::kConfigMaps, "mkb-fleet-0", {{"data", {{"assignment.json", "{}"}}}},
           "/data/assignment.json");
  repaired(kube::kDisruptionBudgets, "mkb-fleet", {{"spec", {{"maxUnavailable", 2}}}},
           "/spec/maxUnavailable");
  repaired(kube::kNetworkPolicies, "mkb-fleet", {{"spec", {{"ingress", nullptr}}}}, "/spec");
  repaired(kube::kServiceAccounts, "mkb-fleet",
           {{"metadata", {{"labels", {{"app.kubernetes.io/name", "x"}}}}}}, "/metadata/labels");
  // The last one: the pods that it brings stay for a while, and the Role names them as long as they are
  // there.
  repaired(kube::kStatefulSets, "mkb-fleet", {{"spec", {{"replicas", 5}}}}, "/spec/replicas");
}

TEST_F(OperatorE2eTest, LeavesWhatOthersAddedAlone) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  kubectl({"annotate", "service", "mkb-fleet-metrics", "prometheus.io/scrape=true"});
  kubectl({"label", "statefulset", "mkb-fleet", "team=a"});
  patch_bridge({{"metadata", {{"labels", {{"touch", "it"}}}}}});
  wait_ready();
  EXPECT_EQ(get(kube::kServices, "mkb-fleet-metrics")["metadata"]["annotations"]["prometheus.io/scrape"],
            "true");
  EXPECT_EQ(get(kube::kStatefulSets, "mkb-fleet")["metadata"]["labels"]["team"], "a");
}

TEST_F(OperatorE2eTest, TouchesNothingThatBelongsToAnother) {
  kubectl({"create", "service", "clusterip", "mkb-fleet-metrics", "--tcp=1:1"});
  const json theirs = get(kube::kServices, "mkb-fleet-metrics");
  const auto program = leader("a");
  apply(bridge());
  wait_for([&] { return condition("Stalled") == "True"; }, "Stalled");
  EXPECT_EQ(condition("Stalled", "reason"), "NameTaken");
  EXPECT_THAT(condition("Stalled", "message"),
              HasSubstr("mkb-fleet-metrics exists and does not belong to this bridge"));
  wait_for([&] { return condition("Ready") == "True"; }, "the rest to be ready");
  EXPECT_EQ(get(kube::kServices, "mkb-fleet-metrics"), theirs);
}

TEST_F(OperatorE2eTest, TellsTheFieldOfABadSpecAndLeavesThePodsAsTheyAre) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  const json workload = get(kube::kStatefulSets, "mkb-fleet");
  const json routes = get(kube::kConfigMaps, "mkb-fleet-routes");
  // The schema cannot know what a template may name.
  patch_bridge(
      {{"spec",
        {{"replicas", 1},
         {"mqttToKafka", {{{"name", "telemetry"}, {"filters", {"a/+"}}, {"topic", "t.${payload.a..b}"}}}}}}});
  wait_for([&] { return condition("Stalled") == "True"; }, "Stalled");
  EXPECT_EQ(condition("Stalled", "reason"), "InvalidSpec");
  EXPECT_THAT(condition("Stalled", "message"), HasSubstr("spec.mqttToKafka[0].topic"));
  EXPECT_EQ(condition("Ready"), "True");
  EXPECT_THAT(kubectl({"describe", "mkb", "fleet"}), HasSubstr("InvalidSpec"));
  wait_for([&] { return !events("InvalidSpec").empty(); }, "the Event");
  EXPECT_EQ(get(kube::kStatefulSets, "mkb-fleet")["metadata"]["generation"],
            workload["metadata"]["generation"]);
  EXPECT_EQ(get(kube::kConfigMaps, "mkb-fleet-routes"), routes);
  patch_bridge({{"spec",
                 {{"replicas", 2},
                  {"mqttToKafka", {{{"name", "telemetry"}, {"filters", {"a/+"}}, {"topic", "t"}}}}}}});
  wait_ready();
  EXPECT_EQ(condition("Stalled"), "False");
}

TEST_F(OperatorE2eTest, WritesNothingButStatusWhilePaused) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  kubectl({"annotate", "mkb", "fleet", "mqttkafka.io/paused=true"});
  wait_for([&] { return condition("Reconciling", "reason") == "Paused"; }, "Paused");
  patch_bridge({{"spec", {{"replicas", 3}}}});
  wait_for(
      [&] {
        return status()["observedGeneration"] == get(kube::kBridges, "fleet")["metadata"]["generation"];
      },
      "the generation");
  EXPECT_EQ(get(kube::kStatefulSets, "mkb-fleet")["spec"]["replicas"], 2);
  kubectl({"annotate", "mkb", "fleet", "mqttkafka.io/paused-"});
  wait_for([&] { return get(kube::kStatefulSets, "mkb-fleet")["spec"]["replicas"] == 3; }, "it to go on");
}

TEST_F(OperatorE2eTest, WritesNothingForAMinuteAtRest) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  pods_.count(7);
  wait_for([&] { return status()["routes"][0].value("received", 0) == 14; }, "the totals");
  const auto versions = [this] {
    std::map<std::string, std::string> all;
    for (const Object& child : kChildren) {
      if (child.kind == &kube::kLeases) continue;  // pods renew those
      all[std::string(child.kind->kind) + "/" + child.name] =
          get(*child.kind, child.name)["metadata"]["resourceVersion"];
    }
    all["bridge"] = get(kube::kBridges, "fleet")["metadata"]["resourceVersion"];
    return all;
  };
  // Quiet for a second, then for a minute.
  double before = -1;
  wait_for(
      [&] {
        const double now = program->writes();
        const bool quiet = now == before;
        before = now;
        std::this_thread::sleep_for(1s);
        return quiet;
      },
      "quiet");
  const auto versions_before = versions();
  const double writes_before = program->writes();
  const auto reconciles = [&] {
    return program->metrics()
        ["controller_runtime_reconcile_total{controller=\"mqttkafkabridge\",result=\"requeue_after\"}"];
  };
  const double reconciles_before = reconciles();
  std::this_thread::sleep_for(60s);  // the measurement itself
  EXPECT_EQ(program->writes(), writes_before);
  EXPECT_EQ(versions(), versions_before);
  EXPECT_GT(reconciles(), reconciles_before) << "it was awake";
  std::cout << reconciles() - reconciles_before << " reconciles, 0 writes\n";
}

TEST_F(OperatorE2eTest, AThousandEventsForOneBridgeCollapse) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  const auto reconciles = [&] {
    double sum = 0;
    for (const auto& [name, value] : program->metrics()) {
      if (name.starts_with("controller_runtime_reconcile_total")) sum += value;
    }
    return sum;
  };
  const double before = reconciles();
  // They come while it stands still, so all of them wait for it when it goes on; for less long than its
  // Lease.
  const auto begun = std::chrono::steady_clock::now();
  program->process().signal(SIGSTOP);
  int events = 0;
  std::string version;
  while (events < 1000 && std::chrono::steady_clock::now() - begun < 5s) {
    const auto touched =
        client_.merge_patch(kube::kConfigMaps, name_space_, "mkb-fleet-routes",
                            {{"metadata", {{"annotations", {{"n", std::to_string(events)}}}}}});
    ASSERT_TRUE(touched.ok()) << touched.error().message();
    version = touched->at("metadata")["resourceVersion"];
    ++events;
  }
  program->process().signal(SIGCONT);
  wait_ready();
  patch_bridge({{"spec", {{"replicas", 3}}}});
  wait_ready();
  const double after = reconciles();
  std::cout << events << " events, " << after - before << " reconciles, the next change among them\n";
  EXPECT_GT(events, 100);
  EXPECT_LT(after - before, events / 4.0);
}

TEST_F(OperatorE2eTest, WaitsForASecretByNameAndNeverSeesWhatIsInIt) {
  json object = bridge();
  object["spec"]["mqtt"]["auth"] = {{"secretRef", {{"name", "login"}}}};
  const auto program = leader("a", {"--log-level=trace"});
  apply(object);
  wait_for([&] { return condition("Stalled", "reason") == "SecretNotFound"; }, "SecretNotFound");
  EXPECT_THAT(condition("Stalled", "message"), HasSubstr("spec.mqtt.auth.secretRef"));
  EXPECT_TRUE(get(kube::kStatefulSets, "mkb-fleet").is_null());
  kubectl({"create", "secret", "generic", "login", "--from-literal=username=u",
           "--from-literal=password=hunter2hunter2"});
  wait_ready();
  EXPECT_THAT(program->log_text(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(kubectl({"get", "sts,cm,mkb", "-o", "yaml"}), Not(HasSubstr("hunter2")));
  const auto listing = kube().try_kubectl({"get", "secrets", "-n", name_space_}, "", operator_kubeconfig());
  EXPECT_THAT(listing.text, HasSubstr("forbidden")) << "Secrets are read by name only";
}

}  // namespace
}  // namespace mkb::e2e
