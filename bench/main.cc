#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/pipeline.h"
#include "bench/report.h"
#include "bench/saturation.h"
#include "e2e/lab/interrupt.h"
#include "e2e/lab/process.h"

// ./mkb bench: every scenario is measured in turn, and that several times, so that a disturbance of the
// machine does not hit one scenario alone.

namespace mkb::bench {
namespace {

struct Plan {
  Scenario scenario;
  std::function<PipelineResult()> measure;
};

void say(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

Plan saturated(const std::string& name, Program program, int sessions, int receive_maximum) {
  SaturationOptions options;
  options.sessions = sessions;
  options.receive_maximum = receive_maximum;
  return {{"(b) " + name, program, {}}, [program, options] {
            PipelineResult result;
            result.throughput = measure_saturation(program, options);
            return result;
          }};
}

Plan piped(std::optional<Pipeline>& pipeline, const std::string& name, Program program, double rate,
           const std::string& linger_ms) {
  PipelineOptions options;
  options.rate = rate;
  options.linger_ms = linger_ms;
  return {{"(a) " + name, program, {}},
          [&pipeline, program, options] { return pipeline->measure(program, options); }};
}

std::vector<Plan> make_plans(std::optional<Pipeline>& pipeline, const std::string& which) {
  std::vector<Plan> plans;
  if (which != "a") {
    plans.push_back(saturated("bridge, window 10000", Program::kBridge, 1, 10'000));
    plans.push_back(saturated("bridge, window 1000", Program::kBridge, 1, 1000));
    plans.push_back(saturated("bridge, 8 sessions of window 1000", Program::kBridge, 8, 1000));
    plans.push_back(saturated("Paho forwarder, window 10000", Program::kForwarder, 1, 10'000));
  }
  if (which != "b") {
    plans.push_back(piped(pipeline, "bridge, all that gets through", Program::kBridge, 0, "5"));
    plans.push_back(piped(pipeline, "Paho forwarder, all that gets through", Program::kForwarder, 0, "5"));
    for (const char* linger : {"5", "1", "0"}) {
      plans.push_back(piped(pipeline, fmt::format("bridge, 10k msg/s, linger {} ms", linger),
                            Program::kBridge, 10'000, linger));
    }
    plans.push_back(
        piped(pipeline, "Paho forwarder, 10k msg/s, linger 5 ms", Program::kForwarder, 10'000, "5"));
  }
  return plans;
}

/// How many times the CPU of one scenario another needs; nothing unless both were measured.
std::string ratio(const std::vector<Scenario>& scenarios, const std::string& bridge,
                  const std::string& forwarder) {
  double costs[2] = {0, 0};
  for (const Scenario& scenario : scenarios) {
    for (int i = 0; i < 2; ++i) {
      if (scenario.name == (i == 0 ? bridge : forwarder) && !scenario.results.empty()) {
        costs[i] = medians(scenario.results).throughput.cpu_microseconds;
      }
    }
  }
  return costs[0] == 0 || costs[1] == 0 ? std::string()
                                        : fmt::format("{}: the Paho forwarder needs {:.1f} times the CPU\n",
                                                      bridge, costs[1] / costs[0]);
}

int run(const std::string& which, const std::string& only, int repetitions, const std::string& json_file) {
  std::optional<Pipeline> pipeline;
  std::vector<Plan> plans = make_plans(pipeline, which);
  plans.erase(std::remove_if(
                  plans.begin(), plans.end(),
                  [&only](const Plan& plan) { return plan.scenario.name.find(only) == std::string::npos; }),
              plans.end());
  if (which != "b") {
    say("starting Apache Kafka and warming it up\n");
    pipeline.emplace();
    PipelineOptions warm_up;
    static_cast<void>(pipeline->measure(Program::kBridge, warm_up));
  }
  for (int i = 0; i < repetitions; ++i) {
    for (Plan& plan : plans) {
      const PipelineResult& result = plan.scenario.results.emplace_back(plan.measure());
      say(fmt::format("{}/{}  {:44} {}\n", i + 1, repetitions, plan.scenario.name, describe(result)));
    }
  }
  std::vector<Scenario> scenarios;
  for (Plan& plan : plans) {
    scenarios.push_back(std::move(plan.scenario));
  }
  say("\n" + table(scenarios) + "\n");
  say(ratio(scenarios, "(b) bridge, window 10000", "(b) Paho forwarder, window 10000"));
  say(ratio(scenarios, "(a) bridge, all that gets through", "(a) Paho forwarder, all that gets through"));
  say(ratio(scenarios, "(a) bridge, 10k msg/s, linger 5 ms", "(a) Paho forwarder, 10k msg/s, linger 5 ms"));
  if (!json_file.empty()) {
    lab::write_file(json_file, to_json(scenarios).dump(2) + "\n");
  }
  return 0;
}

}  // namespace
}  // namespace mkb::bench

int main(int argc, char** argv) {
  CLI::App app{
      "Measures the bridge: CPU time per message, messages per second, latency.\n"
      "(a) mosquitto -> bridge -> Apache Kafka; (b) synthetic broker -> bridge -> mock Kafka, at "
      "saturation.\n"
      "The CPU time is that of the bridge's process alone. QoS 1, payloads of 256 bytes."};
  app.option_defaults()->always_capture_default();
  std::string which = "all";
  int repetitions = 3;
  std::string only;
  std::string json_file;
  app.add_option("--case", which, "what to measure")->check(CLI::IsMember({"a", "b", "all"}));
  app.add_option("--only", only, "measure only what has this text in its name, such as bridge");
  app.add_option("--repetitions", repetitions, "of every measurement; medians are shown")
      ->check(CLI::Range(1, 100));
  app.add_option("--json", json_file, "write all numbers to this file");
  CLI11_PARSE(app, argc, argv);
  mkb::lab::catch_interrupts();
  try {
    return mkb::bench::run(which, only, repetitions, json_file);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mkb-bench: %s\n", error.what());
    return 1;
  }
}
