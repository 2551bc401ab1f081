// mkb-cluster-demo: a bridge in a Kubernetes cluster, scaled while messages flow. `./mkb demo --cluster`
// makes the cluster and runs it.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "e2e/cluster/operator_installation.h"
#include "e2e/cluster/settled.h"
#include "e2e/cluster/silence.h"
#include "e2e/cluster/test_servers.h"
#include "e2e/demo/cluster_view.h"
#include "e2e/demo/narration.h"
#include "e2e/lab/fleet.h"
#include "e2e/lab/interrupt.h"
#include "e2e/lab/kafka_admin.h"
#include "e2e/lab/kafka_reader.h"
#include "e2e/lab/process.h"
#include "e2e/lab/temp_dir.h"
#include "e2e/lab/wait.h"

namespace mkb::demo {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using nlohmann::json;

struct Options {
  double seconds = 10;  ///< with one pod, and again with all of them
  int vehicles = 24;
  int pods = 4;
  double rate = 2000;
};

constexpr const char* kExample = "examples/fleet.yaml";
constexpr const char* kNamespace = "default";
constexpr const char* kTopic = "telemetry";

/// The story, from an empty cluster to the accounts.
class Story {
 public:
  explicit Story(Options options) : options_(options), dir_("cluster-demo") {}

  int tell() {
    set_up();
    begin();
    try {
      watch([&] { return seconds_since(fleet_started_) >= options_.seconds; });
      kubectl({"scale", "mkb/fleet", "--replicas=" + std::to_string(options_.pods)});
      watch([&] { return settled(options_.pods); });
      scaled_ = settled(options_.pods);
      if (!scaled_) print("The bridge did not get ready with {} pods.\n", options_.pods);
      const auto all_there = Clock::now();
      watch([&] { return seconds_since(all_there) >= options_.seconds; });
      kubectl({"get", "mkb"});
      kubectl({"get", "pods", "-l", "app.kubernetes.io/instance=fleet"});
      mkbctl({"top", "fleet", "--once"});
    } catch (const lab::Interrupted&) {
      // Ctrl-C: the accounts are settled all the same, of what there was.
      scaled_ = true;
    }
    const bool good = settle();
    kubectl({"delete", "-f", kExample});
    return good && scaled_ ? 0 : 1;
  }

 private:
  void kubectl(const std::vector<std::string>& arguments) {
    show_command("kubectl", arguments);
    print("{}\n", cluster_.kubectl(arguments));
  }

  // The one that was built with this program.
  static void mkbctl(const std::vector<std::string>& arguments) {
    show_command("mkbctl", arguments);
    std::vector<std::string> command{
        std::filesystem::read_symlink("/proc/self/exe").replace_filename("mkbctl")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    print("{}\n", lab::run(command, 30s).text);
  }

  static void show_command(const char* program, const std::vector<std::string>& arguments) {
    std::string line = std::string("$ ") + program;
    for (const auto& word : arguments) line += " " + word;
    const bool terminal = ::isatty(STDOUT_FILENO) != 0;
    print("\n{}{}{}\n", terminal ? "\x1b[1m" : "", line, terminal ? "\x1b[0m" : "");
  }

  void set_up() {
    print(
        "\nLook at it from another terminal:\n  MKB_CLUSTER_DIR=build/cluster-demo {} kubectl get mkb -w\n\n",
        "e2e/local/cluster");
    step("mosquitto and Apache Kafka, as Services",
         [&] { servers_ = std::make_unique<e2e::TestServers>(cluster_, dir_.path(), kNamespace); });
    lab::KafkaAdmin admin(servers_->bootstrap());
    admin.create_topic(kTopic, 6, {{"message.timestamp.type", "LogAppendTime"}});
    admin.create_topic("telemetry.dlq", 1);
    const e2e::OperatorInstallation installation(cluster_);
    print("\n$ kubectl apply --server-side -k {}\n{}", e2e::OperatorInstallation::kManifests,
          installation.apply(""));
    step("the operator, two pods", [&] { installation.wait(2); });
    kubectl({"apply", "-f", kExample});
    step("the bridge, one pod",
         [&] { lab::wait_until([&] { return settled(1); }, 90s, "the bridge to be ready", 300ms); });
    step("Kafka, warmed up", [&] { servers_->wait_warm(); });
    kubectl({"get", "mkb"});
  }

  void begin() {
    lab::FleetOptions options;
    options.uri = servers_->mqtt_uri();
    options.vehicles = options_.vehicles;
    options.messages_per_second = options_.rate;
    const json bridge = cluster_.get(kube::kBridges, "fleet", kNamespace);
    for (const std::string filter : bridge["spec"]["mqttToKafka"][0]["filters"]) {
      // vehicles/<depot>/+/telemetry
      const auto from = filter.find('/') + 1;
      options.depots.push_back(filter.substr(from, filter.find('/', from) - from));
    }
    print("{} vehicles in {} depots begin to publish {:g} messages/s, QoS 1.\n\n", options.vehicles,
          options.depots.size(), options.messages_per_second);
    fleet_ = std::make_unique<lab::Fleet>(options);
    fleet_started_ = Clock::now();
    fleet_->start();
  }

  [[nodiscard]] bool settled(int pods) const {
    return e2e::is_settled(cluster_.get(kube::kBridges, "fleet", kNamespace), pods);
  }

  // A line a second, until `enough`.
  template <class Enough>
  void watch(Enough enough) {
    lab::KafkaAdmin admin(servers_->bootstrap());
    const auto deadline = Clock::now() + std::chrono::duration<double>(options_.seconds) + 120s;
    for (bool done = false; !done && Clock::now() < deadline;) {
      const auto next = Clock::now() + 1s;
      ClusterSample sample;
      // Kafka first: what it has was sent before, so the picture never shows more arrived than sent.
      sample.in_kafka = static_cast<std::uint64_t>(admin.records(kTopic));
      sample.sent = fleet_->sent();
      sample.seconds = seconds_since(fleet_started_);
      const auto maps = cluster_.try_kubectl(
          {"get", "configmaps", "-n", kNamespace, "-l", "app.kubernetes.io/instance=fleet", "-o", "json"});
      const json parsed = json::parse(maps.text, nullptr, false);
      enter(sample, cluster_.get(kube::kBridges, "fleet", kNamespace),
            parsed.is_object() ? parsed : json::object());
      print("{}", view_.render(sample));
      done = enough();
      lab::wait_until([&] { return Clock::now() >= next; }, 2s, "the next second");
    }
  }

  bool settle() {
    lab::clear_interrupt();
    print("Stopping the fleet and waiting until everything has arrived (Ctrl-C again: at once).\n");
    fleet_->stop();
    fleet_->join();
    std::vector<lab::KafkaRecord> records;
    lab::Ledger::Totals totals;
    const bool arrived = lab::eventually(
        [&] {
          lab::throw_if_interrupted();
          records = lab::read_topic(servers_->bootstrap(), kTopic);
          totals = fleet_->ledger(records).totals();
          return totals.lost == 0;
        },
        60s, 500ms);
    if (!arrived) print("Not everything arrived within 60 s.\n");
    print("\nLedger of {} MQTT topics, every message numbered:\n{}", totals.topics, lab::to_table(totals));
    const auto silence = e2e::longest_silence(records);
    print("  longest silence of a topic: {} ms, {}\n", silence.longest.count(), silence.topic);
    return totals.lost == 0 && totals.invented == 0 && totals.out_of_order == 0 && totals.sent > 0;
  }

  Options options_;
  e2e::ClusterHandle cluster_;
  lab::TempDir dir_;
  std::unique_ptr<e2e::TestServers> servers_;
  std::unique_ptr<lab::Fleet> fleet_;
  Clock::time_point fleet_started_;
  ClusterView view_;
  bool scaled_ = false;
};

}  // namespace
}  // namespace mkb::demo

int main(int argc, char** argv) {
  mkb::demo::Options options;
  CLI::App app("MqttKafkaBridge in a Kubernetes cluster (KUBECONFIG), scaled while messages flow");
  app.add_option("--seconds", options.seconds, "how long to watch one pod, and then all of them")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--vehicles", options.vehicles, "size of the fleet")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--pods", options.pods, "how many pods to scale to")
      ->check(CLI::Range(2, 12))
      ->capture_default_str();
  app.add_option("--rate", options.rate, "messages per second of the whole fleet")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  return mkb::demo::run_to_end([&] { return mkb::demo::Story(options).tell(); });
}
