#include "e2e/operator_fixture.h"

#include <algorithm>

#include "api/assignment.h"
#include "e2e/lab/lab_error.h"

namespace mkb::e2e {

using nlohmann::json;

struct OperatorFixture::Shared {
  Shared() {
    kube.start();
    kube.kubectl(
        {"apply", "--server-side", "-k", std::string(MKB_SOURCE_DIR) + "/manifests/overlays/cluster-wide"});
    kube.kubectl(
        {"wait", "--for=condition=Established", "--timeout=30s", "crd/mqttkafkabridges.mqttkafka.io"});
    std::string token =
        kube.kubectl({"create", "token", "mkb-operator", "-n", "mkb-system", "--duration=2h"});
    token.erase(token.find_last_not_of("\n ") + 1);
    kubeconfig = kube.write_kubeconfig("mkb-operator", token, "mkb-system");
  }
  lab::TempDir dir{"OperatorE2eTest"};
  lab::KubeServer kube{dir.path(), {true, {}}};
  std::filesystem::path kubeconfig;
};

std::unique_ptr<OperatorFixture::Shared> OperatorFixture::shared;

namespace {

kube::KubeConfig admin(const lab::KubeServer& server) {
  auto config = kube::load_kube_config(server.kubeconfig());
  if (!config) throw lab::LabError(config.error().message());
  return std::move(config).value();
}

std::string test_name() {
  std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

}  // namespace

void OperatorFixture::SetUpTestSuite() {
  if (shared == nullptr) shared = std::make_unique<Shared>();
}

void OperatorFixture::TearDownTestSuite() {
  shared.reset();
}

lab::KubeServer& OperatorFixture::kube() {
  return shared->kube;
}
lab::TempDir& OperatorFixture::dir() {
  return shared->dir;
}
const std::filesystem::path& OperatorFixture::operator_kubeconfig() {
  return shared->kubeconfig;
}

OperatorFixture::OperatorFixture()
    : name_space_(test_name()),
      transport_(admin(kube()), clock_),
      client_(transport_, "mkb-test"),
      pods_(client_) {
  kube().start();
  kube().kubectl({"create", "namespace", name_space_});
  kube().kubectl({"label", "namespace", name_space_, "pod-security.kubernetes.io/enforce=restricted"});
}

OperatorFixture::~OperatorFixture() {
  // The next test's operator has nothing to do with what this one left.
  (void)kube().try_kubectl({"delete", "lease", "-n", "mkb-system", "mkb-operator", "--ignore-not-found"}, "",
                           kube().kubeconfig());
  const json unfinished{{"metadata", {{"finalizers", nullptr}}}};
  for (const std::string& name : {std::string("fleet")}) {
    (void)client_.merge_patch(kube::kBridges, name_space_, name, unfinished);
  }
  (void)kube().try_kubectl({"delete", "mkb", "-n", name_space_, "--all", "--wait=false"}, "",
                           kube().kubeconfig());
}

std::unique_ptr<lab::Operator> OperatorFixture::started(const std::string& name,
                                                        std::vector<std::string> arguments) {
  arguments.push_back("--namespace=" + name_space_);
  auto made = std::make_unique<lab::Operator>(dir().path(), operator_kubeconfig(), name_space_ + "-" + name,
                                              arguments);
  made->start();
  return made;
}

std::unique_ptr<lab::Operator> OperatorFixture::leader(const std::string& name,
                                                       std::vector<std::string> arguments) {
  auto made = started(name, std::move(arguments));
  wait_for([&] { return made->leads(); }, name + " to lead");
  return made;
}

json OperatorFixture::bridge(const std::string& name) const {
  json object = json::parse(R"({
    "apiVersion": "mqttkafka.io/v1alpha1", "kind": "MqttKafkaBridge",
    "spec": {"replicas": 2, "shards": 8,
             "mqtt": {"servers": ["mqtt://127.0.0.1:1883"]},
             "kafka": {"bootstrapServers": ["127.0.0.1:9092"]},
             "mqttToKafka": [{"name": "telemetry", "filters": ["a/+", "b/+", "c/+", "d/+"], "topic": "telemetry"}]}})");
  object["metadata"] = {{"name", name}, {"namespace", name_space_}};
  return object;
}

void OperatorFixture::apply(const json& object) {
  kube().kubectl({"apply", "--validate=strict", "-f", "-"}, object.dump());
}

void OperatorFixture::patch_bridge(const json& merge, const std::string& name) {
  kubectl({"patch", "mkb", name, "--type=merge", "-p", merge.dump()});
}

std::string OperatorFixture::kubectl(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"-n", name_space_});
  return kube().kubectl(arguments);
}

json OperatorFixture::get(const kube::ResourceKind& kind, const std::string& name) const {
  kube::HttpRequest request;
  request.target = kind.object(name_space_, name);
  request.timeout = std::chrono::seconds(3);
  const auto answer = const_cast<kube::CpprestTransport&>(transport_).send(request, {});
  return answer && answer->status == 200 ? json::parse(answer->body) : json();
}

json OperatorFixture::status(const std::string& name) const {
  const json object = get(kube::kBridges, name);
  return object.is_object() ? object.value("status", json::object()) : json::object();
}

std::string OperatorFixture::condition(const std::string& type, const std::string& member,
                                       const std::string& name) const {
  const json now = status(name);
  for (const json& each : now.value("conditions", json::array())) {
    if (each["type"] == type) return each[member];
  }
  return "";
}

void OperatorFixture::wait_ready(const std::string& name, std::chrono::seconds timeout) {
  wait_for(
      [&] {
        const json object = get(kube::kBridges, name);
        if (!object.is_object() || !object.contains("status")) return false;
        return object["status"].value("observedGeneration", 0) == object["metadata"]["generation"] &&
               condition("Ready", "status", name) == "True" &&
               condition("Reconciling", "status", name) == "False";
      },
      name + " to be ready", timeout);
}

void OperatorFixture::wait_for(const std::function<bool()>& what, const std::string& name,
                               std::chrono::seconds timeout) const {
  if (lab::eventually(what, timeout)) return;
  throw lab::LabError("timed out waiting for " + name + "; status: " + status().dump(2));
}

std::map<int, std::string> OperatorFixture::owners(const std::string& name) const {
  std::map<int, std::string> all;
  for (int ordinal = 0; ordinal < 10; ++ordinal) {
    const std::string pod = "mkb-" + name + "-" + std::to_string(ordinal);
    const json config_map = get(kube::kConfigMaps, pod);
    if (!config_map.is_object()) continue;
    const auto assignment = api::parse_assignment(std::string(config_map["data"]["assignment.json"]));
    if (!assignment) continue;
    for (const auto& each : assignment->shards) {
      if (each.duty != api::ShardDuty::kOwn) continue;
      EXPECT_TRUE(all.emplace(each.shard, pod).second) << "shard " << each.shard << " has two owners";
    }
  }
  return all;
}

std::vector<json> OperatorFixture::events(const std::string& reason) const {
  std::vector<json> found;
  const json list = json::parse(kubectl({"get", "events.events.k8s.io", "-o", "json"}));
  for (const json& each : list["items"]) {
    if (each.value("reason", "") == reason) found.push_back(each);
  }
  return found;
}

}  // namespace mkb::e2e
