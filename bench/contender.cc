#include "bench/contender.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <csignal>
#include <cstdlib>

#include "e2e/lab/bridge.h"
#include "e2e/lab/http.h"
#include "e2e/lab/lab_error.h"
#include "e2e/lab/wait.h"

namespace mkb::bench {
namespace {

std::string beside(const char* program) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / program).string();
}

std::vector<std::string> bridge_command(const std::filesystem::path& dir, const ContenderOptions& options,
                                        const std::filesystem::path& port_file) {
  lab::BridgeConfig config;
  config.name = "bench";
  config.mqtt_servers = {fmt::format("mqtt://127.0.0.1:{}", options.mqtt_port)};
  config.mqtt = fmt::format("receiveMaximum: {}\n", options.receive_maximum);
  config.kafka_bootstrap = options.kafka_bootstrap;
  config.kafka = fmt::format("properties: {{linger.ms: \"{}\"}}\n", options.linger_ms);
  config.routes =
      fmt::format("- name: telemetry\n  filters: [\"{}\"]\n  topic: {}\n  key: \"${{topic[1]}}\"\n",
                  fmt::join(options.filters, "\", \""), options.kafka_topic);
  lab::write_file(dir / "bridge.yaml", lab::to_yaml(config));
  std::filesystem::remove(port_file);
  const char* chosen = std::getenv("MKB_DATAPLANE");
  return {chosen != nullptr ? chosen : beside("mkb-dataplane"),
          "--config",
          (dir / "bridge.yaml").string(),
          "--admin",
          "127.0.0.1:0",
          "--admin-port-file",
          port_file.string(),
          "--log-format",
          "text"};
}

std::vector<std::string> forwarder_command(const ContenderOptions& options) {
  std::vector<std::string> command = {beside("mkb-paho-forwarder"),
                                      "--mqtt-port",
                                      std::to_string(options.mqtt_port),
                                      "--kafka",
                                      options.kafka_bootstrap,
                                      "--kafka-topic",
                                      options.kafka_topic,
                                      "--receive-maximum",
                                      std::to_string(options.receive_maximum),
                                      "--linger-ms",
                                      options.linger_ms};
  for (const std::string& filter : options.filters) {
    command.insert(command.end(), {"--filter", filter});
  }
  return command;
}

}  // namespace

const char* name_of(Program program) {
  return program == Program::kBridge ? "bridge" : "paho forwarder";
}

Contender::Contender(Program program, const std::filesystem::path& dir, const ContenderOptions& options)
    : port_file_(dir / "admin.port"),
      process_(
          program == Program::kBridge ? bridge_command(dir, options, port_file_) : forwarder_command(options),
          dir / (program == Program::kBridge ? "bridge.log" : "forwarder.log")) {}

Contender::~Contender() = default;

void Contender::wait_subscribed() {
  // Both programs log it: the bridge for its one session.
  lab::wait_until(
      [this] {
        return !process_.running() || lab::read_file(process_.log()).find("ready") != std::string::npos;
      },
      std::chrono::seconds(20), "a subscription");
}

std::string Contender::metrics() const {
  const auto port = static_cast<std::uint16_t>(std::strtoul(lab::read_file(port_file_).c_str(), nullptr, 10));
  const auto reply = lab::http_get(port, "/metrics");
  return reply.status == 200 ? reply.body : std::string();
}

void Contender::terminate() {
  process_.signal(SIGTERM);
  if (!process_.wait(std::chrono::seconds(40))) {
    throw lab::LabError("it did not end after SIGTERM:\n" + lab::read_file(process_.log()));
  }
}

}  // namespace mkb::bench
