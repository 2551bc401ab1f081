// examples/autoscaling and the scale subresource, with the real controller of HorizontalPodAutoscalers.
#include <yaml-cpp/yaml.h>

#include <array>
#include <ctime>

#include "e2e/lab/process.h"
#include "e2e/operator_fixture.h"

namespace mkb::e2e {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

const std::string kExamples = MKB_SOURCE_DIR "/examples/autoscaling/";

// A stand-in for metrics-server: objects of this kind are answered under the path where the controller asks
// for what metrics-server measures.
constexpr const char* kPodMetrics = R"({
  "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
  "metadata": {"name": "pods.metrics.k8s.io",
               "annotations": {"api-approved.kubernetes.io": "unapproved, stands in for metrics-server in a test"}},
  "spec": {"group": "metrics.k8s.io", "scope": "Namespaced",
           "names": {"plural": "pods", "kind": "PodMetrics"},
           "versions": [{"name": "v1beta1", "served": true, "storage": true,
                         "schema": {"openAPIV3Schema": {"type": "object",
                                                        "x-kubernetes-preserve-unknown-fields": true}}}]}})";

class AutoscalingE2eTest : public OperatorFixture {
 protected:
  json pods() const {
    return json::parse(kubectl({"get", "pods", "-l", status().value("selector", ""), "-o", "json"}))["items"];
  }

  /// All pods of the bridge together use this much, measured now.
  void measure(int milli_cpu) {
    const json all = pods();
    std::array<char, 32> now{};
    const std::time_t seconds = std::time(nullptr);
    std::tm parts{};
    (void)std::strftime(now.data(), now.size(), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &parts));
    json list{{"apiVersion", "v1"}, {"kind", "List"}, {"items", json::array()}};
    for (const json& pod : all) {
      const json usage{{"cpu", std::to_string(milli_cpu / static_cast<int>(all.size())) + "m"},
                       {"memory", "20Mi"}};
      list["items"].push_back({{"apiVersion", "metrics.k8s.io/v1beta1"},
                               {"kind", "PodMetrics"},
                               {"metadata",
                                {{"name", pod["metadata"]["name"]},
                                 {"namespace", name_space_},
                                 {"labels", pod["metadata"]["labels"]}}},
                               {"timestamp", now.data()},
                               {"window", "10s"},
                               {"containers", {{{"name", "dataplane"}, {"usage", usage}}}}});
    }
    if (!all.empty()) kube().kubectl({"apply", "-f", "-"}, list.dump());
  }

  std::string autoscaler() const {
    return kubectl({"get", "hpa", "-o", "jsonpath={.items[*].status.conditions[*].message}"});
  }
};

TEST_F(AutoscalingE2eTest, ExamplesAreTakenAsTheyAre) {
  for (const std::string file : {"hpa-cpu.yaml", "hpa-lag.yaml"}) {
    const auto apply = [this](const std::string& text) {
      return kube().try_kubectl(
          {"apply", "-n", name_space_, "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"},
          text, kube().kubeconfig());
    };
    std::string text = lab::read_file(kExamples + file);
    const lab::Output taken = apply(text);
    EXPECT_EQ(taken.status.code, 0) << file << ": " << taken.text;
    text.replace(text.find("maxReplicas"), 11, "mostReplicas");
    EXPECT_THAT(apply(text).text, HasSubstr("mostReplicas")) << "nothing is checked";
  }
}

TEST_F(AutoscalingE2eTest, ExamplesSpeakOfTheSameThings) {
  const YAML::Node bridge = YAML::LoadFile(MKB_SOURCE_DIR "/examples/commands.yaml");
  const auto name = bridge["metadata"]["name"].as<std::string>();
  const auto route = bridge["spec"]["kafkaToMqtt"][0]["name"].as<std::string>();
  for (const std::string file : {"hpa-cpu.yaml", "hpa-lag.yaml", "keda-lag.yaml"}) {
    const YAML::Node target = YAML::LoadFile(kExamples + file)["spec"]["scaleTargetRef"];
    EXPECT_EQ(target["apiVersion"].as<std::string>(), kube::kBridges.api_version()) << file;
    EXPECT_EQ(target["kind"].as<std::string>(), kube::kBridges.kind) << file;
    EXPECT_EQ(target["name"].as<std::string>(), name) << file;
  }
  const YAML::Node rules = YAML::LoadFile(kExamples + "prometheus-adapter-rules.yaml");
  const YAML::Node metrics = YAML::LoadFile(kExamples + "hpa-lag.yaml")["spec"]["metrics"];
  const YAML::Node external = metrics[0]["external"]["metric"];
  EXPECT_EQ(external["name"].as<std::string>(), rules["externalRules"][0]["name"]["as"].as<std::string>());
  EXPECT_EQ(external["selector"]["matchLabels"]["bridge"].as<std::string>(), name);
  EXPECT_EQ(external["selector"]["matchLabels"]["route"].as<std::string>(), route);
  EXPECT_EQ(metrics[1]["pods"]["metric"]["name"].as<std::string>(),
            rules["rules"][0]["name"]["as"].as<std::string>());
  const YAML::Node kafka = YAML::LoadFile(kExamples + "keda-lag.yaml")["spec"]["triggers"][1]["metadata"];
  EXPECT_EQ(kafka["consumerGroup"].as<std::string>(), "mkb-" + name + "-" + route);
  EXPECT_EQ(kafka["topic"].as<std::string>(),
            bridge["spec"]["kafkaToMqtt"][0]["topics"][0].as<std::string>());
}

TEST_F(AutoscalingE2eTest, TheScaleSubresourceSelectsPodsThatRequestCpu) {
  const auto program = leader("a");
  apply(bridge());
  wait_ready();
  const json scale =
      json::parse(kubectl({"get", "--raw", kube::kBridges.object(name_space_, "fleet") + "/scale"}));
  EXPECT_EQ(scale["spec"]["replicas"], 2);
  EXPECT_EQ(scale["status"]["replicas"], 2);
  const json selected = json::parse(
      kubectl({"get", "pods", "-l", scale["status"]["selector"].get<std::string>(), "-o", "json"}))["items"];
  ASSERT_EQ(selected.size(), 2U);
  for (const json& pod : selected) {
    for (const json& container : pod["spec"]["containers"]) {
      EXPECT_EQ(container["resources"]["requests"]["cpu"], "100m");
    }
  }
}

TEST_F(AutoscalingE2eTest, ScalesByCpuUpAndDown) {
  kube().kubectl({"apply", "-f", "-"}, kPodMetrics);
  kube().kubectl({"wait", "--for=condition=Established", "--timeout=30s", "crd/pods.metrics.k8s.io"});
  const auto program = leader("a");
  json small = bridge();
  small["spec"]["replicas"] = 1;
  apply(small);
  wait_ready();

  json scaler =
      json::parse(kubectl({"create", "--dry-run=client", "-o", "json", "-f", kExamples + "hpa-cpu.yaml"}));
  scaler["metadata"] = {{"name", "fleet"}, {"namespace", name_space_}};
  scaler["spec"]["scaleTargetRef"]["name"] = "fleet";
  scaler["spec"]["minReplicas"] = 1;
  scaler["spec"]["maxReplicas"] = 3;
  // The example waits for minutes.
  scaler["spec"]["behavior"]["scaleUp"] = {{"stabilizationWindowSeconds", 0}};
  scaler["spec"]["behavior"]["scaleDown"] = {{"stabilizationWindowSeconds", 0}};
  kube().kubectl({"apply", "-f", "-"}, scaler.dump());

  const auto settles_at = [this](int milli_cpu, std::size_t count) {
    const bool settled = lab::eventually(
        [&] {
          measure(milli_cpu);
          return get(kube::kBridges, "fleet")["spec"]["replicas"] == count && pods().size() == count &&
                 condition("Ready") == "True" && owners().size() == 4;
        },
        120s);
    EXPECT_TRUE(settled) << count << " pods for " << milli_cpu << "m; " << autoscaler() << "; "
                         << owners().size() << " of 4 shards are owned";
  };
  settles_at(300, 3);  // 300 % of one pod's request where 70 % is wanted, but at most 3
  settles_at(30, 1);
}

}  // namespace
}  // namespace mkb::e2e
