#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "e2e/operator_fixture.h"

// mkbctl beside a real operator on a real API server: what it foretells comes true, and who may view sees.
namespace mkb::e2e {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::string program() {
  if (const char* chosen = std::getenv("MKBCTL"); chosen != nullptr) return chosen;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "mkbctl";
}

class MkbctlE2eTest : public OperatorFixture {
 protected:
  lab::Output mkbctl(std::vector<std::string> arguments) const {
    return mkbctl_as(kube().kubeconfig(), std::move(arguments));
  }

  lab::Output mkbctl_as(const std::filesystem::path& kubeconfig, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), program());
    arguments.insert(arguments.end(), {"--kubeconfig", kubeconfig.string(), "-n", name_space_});
    return lab::run(arguments, 20s);
  }

  /// The kubeconfig of a new service account that has this ClusterRole in the namespace.
  std::filesystem::path account(const std::string& name, const std::string& role) const {
    kubectl({"create", "serviceaccount", name});
    kubectl({"create", "rolebinding", name, "--clusterrole=" + role,
             "--serviceaccount=" + name_space_ + ":" + name});
    std::string token = kubectl({"create", "token", name});
    token.erase(token.find_last_not_of("\n ") + 1);
    return kube().write_kubeconfig(name_space_ + "-" + name, token, name_space_);
  }

  static std::map<int, std::string> planned(const json& plan) {
    std::map<int, std::string> owners;
    for (const json& each : plan["shards"]) owners[each["shard"]] = each["pod"];
    return owners;
  }
};

TEST_F(MkbctlE2eTest, PlanForetellsWhatTheOperatorDoes) {
  const auto program = leader("a");
  json object = bridge();
  object["spec"]["mqttToKafka"].push_back(
      {{"name", "meters"}, {"filters", {"meters/#"}}, {"topic", "meters"}, {"sharding", "Shared"}});
  apply(object);
  wait_ready();

  const lab::Output now = mkbctl({"plan", "fleet", "-o", "json"});
  ASSERT_EQ(now.status.code, 0) << now.text;
  const json standing = json::parse(now.text)["plans"][0];
  EXPECT_EQ(planned(standing), owners());
  EXPECT_EQ(standing["moves"], json::array()) << "the operator has nothing left to do";

  const lab::Output text = mkbctl({"plan", "fleet", "--replicas", "4"});
  std::cout << text.text;
  EXPECT_EQ(text.status.code, 0);
  EXPECT_THAT(text.text, HasSubstr("bridge " + name_space_ + "/fleet: 5 filters recorded on "));
  EXPECT_THAT(text.text, HasSubstr("2 -> 4 pods: "));

  const lab::Output ahead =
      mkbctl({"plan", "fleet", "--replicas", "3", "--replicas", "4", "--replicas", "1", "-o", "json"});
  ASSERT_EQ(ahead.status.code, 0) << ahead.text;
  const json plans = json::parse(ahead.text)["plans"];
  ASSERT_EQ(plans.size(), 3U);
  // One pod more at a time: of several the operator's rounds may see one or all at once.
  for (const json& plan : plans) {
    const int replicas = plan["replicas"];
    patch_bridge({{"spec", {{"replicas", replicas}}}});
    wait_ready();
    EXPECT_EQ(owners(), planned(plan)) << replicas << " replicas";
  }
}

TEST_F(MkbctlE2eTest, TopShowsTheBridgeToWhoMayView) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  std::jthread traffic([this](const std::stop_token& stop) {
    for (std::uint64_t count = 1000; !stop.stop_requested(); count += 100) {
      pods_.count(count);
      std::this_thread::sleep_for(100ms);
    }
  });
  wait_for([&] { return status()["routes"].is_array() && !status()["routes"].empty(); }, "totals");
  const auto viewer = account("viewer", "view");
  // Kubernetes adds mkb-view to its own role in its own time.
  lab::Output seen;
  wait_for(
      [&] {
        seen = mkbctl_as(viewer, {"top", "fleet", "--once"});
        return seen.status.code == 0 && seen.text.find("not permitted") == std::string::npos;
      },
      "the right to view");
  std::cout << seen.text;
  EXPECT_THAT(seen.text, HasSubstr(name_space_ + "/fleet  Ready: 4 shards served\npods 2/2  shards 4/4\n"));
  EXPECT_THAT(seen.text, ContainsRegex("telemetry +Kafka +[1-9][0-9.]+ +[1-9][0-9.]+ +[1-9][0-9]+"));
  EXPECT_THAT(seen.text,
              ContainsRegex("mkb-fleet-0 +2 +[1-9][0-9]* +[1-9][0-9.]+ +[1-9][0-9.]+ +[0-9]+ s ago"));
  EXPECT_THAT(seen.text, ContainsRegex("mkb-fleet-1 +2 "));
  EXPECT_EQ(mkbctl_as(viewer, {"plan", "fleet"}).status.code, 0);
}

TEST_F(MkbctlE2eTest, TopDoesWithoutLeasesThatMayNotBeRead) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  kubectl({"create", "clusterrole", "bridges-only", "--verb=get,list",
           "--resource=mqttkafkabridges.mqttkafka.io"});
  const auto account_file = account("reader", "bridges-only");
  const lab::Output seen = mkbctl_as(account_file, {"top", "--once"});
  std::cout << seen.text;
  EXPECT_EQ(seen.status.code, 0);
  EXPECT_THAT(seen.text, HasSubstr("/fleet  Ready: 4 shards served\n"));
  EXPECT_THAT(seen.text, HasSubstr("\npods: not permitted (list leases in " + name_space_ + ": "));
  EXPECT_THAT(seen.text, Not(HasSubstr("mkb-fleet-0")));
}

TEST_F(MkbctlE2eTest, TopGoesOnUntilItIsInterrupted) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  lab::Process top({mkb::e2e::program(), "top", "fleet", "-n", name_space_, "--interval", "200ms",
                    "--kubeconfig", kube().kubeconfig().string()},
                   dir().path() / "top.log");
  const auto shown = [&] {
    const std::string text = lab::read_file(top.log());
    int tables = 0;
    for (std::size_t at = 0; (at = text.find("/fleet  ", at)) != std::string::npos; ++at) ++tables;
    return tables;
  };
  wait_for([&] { return shown() >= 3; }, "three tables", 20s);
  kube().api().stop();
  wait_for([&] { return lab::read_file(top.log()).find("not up to date: ") != std::string::npos; },
           "the outage");
  kube().start();
  wait_for(
      [&] {
        const std::string text = lab::read_file(top.log());
        // Two, because the newest may yet get such a line.
        const std::size_t first = text.find("pods 2/2", text.rfind("not up to date: "));
        return first != std::string::npos && text.find("pods 2/2", first + 1) != std::string::npos;
      },
      "a table that is up to date", 30s);
  top.signal(SIGINT);
  const auto ended = top.wait(5s);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
}

TEST_F(MkbctlE2eTest, SaysWhatItCannotFind) {
  const lab::Output plan = mkbctl({"plan", "nobody"});
  EXPECT_EQ(plan.status.code, 2);
  EXPECT_THAT(plan.text, HasSubstr("mkbctl: get mqttkafkabridges " + name_space_ + "/nobody: not found"));
  EXPECT_EQ(mkbctl({"top", "nobody", "--once"}).status.code, 2);
  EXPECT_THAT(mkbctl({"top", "--once"}).text, HasSubstr("there is no bridge"));
}

}  // namespace
}  // namespace mkb::e2e
