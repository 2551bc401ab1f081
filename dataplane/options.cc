#include "dataplane/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <utility>

namespace mkb::dataplane {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data() : "localhost";
}

/// What Kafka allows in a group.instance.id.
std::string instance_problem(const std::string& name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const bool good =
      !name.empty() && name.size() <= 128 && name.find_first_not_of(kAllowed) == std::string::npos;
  return good ? "" : "write 1 to 128 of a-z, A-Z, 0-9, ., _ and -";
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv, int& exit_code) {
  Options options;
  CLI::App app{
      "mkb-dataplane: carries MQTT messages to Apache Kafka, and Kafka records to MQTT. An MQTT message is\n"
      "acknowledged only after Kafka has its record on all in-sync replicas (acks=all); a Kafka offset is\n"
      "committed only after the MQTT broker's acknowledgement (PUBACK, PUBCOMP).\n\n"
      "Signals: SIGTERM and SIGINT drain (finish what is in flight, acknowledge, disconnect keeping the\n"
      "MQTT sessions); a second one ends the process at once.\n"
      "Exit codes: 0 clean, 1 cannot start, 2 bad usage or configuration, 3 drained too slowly (nothing is\n"
      "lost: the MQTT broker and Kafka deliver again)."};
  app.option_defaults()->always_capture_default();
  app.set_version_flag("--version", std::string("mkb-dataplane " MKB_VERSION));
  auto* what = app.add_option_group("what to run", "one of");
  auto* config = what->add_option("--config", options.config, "the MqttKafkaBridge resource, a YAML file")
                     ->type_name("FILE");
  auto* pod =
      what->add_flag("--pod", options.pod,
                     "run as a pod of a bridge: routes and shards come from the Kubernetes API, and what is\n"
                     "held is reported there");
  what->require_option(1);
  app.add_option("--pod-name", options.pod_name, "the pod's name, mkb-<bridge>-<number>")
      ->envname("POD_NAME")
      ->type_name("NAME");
  app.add_option("--pod-namespace", options.pod_namespace, "the pod's namespace")
      ->envname("POD_NAMESPACE")
      ->type_name("NAME");
  app.add_option("--pod-uid", options.pod_uid, "the pod's uid")->envname("POD_UID")->type_name("UID");
  app.add_option("--kubeconfig", options.kubeconfig,
                 "how to reach the Kubernetes API; without it $KUBECONFIG, then the pod's service account")
      ->type_name("FILE")
      ->needs(pod);
  auto* assignment =
      app.add_option(
             "--assignment", options.assignment,
             "for tests: own only what this file assigns, as an operator's assignment.json; it and the\n"
             "--config file are read again when they change")
          ->type_name("FILE")
          ->needs(config);
  app.add_option("--record", options.record,
                 "for tests: which shard has which filter, as an operator's filters.json; read again as well")
      ->type_name("FILE")
      ->needs(assignment);
  app.add_option("--report", options.report,
                 "for tests: write what is held, as a pod reports it to the operator, to this file")
      ->type_name("FILE")
      ->needs(assignment);
  app.add_option("--state-dir", options.state_directory,
                 "where the last routes and assignment are kept, for a start while the API is away")
      ->type_name("DIR");
  app.add_option("--secrets-dir", options.secrets_directory,
                 "where Secrets are: the key K of Secret NAME is the file DIR/NAME/K")
      ->type_name("DIR");
  app.add_option("--admin", options.admin, "address of metrics, health and the status page; port 0: any free")
      ->type_name("HOST:PORT");
  app.add_option("--admin-port-file", options.admin_port_file, "write the admin port to this file")
      ->type_name("FILE");
  options.instance = host_name();
  app.add_option(
         "--instance", options.instance,
         "name of this process among those of one bridge: its Kafka group membership and MQTT client\n"
         "of routes from Kafka to MQTT; the same after a restart")
      ->check(instance_problem)
      ->type_name("NAME");
  const std::map<std::string, LogFormat> formats = {
      {"auto", LogFormat::kAuto}, {"text", LogFormat::kText}, {"json", LogFormat::kJson}};
  std::string format = "auto";
  app.add_option("--log-format", format, "auto: text on a terminal, JSON elsewhere")
      ->check(CLI::IsMember({"auto", "text", "json"}));
  std::string level = "info";
  app.add_option("--log-level", level, "least severe level to log")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  std::uint64_t drain_ms = 25'000;
  app.add_option("--drain-timeout", drain_ms, "how long a drain may take")
      ->transform(
          CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}, {"m", 60'000}},
                                CLI::AsNumberWithUnit::CASE_SENSITIVE, "TIME"))
      ->type_name("TIME");
  app.add_flag("--check", options.check_only, "check the configuration and end: exit code 0 or 2")
      ->needs(config);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  if (options.pod) {
    for (const auto& [value, name] : {std::pair(&options.pod_name, "--pod-name (POD_NAME)"),
                                      std::pair(&options.pod_namespace, "--pod-namespace (POD_NAMESPACE)"),
                                      std::pair(&options.pod_uid, "--pod-uid (POD_UID)")}) {
      if (value->empty()) {
        std::fprintf(stderr, "--pod: %s is missing; the pod's manifest gives it through the downward API\n",
                     name);
        exit_code = 2;
        return std::nullopt;
      }
    }
    options.instance = options.pod_name;
  }
  options.log_format = formats.at(format);
  options.log_level = spdlog::level::from_str(level);
  options.drain_timeout = std::chrono::milliseconds(drain_ms);
  return options;
}

}  // namespace mkb::dataplane
