#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "cli/exit_code.h"
#include "cli/plan/plan_command.h"
#include "cli/top/top_command.h"
#include "cli/trial/test_command.h"
#include "cli/validation.h"

namespace mkb::cli {
namespace {

void add_access(CLI::App& command, ApiAccessOptions& access) {
  command
      .add_option("-n,--namespace", access.name_space, "the bridge's namespace; without it the kubeconfig's")
      ->type_name("NAME");
  command
      .add_option("--kubeconfig", access.kubeconfig,
                  "how to reach the Kubernetes API; without it $KUBECONFIG, the pod's service account,\n"
                  "~/.kube/config")
      ->type_name("FILE");
}

void add_output(CLI::App& command, bool& json) {
  command
      .add_option_function<std::string>(
          "-o,--output", [&json](const std::string& format) { json = format == "json"; },
          "text (what people read) or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
}

void add_validate(CLI::App& app, int& code, ValidateOptions& options) {
  CLI::App* command = app.add_subcommand(
      "validate", "checks resources, as mkb-dataplane --check and the operator do; needs no cluster");
  command->add_option("FILE", options.files, "a MqttKafkaBridge, YAML or JSON; - is the standard input")
      ->required()
      ->type_name("");
  command
      ->add_option("--secrets-dir", options.secrets_directory,
                   "check Secrets, too: the key K of Secret NAME is the file DIR/NAME/K")
      ->type_name("DIR");
  add_output(*command, options.json);
  command->callback([&code, &options] { code = run_validate(options); });
}

void add_plan(CLI::App& app, int& code, PlanOptions& options) {
  CLI::App* command = app.add_subcommand(
      "plan", "shows which pod gets which shards and filters, and what moves when it is scaled");
  command->footer(
      "The decisions are the operator's own. Of a file: what it would choose for a new bridge. By name: "
      "what\n"
      "is assigned in the cluster now, and what would move. Pods are taken to run, and new ones to come one\n"
      "after another: when several come at once, other shards may move, within the same bound.");
  CLI::Option* name = command->add_option("NAME", options.name, "a bridge in the cluster")->type_name("");
  CLI::Option* file =
      command->add_option("-f,--file", options.file, "a MqttKafkaBridge instead; - is the standard input")
          ->type_name("FILE")
          ->excludes(name);
  name->excludes(file);
  command
      ->add_option(
          "--replicas", options.replicas,
          "plan for so many pods; several times: one scaling after another.\nWithout it spec.replicas")
      ->check(CLI::Range(0, api::kMaxReplicas))
      ->allow_extra_args(false)
      ->type_name("N");
  command->add_option("--from", options.from, "what moves when there are N pods before")
      ->check(CLI::Range(1, api::kMaxReplicas))
      ->type_name("N")
      ->needs(file);
  add_access(*command, options.access);
  add_output(*command, options.json);
  command->callback([&code, &options] {
    if (options.file.empty() && options.name.empty()) {
      throw CLI::ValidationError("plan", "give the NAME of a bridge, or a file with -f");
    }
    code = run_plan(options);
  });
}

void add_top(CLI::App& app, int& code, TopOptions& options, std::uint64_t& interval_ms) {
  CLI::App* command = app.add_subcommand(
      "top", "shows bridges at work: condition, routes with their rates, pods and what they hold");
  command->footer(
      "Redrawn in a terminal until Ctrl-C, appended elsewhere. Rates are those between the last two reports "
      "of\n"
      "each pod; who may not read their Leases sees those between two statuses, 10 s apart.");
  command->add_option("NAME", options.name, "a bridge; without it every bridge of the namespace")
      ->type_name("");
  add_access(*command, options.access);
  command->add_flag("-A,--all-namespaces", options.access.all_namespaces, "bridges of all namespaces")
      ->excludes("NAME");
  command->add_flag("--once", options.once, "show one table and end; waits 4 s at most for rates");
  command->add_option("--interval", interval_ms, "time between two looks")
      ->transform(
          CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}, {"m", 60'000}},
                                CLI::AsNumberWithUnit::CASE_SENSITIVE, "TIME"))
      ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{3'600'000}).description(""))
      ->type_name("TIME");
  command->callback([&] {
    options.interval = std::chrono::milliseconds(interval_ms);
    code = run_top(options);
  });
}

void add_test(CLI::App& app, int& code, TestOptions& options) {
  CLI::App* command =
      app.add_subcommand("test", "shows what routes make of a message or a record; needs no server");
  command->footer(
      "It is the data plane's own code. Exit code 1: no route takes it, or one makes nothing of it.");
  command->add_option("-f,--file", options.file, "a MqttKafkaBridge; - is the standard input")
      ->required()
      ->type_name("FILE");
  auto* topic =
      command->add_option("--topic", options.message.topic, "of an MQTT message")->type_name("TOPIC");
  command->add_option("--payload", options.message.payload, "of the message")
      ->type_name("TEXT")
      ->needs(topic);
  command->add_option("--qos", options.message.qos, "that it is published with (default: 1)")
      ->check(CLI::Range(0, 2))
      ->type_name("QOS")
      ->needs(topic);
  command->add_flag("--retain", options.message.retain, "it is a retained message")->needs(topic);
  auto* record = command->add_option("--record-topic", options.record_topic, "of a Kafka record, instead")
                     ->type_name("TOPIC")
                     ->excludes(topic);
  command->add_option("--key", options.key, "of the record")->type_name("TEXT")->needs(record);
  command->add_option("--value", options.value, "of the record; without it a tombstone")
      ->type_name("TEXT")
      ->needs(record);
  command
      ->add_option("--header", options.headers,
                   "user property of the message or header of the record; several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command->callback([topic, record, &code, &options] {
    if (topic->empty() && record->empty()) {
      throw CLI::ValidationError("test", "give --topic of a message or --record-topic of a record");
    }
    code = run_test(options);
  });
}

}  // namespace
}  // namespace mkb::cli

int main(int argc, char** argv) {
  using namespace mkb::cli;
  // What a command has to say it prints; the libraries below log for programs that run long.
  spdlog::set_level(spdlog::level::off);
  CLI::App app{
      "mkbctl: looks at MqttKafkaBridge resources, in files and in a cluster. It changes nothing.\n\n"
      "Exit codes: 0 all is well, 1 problems found, 2 bad usage or it could not look."};
  app.set_version_flag("--version", std::string("mkbctl " MKB_VERSION));
  app.require_subcommand(1);
  int code = kOk;
  ValidateOptions validate;
  add_validate(app, code, validate);
  TestOptions test;
  add_test(app, code, test);
  PlanOptions plan;
  add_plan(app, code, plan);
  TopOptions top;
  std::uint64_t interval_ms = 2000;
  add_top(app, code, top, interval_ms);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kCannot;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mkbctl: %s\n", error.what());
    return kCannot;
  }
  return code;
}
