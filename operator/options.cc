#include "operator/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <map>
#include <random>

namespace mkb::operators {
namespace {

/// As client-go's examples: a name that no other process has, not even one on the same host.
std::string new_identity() {
  std::array<char, 256> host{};
  const bool named = gethostname(host.data(), host.size() - 1) == 0 && host[0] != '\0';
  std::random_device random;
  std::string identity = named ? host.data() : "operator";
  identity.push_back('_');
  for (int i = 0; i < 10; ++i) identity.push_back("0123456789abcdef"[random() % 16]);
  return identity;
}

void add_time(CLI::App& app, const std::string& name, std::uint64_t& ms, const std::string& text) {
  app.add_option(name, ms, text)
      ->transform(
          CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}, {"m", 60'000}},
                                CLI::AsNumberWithUnit::CASE_SENSITIVE, "TIME"))
      ->type_name("TIME");
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv, int& exit_code) {
  Options options;
  options.identity = new_identity();
  CLI::App app{
      "mkb-operator: watches MqttKafkaBridge resources and runs their data planes: a StatefulSet each, with "
      "the\n"
      "MQTT sessions (shards) spread over its pods.\n\n"
      "Signals: SIGTERM and SIGINT finish the reconciles under way and give the leadership up.\n"
      "Exit codes: 0 clean, 1 cannot start or lost the leadership, 2 bad usage."};
  app.option_defaults()->always_capture_default();
  app.set_version_flag("--version", std::string("mkb-operator " MKB_VERSION));
  app.add_option("--kubeconfig", options.kubeconfig,
                 "how to reach the API server; without it the pod's service account, or else $KUBECONFIG or\n"
                 "~/.kube/config")
      ->type_name("FILE");
  app.add_option("--namespace", options.name_space, "the one namespace to watch; empty: all")
      ->type_name("NAME");
  app.add_option("--dataplane-image", options.image,
                 "image of the data plane's pods, unless spec.pod.image says")
      ->type_name("IMAGE");
  app.add_option("--metrics", options.metrics, "address of /metrics; port 0: any free")
      ->type_name("HOST:PORT");
  app.add_option("--health", options.health, "address of /healthz and /readyz; port 0: any free")
      ->type_name("HOST:PORT");
  app.add_option("--ports-file", options.ports_file, "write the ports of metrics and health to this file")
      ->type_name("FILE");
  app.add_option("--workers", options.workers, "bridges reconciled at once")->check(CLI::Range(1, 64));
  app.add_option("--leader-elect", options.leader_elect, "wait for a Lease before writing anything");
  app.add_option("--lease-namespace", options.lease_namespace,
                 "namespace of that Lease; empty: the pod's own, else mkb-system")
      ->type_name("NAME");
  app.add_option("--lease-name", options.lease_name, "name of that Lease")->type_name("NAME");
  app.add_option("--identity", options.identity, "who holds that Lease; of each process another")
      ->type_name("NAME");
  std::uint64_t end_ms = 60'000;
  add_time(app, "--end-deadline", end_ms, "how long ending the MQTT sessions of a deleted bridge may take");
  std::uint64_t shutdown_ms = 30'000;
  add_time(app, "--shutdown-timeout", shutdown_ms, "how long reconciles under way may take after SIGTERM");
  const std::map<std::string, LogFormat> formats = {
      {"auto", LogFormat::kAuto}, {"text", LogFormat::kText}, {"json", LogFormat::kJson}};
  std::string format = "auto";
  app.add_option("--log-format", format, "auto: text on a terminal, JSON elsewhere")
      ->check(CLI::IsMember({"auto", "text", "json"}));
  std::string level = "info";
  app.add_option("--log-level", level, "least severe level to log")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  options.log_format = formats.at(format);
  options.log_level = spdlog::level::from_str(level);
  options.end_deadline = std::chrono::milliseconds(end_ms);
  options.shutdown_timeout = std::chrono::milliseconds(shutdown_ms);
  return options;
}

}  // namespace mkb::operators
