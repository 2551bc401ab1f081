#include <iostream>
#include <map>
#include <set>

#include "api/assignment.h"
#include "e2e/operator_fixture.h"

// How the operator treats pods and the shards on them, on a real API server and StatefulSet controller.
namespace mkb::e2e {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

class OperatorPodsE2eTest : public OperatorFixture {
 protected:
  std::map<std::string, std::string> pod_uids() {
    std::map<std::string, std::string> uids;
    const json list = json::parse(kubectl({"get", "pods", "-o", "json"}));
    for (const json& pod : list["items"]) uids[pod["metadata"]["name"]] = pod["metadata"]["uid"];
    return uids;
  }

  std::set<int> held_by(const std::string& pod) {
    const json lease = get(kube::kLeases, pod);
    if (!lease.is_object()) return {};
    const auto report =
        api::parse_report(std::string(lease["metadata"]["annotations"]["mqttkafka.io/report"]));
    return report ? std::set<int>(report->held.begin(), report->held.end()) : std::set<int>{};
  }
};

TEST_F(OperatorPodsE2eTest, KubectlScaleMovesShardsUpAndDown) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  kubectl({"scale", "mkb/fleet", "--replicas=4"});
  wait_ready();
  EXPECT_EQ(pod_uids().size(), 4U);
  std::map<std::string, int> count;
  for (const auto& [shard, pod] : owners()) ++count[pod];
  EXPECT_EQ(count.size(), 4U) << "a shard for each";
  EXPECT_EQ(status()["replicas"], 4);
  EXPECT_THAT(kubectl({"get", "mkb/fleet", "--subresource=scale", "-o", "json"}),
              HasSubstr("app.kubernetes.io/instance=fleet"));

  kubectl({"scale", "mkb/fleet", "--replicas=1"});
  // Whenever a pod is gone, its last report must have been that it holds nothing.
  std::set<std::string> gone;
  wait_for(
      [&] {
        const auto uids = pod_uids();
        for (const char* pod : {"mkb-fleet-1", "mkb-fleet-2", "mkb-fleet-3"}) {
          if (!uids.contains(pod) && gone.insert(pod).second) {
            EXPECT_THAT(held_by(pod), IsEmpty()) << pod;
          }
        }
        return uids.size() == 1;
      },
      "one pod");
  wait_ready();
  for (const auto& [shard, pod] : owners()) EXPECT_EQ(pod, "mkb-fleet-0");
  EXPECT_EQ(owners().size(), 4U);
  EXPECT_TRUE(get(kube::kConfigMaps, "mkb-fleet-3").is_null());
  EXPECT_TRUE(get(kube::kLeases, "mkb-fleet-3").is_null());
}

TEST_F(OperatorPodsE2eTest, RoutesAreChangedWithoutRestartingPods) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  const auto before = pod_uids();
  json changed = bridge();
  changed["spec"]["mqttToKafka"].push_back({{"name", "more"}, {"filters", {"more/#"}}, {"topic", "more"}});
  apply(changed);
  wait_ready();
  EXPECT_EQ(pod_uids(), before);
  EXPECT_EQ(status()["shards"]["total"], 5);
  EXPECT_THAT(get(kube::kConfigMaps, "mkb-fleet-routes")["data"]["bridge.yaml"], HasSubstr("more/#"));
}

TEST_F(OperatorPodsE2eTest, ASettingRollsOnePodAtATimeVacatedFirst) {
  const auto program = leader("a");
  json object = bridge();
  object["spec"]["replicas"] = 3;
  apply(object);
  wait_ready();
  const auto before = pod_uids();
  object["spec"]["mqtt"]["keepAlive"] = "10s";
  apply(object);
  std::map<std::string, std::string> last = before;
  std::size_t fewest = 3;
  wait_for(
      [&] {
        auto now = pod_uids();
        fewest = std::min(fewest, now.size());
        for (const auto& [name, uid] : last) {
          if (now.contains(name) && now[name] == uid) continue;
          const json lease = get(kube::kLeases, name);
          if (lease["spec"]["holderIdentity"] == uid) {
            EXPECT_THAT(held_by(name), IsEmpty()) << name << " went with shards";
          }
        }
        last = now;
        owners();
        return now.size() == 3 && std::none_of(before.begin(), before.end(), [&now](const auto& each) {
                 return now[each.first] == each.second;
               });
      },
      "three new pods", 120s);
  EXPECT_GE(fewest, 2U) << "one at a time";
  wait_ready();
  EXPECT_FALSE(events("PodRestarted").empty());
}

TEST_F(OperatorPodsE2eTest, ARotatedSecretIsTakenOverWithinAMinute) {
  kubectl(
      {"create", "secret", "generic", "login", "--from-literal=username=u", "--from-literal=password=old"});
  json object = bridge();
  object["spec"]["mqtt"]["auth"] = {{"secretRef", {{"name", "login"}}}};
  const auto program = leader("a");
  apply(object);
  wait_ready();
  const auto before = pod_uids();
  kubectl({"patch", "secret", "login", "--type=merge", "-p", R"({"stringData":{"password":"new"}})"});
  const auto begun = std::chrono::steady_clock::now();
  wait_for(
      [&] {
        auto now = pod_uids();
        return now.size() == 2 && std::none_of(before.begin(), before.end(), [&now](const auto& each) {
                 return now[each.first] == each.second;
               });
      },
      "new pods", 60s);
  std::cout
      << "all pods new after "
      << std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun).count()
      << " s\n";
  wait_ready();
}

TEST_F(OperatorPodsE2eTest, ASilentPodLosesItsShardsToTheOthers) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  const auto begun = std::chrono::steady_clock::now();
  pods_.silence(name_space_ + "/mkb-fleet-1");
  wait_for(
      [&] {
        const auto now = owners();
        return now.size() == 4 && std::all_of(now.begin(), now.end(),
                                              [](const auto& each) { return each.second == "mkb-fleet-0"; });
      },
      "the other pod to own everything", 30s);
  std::cout << "taken over after "
            << std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun)
                   .count()
            << " ms\n";
  pods_.wake(name_space_ + "/mkb-fleet-1");
  wait_for(
      [&] {
        const auto now = owners();
        return std::any_of(now.begin(), now.end(),
                           [](const auto& each) { return each.second == "mkb-fleet-1"; });
      },
      "it to get shards again");
  wait_ready();
}

TEST_F(OperatorPodsE2eTest, DeletingTheBridgeEndsItsSessionsAndEverythingGoes) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  kubectl({"delete", "mkb", "fleet", "--timeout=50s"});
  for (const auto& [kind, name] : std::vector<std::pair<const kube::ResourceKind*, std::string>>{
           {&kube::kStatefulSets, "mkb-fleet"},
           {&kube::kConfigMaps, "mkb-fleet-routes"},
           {&kube::kConfigMaps, "mkb-fleet-0"},
           {&kube::kLeases, "mkb-fleet-0"},
           {&kube::kServices, "mkb-fleet"},
           {&kube::kRoles, "mkb-fleet"}}) {
    wait_for([&, k = kind, n = name] { return get(*k, n).is_null(); }, name + " to go");
  }
  EXPECT_THAT(events("SessionsLeft"), IsEmpty());
}

TEST_F(OperatorPodsE2eTest, SessionsThatCannotBeEndedAreNamedInAnEvent) {
  const auto program = leader("a", {"--end-deadline=5s"});
  apply(bridge());
  wait_ready();
  pods_.obey_end(false);
  const std::string uid = get(kube::kBridges, "fleet")["metadata"]["uid"];
  kubectl({"delete", "mkb", "fleet", "--timeout=50s"});
  const auto left = events("SessionsLeft");
  ASSERT_EQ(left.size(), 1U);
  EXPECT_THAT(left[0]["note"], HasSubstr("mkb-" + uid + "-"));
  EXPECT_EQ(left[0]["type"], "Warning");
}

TEST_F(OperatorPodsE2eTest, TotalsOfThePodsAreInTheStatus) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  pods_.count(21);
  wait_for([&] { return status()["routes"][0].value("received", 0) == 42; }, "the totals", 30s);
  EXPECT_EQ(status()["routes"][0]["name"], "telemetry");
  EXPECT_EQ(status()["routes"][0]["delivered"], 42);
  EXPECT_THAT(kubectl({"get", "mkb", "-o", "wide"}), HasSubstr("42"));
}

}  // namespace
}  // namespace mkb::e2e
