#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "e2e/lab/process.h"

namespace mkb::lab {

/// The parts of a bridge.yaml that tests vary; the YAML fragments are taken as they are, indented.
struct BridgeConfig {
  std::string name = "e2e";
  std::vector<std::string> mqtt_servers;
  std::string mqtt;  ///< more fields of spec.mqtt
  std::string kafka_bootstrap;
  std::string kafka;          ///< more fields of spec.kafka
  std::string routes;         ///< the list spec.mqttToKafka; empty: the field is absent
  std::string egress_routes;  ///< the list spec.kafkaToMqtt; empty: the field is absent
};
std::string to_yaml(const BridgeConfig& config);

struct BridgeOptions {
  /// Secret name -> key -> value, laid out as --secrets-dir has it.
  std::map<std::string, std::map<std::string, std::string>> secrets;
  std::vector<std::string> arguments;  ///< more command line
};

/// The program under test, mkb-dataplane, found beside the running program or at $MKB_DATAPLANE. It can be
/// started again after it ended: with the same name, so it resumes its MQTT sessions.
class Bridge {
 public:
  /// Without `yaml` there is no --config: the arguments say what to run.
  Bridge(const std::filesystem::path& dir, const std::string& yaml, BridgeOptions options = {},
         const std::string& name = "bridge");

  /// Starts the process and waits until its admin server answers.
  void start();
  /// Waits until /readyz answers 200.
  void wait_ready(std::chrono::milliseconds timeout = std::chrono::seconds(30));
  /// start() and wait_ready().
  void start_ready();
  /// SIGTERM, and how it ended; throws LabError when it has not within `timeout`.
  ExitStatus terminate(std::chrono::milliseconds timeout = std::chrono::seconds(40));
  /// SIGKILL.
  void kill();
  [[nodiscard]] Process& process() { return *process_; }
  [[nodiscard]] std::uint16_t admin_port() const { return admin_port_; }
  [[nodiscard]] std::string log_text() const { return read_file(dir_ / (name_ + ".log")); }

  /// /status.json; throws LabError when there is no answer.
  [[nodiscard]] nlohmann::json status() const;
  /// The entry of status()["routes"] with that name.
  [[nodiscard]] nlohmann::json route(const std::string& name) const;
  /// The value of every series of /metrics by its full name, labels included.
  [[nodiscard]] std::map<std::string, double> metrics() const;
  /// True when no route and no session has anything in flight.
  [[nodiscard]] bool idle() const;

 private:
  std::filesystem::path dir_;
  std::string name_;
  std::vector<std::string> command_;
  std::filesystem::path port_file_;
  std::unique_ptr<Process> process_;
  std::uint16_t admin_port_ = 0;
};

/// Runs mkb-dataplane with these arguments to its end.
Output run_bridge(const std::vector<std::string>& arguments,
                  std::chrono::milliseconds timeout = std::chrono::seconds(30));

/// Checks received = delivered + filtered + dead_lettered + dropped + in_flight for every route of a
/// status.json; says which route does not balance, or nothing.
std::string imbalance(const nlohmann::json& status);
/// The same over a scrape of /metrics. A scrape without any route is out of balance too.
std::string imbalance(const std::map<std::string, double>& metrics);
/// Reads the Prometheus text format.
std::map<std::string, double> parse_metrics(const std::string& text);

}  // namespace mkb::lab
