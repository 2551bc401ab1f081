// manifests/monitoring against real programs: every metric and label that the alerts and the dashboard ask
// for is in a scrape, and the ports and labels that are monitored are those of the pods.
#include <yaml-cpp/yaml.h>

#include <map>
#include <regex>
#include <set>

#include "e2e/egress_fixture.h"
#include "e2e/lab/http.h"
#include "e2e/lab/kube_server.h"
#include "e2e/lab/operator.h"
#include "e2e/lab/query_names.h"

namespace mkb::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::SizeIs;

using LabelsOf = std::map<std::string, std::set<std::string>>;

const std::string kMonitoring = MKB_SOURCE_DIR "/manifests/monitoring";
// Prometheus and the PodMonitors add these to whatever is scraped.
const std::set<std::string> kTargetLabels = {"job", "namespace", "pod", "bridge"};
// Prometheus makes these itself.
const std::set<std::string> kMadeByPrometheus = {"up", "ALERTS"};

/// `name{label="value",...}` as keys.
void add_series(LabelsOf& found, const std::map<std::string, double>& series) {
  static const std::regex label("[{,]([A-Za-z_][A-Za-z0-9_]*)=\"");
  for (const auto& [name, value] : series) {
    std::set<std::string>& labels = found[name.substr(0, name.find('{'))];
    for (std::sregex_iterator each(name.begin(), name.end(), label), end; each != end; ++each) {
      labels.insert((*each)[1]);
    }
  }
}

/// Metrics without a series yet.
void add_declared(LabelsOf& found, const std::string& text) {
  static const std::regex type("# TYPE (\\S+) ");
  for (std::sregex_iterator each(text.begin(), text.end(), type), end; each != end; ++each) {
    found.try_emplace((*each)[1]);
  }
}

/// Alert or panel, and query.
std::vector<std::pair<std::string, std::string>> queries() {
  std::vector<std::pair<std::string, std::string>> all;
  for (const YAML::Node& group : YAML::LoadFile(kMonitoring + "/rules.yaml")["spec"]["groups"]) {
    for (const YAML::Node& rule : group["rules"]) {
      all.emplace_back(rule["alert"].as<std::string>(), rule["expr"].as<std::string>());
    }
  }
  const json dashboard = json::parse(lab::read_file(kMonitoring + "/dashboard.json"));
  for (const json& panel : dashboard["panels"]) {
    for (const json& target : panel.value("targets", json::array())) {
      all.emplace_back(panel["title"], target["expr"]);
    }
  }
  for (const json& variable : dashboard["templating"]["list"]) {
    const json& query = variable["query"];
    static const std::regex values("label_values\\((.*), (\\w+)\\)");
    std::smatch match;
    const std::string text = query.is_object() ? query["query"] : json("");
    if (std::regex_match(text, match, values)) {
      all.emplace_back(variable["name"], "max by (" + match.str(2) + ") (" + match.str(1) + ")");
    }
  }
  const std::string autoscaling = MKB_SOURCE_DIR "/examples/autoscaling/";
  const YAML::Node adapter = YAML::LoadFile(autoscaling + "prometheus-adapter-rules.yaml");
  for (const char* list : {"rules", "externalRules"}) {
    for (const YAML::Node& rule : adapter[list]) {
      all.emplace_back("prometheus-adapter", rule["seriesQuery"].as<std::string>());
    }
  }
  const YAML::Node triggers = YAML::LoadFile(autoscaling + "keda-lag.yaml")["spec"]["triggers"];
  all.emplace_back("KEDA", triggers[0]["metadata"]["query"].as<std::string>());
  return all;
}

class MonitoringE2eTest : public EgressFixture {
 protected:
  MonitoringE2eTest() : EgressFixture({}), kube_(dir(), {true, {}}) {
    kube_.start();
    kube_.kubectl({"apply", "--server-side", "-k", MKB_SOURCE_DIR "/manifests/overlays/cluster-wide"});
    kube_.kubectl(
        {"wait", "--for=condition=Established", "--timeout=30s", "crd/mqttkafkabridges.mqttkafka.io"});
    std::string token = kube_.kubectl({"create", "token", "mkb-operator", "-n", "mkb-system"});
    token.erase(token.find_last_not_of("\n ") + 1);
    operator_ =
        std::make_unique<lab::Operator>(dir(), kube_.write_kubeconfig("mkb-operator", token, "mkb-system"));
    operator_->start();
    kube_.kubectl({"apply", "-f", MKB_SOURCE_DIR "/examples/commands.yaml"});
    lab::wait_until([this] { return !kube_get("statefulset/mkb-commands").is_null(); }, 60s,
                    "the StatefulSet of the bridge");
  }

  json kube_get(const std::string& object, const std::string& name_space = "default") {
    const auto answer =
        kube_.try_kubectl({"get", object, "-n", name_space, "-o", "json"}, "", kube_.kubeconfig());
    return answer.status.code == 0 ? json::parse(answer.text) : json();
  }

  lab::KubeServer kube_;
  std::unique_ptr<lab::Operator> operator_;
};

/// Expects that a PodMonitor finds these pods, and that its port is one of theirs.
void expect_monitored(const std::string& file, const json& pod_template) {
  const YAML::Node spec = YAML::LoadFile(kMonitoring + "/" + file)["spec"];
  const json labels = pod_template["metadata"]["labels"];
  ASSERT_GT(spec["selector"]["matchLabels"].size(), 0U);
  for (const auto& label : spec["selector"]["matchLabels"]) {
    EXPECT_EQ(labels.value(label.first.as<std::string>(), ""), label.second.as<std::string>()) << file;
  }
  EXPECT_EQ(labels.count(spec["jobLabel"].as<std::string>()), 1U) << file;
  std::set<std::string> ports;
  for (const json& port : pod_template["spec"]["containers"][0]["ports"]) ports.insert(port["name"]);
  for (const YAML::Node& endpoint : spec["podMetricsEndpoints"]) {
    EXPECT_TRUE(ports.contains(endpoint["port"].as<std::string>())) << file;
  }
}

TEST_F(MonitoringE2eTest, WhatIsAskedForIsThere) {
  admin().create_topic(topic(), 1);
  lab::BridgeConfig config = commands();
  config.routes = telemetry(mosquitto_.uri()).routes;
  lab::Bridge bridge(dir(), lab::to_yaml(config), instance("a"));
  bridge.start_ready();
  LabelsOf found;
  add_series(found, bridge.metrics());
  add_declared(found, lab::http_get(bridge.admin_port(), "/metrics").body);
  lab::wait_until(
      [this] {
        return operator_->metrics().contains(
            R"(mkb_operator_bridge_replicas{namespace="default",bridge="commands"})");
      },
      30s, "the bridge in the metrics of the operator");
  add_series(found, operator_->metrics());

  const auto asked = queries();
  ASSERT_THAT(asked, SizeIs(testing::Gt(80U)));
  for (const auto& [where, query] : asked) {
    const lab::QueryNames names = lab::names_in(query);
    EXPECT_FALSE(names.metrics.empty()) << where;
    std::set<std::string> known = kTargetLabels;
    for (const auto& [metric, matched] : names.metrics) {
      if (kMadeByPrometheus.contains(metric)) continue;
      ASSERT_TRUE(found.contains(metric)) << where << " asks for " << metric;
      std::set<std::string> labels = found.at(metric);
      // It has no series before the first error; its label is tested with the error.
      if (metric == "mkb_kafka_errors_total") labels.insert("error");
      known.insert(labels.begin(), labels.end());
      labels.insert(kTargetLabels.begin(), kTargetLabels.end());
      for (const std::string& label : matched) {
        EXPECT_TRUE(labels.contains(label)) << where << ": " << metric << " has no label " << label;
      }
    }
    for (const std::string& label : names.grouping) {
      EXPECT_TRUE(known.contains(label)) << where << ": nothing has the label " << label << " in " << query;
    }
  }
  // PodMonitor mkb-operator keeps it, and the alerts tell bridges apart by it.
  EXPECT_TRUE(found["mkb_operator_bridge_ready"].contains("namespace"));
  EXPECT_EQ(bridge.terminate().code, 0);

  expect_monitored("bridges-pod-monitor.yaml", kube_get("statefulset/mkb-commands")["spec"]["template"]);
  expect_monitored("operator-pod-monitor.yaml",
                   kube_get("deployment/mkb-operator", "mkb-system")["spec"]["template"]);
  const std::string rendered = kube_.kubectl({"kustomize", kMonitoring});
  EXPECT_THAT(rendered, HasSubstr("grafana_dashboard: \"1\""));
  const YAML::Node documents = YAML::Load(rendered.substr(0, rendered.find("\n---")));
  EXPECT_EQ(documents["kind"].as<std::string>(), "ConfigMap");
  EXPECT_EQ(documents["data"]["mqtt-kafka-bridge.json"].as<std::string>(),
            lab::read_file(kMonitoring + "/dashboard.json"));
}

}  // namespace
}  // namespace mkb::e2e
