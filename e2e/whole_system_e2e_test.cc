#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <iostream>
#include <map>
#include <set>

#include "e2e/bridge_fixture.h"
#include "e2e/lab/http.h"
#include "e2e/lab/kube_server.h"
#include "e2e/lab/operator.h"

// The operator and real data planes together, on a real API server, mosquitto and Kafka. The test is the
// kubelet: it runs a process for each Pod, with the service account of the Pod.
namespace mkb::e2e {
namespace {

using nlohmann::json;

constexpr const char* kNamespace = "whole";
constexpr int kVehicles = 8;

/// Whether the broker has a session of that client (and keeps it): Session Present of a CONNECT that asks for
/// one.
bool has_session(std::uint16_t port, const std::string& client_id) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw lab::LabError("mosquitto does not answer");
  }
  std::string packet("\x00\x04MQTT\x04\x00\x00\x3c", 10);
  packet.push_back(0);
  packet.push_back(static_cast<char>(client_id.size()));
  packet += client_id;
  const std::string fixed = {'\x10', static_cast<char>(packet.size())};
  (void)!write(fd, (fixed + packet).data(), fixed.size() + packet.size());
  std::array<char, 4> connack{};
  const bool whole = recv(fd, connack.data(), connack.size(), MSG_WAITALL) == 4;
  (void)!write(fd, "\xe0\x00", 2);
  close(fd);
  if (!whole || connack[3] != 0) throw lab::LabError("mosquitto refused the test's CONNECT");
  return connack[2] == 1;
}

class WholeSystemE2eTest : public BridgeFixture {
 protected:
  WholeSystemE2eTest() : mosquitto_(dir(), {}), kube_(dir(), {true, {}}) {
    mosquitto_.start();
    kube_.start();
    admin().create_topic(topic(), 6);
    kube_.kubectl(
        {"apply", "--server-side", "-k", std::string(MKB_SOURCE_DIR) + "/manifests/overlays/cluster-wide"});
    kube_.kubectl(
        {"wait", "--for=condition=Established", "--timeout=30s", "crd/mqttkafkabridges.mqttkafka.io"});
    kube_.kubectl({"create", "namespace", kNamespace});
    operator_ = std::make_unique<lab::Operator>(
        dir(), kube_.write_kubeconfig("mkb-operator", token("mkb-system", "mkb-operator"), "mkb-system"));
    operator_->start();
  }

  std::string token(const std::string& name_space, const std::string& account) {
    std::string text = kube_.kubectl({"create", "token", account, "-n", name_space, "--duration=2h"});
    return text.substr(0, text.find_last_not_of("\n ") + 1);
  }

  json bridge(int replicas) const {
    json filters = json::array();
    for (int i = 0; i < kVehicles; ++i) filters.push_back("vehicles/car-" + std::to_string(i) + "/telemetry");
    return {
        {"apiVersion", "mqttkafka.io/v1alpha1"},
        {"kind", "MqttKafkaBridge"},
        {"metadata", {{"name", "fleet"}, {"namespace", kNamespace}}},
        {"spec",
         {{"replicas", replicas},
          {"shards", kVehicles},
          {"mqtt", {{"servers", {mosquitto_.uri()}}}},
          {"kafka", {{"bootstrapServers", {kafka().bootstrap()}}}},
          {"mqttToKafka",
           {{{"name", "telemetry"}, {"filters", filters}, {"topic", topic()}, {"key", "${topic[1]}"}}}}}}};
  }

  /// What a kubelet would do now.
  void run_kubelet() {
    const json pods = json::parse(kube_.kubectl({"get", "pods", "-n", kNamespace, "-o", "json"}));
    std::set<std::string> there;
    for (const json& pod : pods["items"]) {
      const std::string name = pod["metadata"]["name"];
      const std::string uid = pod["metadata"]["uid"];
      there.insert(uid);
      if (pod["metadata"].contains("deletionTimestamp")) {
        if (running_.contains(uid)) {
          EXPECT_EQ(running_.at(uid)->terminate().code, 0);
        }
        running_.erase(uid);
        kube_.kubectl(
            {"delete", "pod", "-n", kNamespace, name, "--grace-period=0", "--force", "--ignore-not-found"});
      } else if (!running_.contains(uid)) {
        start_pod(name, uid);
      } else {
        show_readiness(name, *running_.at(uid), pod);
      }
    }
    for (auto each = running_.begin(); each != running_.end();) {
      if (there.contains(each->first)) {
        ++each;
        continue;
      }
      // Never scheduled, so the API server removes it at once; its process still ends as it should.
      EXPECT_EQ(each->second->terminate().code, 0);
      each = running_.erase(each);
    }
  }

  void start_pod(const std::string& name, const std::string& uid) {
    const auto state = dir() / (uid + "-state");
    std::filesystem::create_directories(state);
    lab::BridgeOptions options;
    const auto kubeconfig = kube_.write_kubeconfig("pod", token(kNamespace, "mkb-fleet"), kNamespace);
    options.arguments = {"--pod",       "--pod-name", name,           "--pod-namespace",   kNamespace,
                         "--pod-uid",   uid,          "--kubeconfig", kubeconfig.string(), "--state-dir",
                         state.string()};
    running_[uid] = std::make_unique<lab::Bridge>(dir(), "", options, name + "-" + uid.substr(0, 4));
    running_[uid]->start();
  }

  void show_readiness(const std::string& name, const lab::Bridge& process, const json& pod) {
    const bool ready = lab::http_get(process.admin_port(), "/readyz").status == 200;
    const bool shown = pod["status"].value("phase", "") == "Running";
    if (!ready || shown) return;
    const json status{
        {"status",
         {{"phase", "Running"},
          {"conditions",
           {{{"type", "Ready"}, {"status", "True"}, {"lastTransitionTime", "2026-01-01T00:00:00Z"}}}}}}};
    kube_.kubectl({"patch", "pod", "-n", kNamespace, name, "--subresource=status", "--type=merge", "-p",
                   status.dump()});
  }

  json resource() {
    const auto output =
        kube_.try_kubectl({"get", "mkb", "fleet", "-n", kNamespace, "-o", "json"}, "", kube_.kubeconfig());
    const json object = json::parse(output.text, nullptr, false);
    return object.is_object() ? object : json::object();
  }

  void wait_ready(std::size_t pods) {
    lab::wait_until(
        [&] {
          run_kubelet();
          const json object = resource();
          std::map<std::string, std::string> conditions;
          for (const json& each : object.value(json::json_pointer("/status/conditions"), json::array())) {
            conditions[each["type"]] = each["status"];
          }
          return conditions["Ready"] == "True" && conditions["Reconciling"] == "False" &&
                 running_.size() == pods &&
                 object["status"]["observedGeneration"] == object["metadata"]["generation"];
        },
        120s, "the bridge to be ready with " + std::to_string(pods) + " pods");
  }

  void flows() {
    auto kafka_admin = admin();
    const auto before = kafka_admin.records(topic());
    lab::wait_until(
        [&] {
          run_kubelet();
          return kafka_admin.records(topic()) >= before + 1'000;
        },
        60s, "records to arrive");
  }

  lab::Mosquitto mosquitto_;
  lab::KubeServer kube_;
  std::unique_ptr<lab::Operator> operator_;
  std::map<std::string, std::unique_ptr<lab::Bridge>> running_;  ///< by the Pod's uid
};

TEST_F(WholeSystemE2eTest, ScalesUnderLoadRollsAndEndsItsSessions) {
  kube_.kubectl({"apply", "--validate=strict", "-f", "-"}, bridge(1).dump());
  wait_ready(1);
  lab::FleetOptions options;
  options.uri = mosquitto_.uri();
  options.vehicles = kVehicles;
  options.messages_per_second = 1'000;
  lab::Fleet fleet(options);
  fleet.start();
  flows();

  kube_.kubectl({"scale", "mkb/fleet", "-n", kNamespace, "--replicas=3"});
  wait_ready(3);
  flows();
  kube_.kubectl({"scale", "mkb/fleet", "-n", kNamespace, "--replicas=2"});
  wait_ready(2);
  flows();
  json changed = bridge(2);
  changed["spec"]["mqtt"]["keepAlive"] = "20s";  // what a running pod cannot take over
  kube_.kubectl({"apply", "--validate=strict", "-f", "-"}, changed.dump());
  wait_ready(2);
  flows();

  fleet.stop();
  fleet.join();
  auto kafka_admin = admin();
  lab::wait_until(
      [&] {
        run_kubelet();
        return static_cast<std::uint64_t>(kafka_admin.records(topic())) >= fleet.sent();
      },
      60s, "everything to be in Kafka");
  lab::wait_until(
      [&] {
        run_kubelet();
        return resource()["status"]["routes"][0].value("received", 0) > 0;
      },
      30s, "the totals of the pods to be in the status");
  const auto totals = audit(fleet);
  std::cout << fleet.sent() << " sent, " << totals.duplicated << " duplicated\n"
            << kube_.kubectl({"get", "mkb", "-n", kNamespace, "-o", "wide"});
  expect_balanced(totals, 0);

  const std::string uid = resource()["metadata"]["uid"];
  const std::string client = "mkb-" + uid + "-";
  kube_.kubectl({"delete", "mkb", "fleet", "-n", kNamespace, "--wait=false"});
  lab::wait_until(
      [&] {
        run_kubelet();
        return resource().empty() || !resource().contains("metadata");
      },
      50s, "the resource to go");
  for (int shard = 0; shard < kVehicles; ++shard) {
    EXPECT_FALSE(has_session(mosquitto_.port(), client + std::to_string(shard))) << "shard " << shard;
  }
}

}  // namespace
}  // namespace mkb::e2e
