#include "e2e/lab/bridge.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <sstream>

#include "e2e/lab/http.h"
#include "e2e/lab/interrupt.h"
#include "e2e/lab/lab_error.h"
#include "e2e/lab/wait.h"

namespace mkb::lab {
namespace {

std::string program() {
  const char* chosen = std::getenv("MKB_DATAPLANE");
  return chosen != nullptr
             ? chosen
             : (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "mkb-dataplane").string();
}

std::string indented(const std::string& lines, const std::string& by) {
  std::istringstream in(lines);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(' ') != std::string::npos) out += by + line + "\n";
  }
  return out;
}

std::string list(const std::string& field, const std::string& routes) {
  return routes.empty() ? "" : "  " + field + ":\n" + indented(routes, "  ");
}

std::string tail(const std::string& text) {
  return text.size() > 3000 ? text.substr(text.size() - 3000) : text;
}

}  // namespace

std::string to_yaml(const BridgeConfig& config) {
  return fmt::format(
      "apiVersion: mqttkafka.io/v1alpha1\n"
      "kind: MqttKafkaBridge\n"
      "metadata:\n  name: {}\n"
      "spec:\n"
      "  mqtt:\n    servers: [{}]\n{}"
      "  kafka:\n    bootstrapServers: [{}]\n{}{}{}",
      config.name, fmt::join(config.mqtt_servers, ", "), indented(config.mqtt, "    "),
      config.kafka_bootstrap, indented(config.kafka, "    "), list("mqttToKafka", config.routes),
      list("kafkaToMqtt", config.egress_routes));
}

Bridge::Bridge(const std::filesystem::path& dir, const std::string& yaml, BridgeOptions options,
               const std::string& name)
    : dir_(dir), name_(name), port_file_(dir / (name + ".port")) {
  const auto config = dir / (name + ".yaml");
  const auto secrets = dir / (name + "-secrets");
  if (!yaml.empty()) write_file(config, yaml);
  for (const auto& [secret, keys] : options.secrets) {
    std::filesystem::create_directories(secrets / secret);
    for (const auto& [key, value] : keys) write_file(secrets / secret / key, value);
  }
  command_ = {program(),           "--secrets-dir",     secrets.string(), "--admin", "127.0.0.1:0",
              "--admin-port-file", port_file_.string(), "--log-format",   "text"};
  if (!yaml.empty()) command_.insert(command_.end(), {"--config", config.string()});
  command_.insert(command_.end(), options.arguments.begin(), options.arguments.end());
}

void Bridge::start() {
  std::filesystem::remove(port_file_);
  process_ = std::make_unique<Process>(command_, dir_ / (name_ + ".log"));
  const bool up = eventually(
      [this] {
        throw_if_interrupted();
        admin_port_ = static_cast<std::uint16_t>(std::strtoul(read_file(port_file_).c_str(), nullptr, 10));
        return !process_->running() || (admin_port_ != 0 && http_get(admin_port_, "/healthz").status == 200);
      },
      std::chrono::seconds(20));
  if (!up || !process_->running()) {
    throw LabError("the bridge " + std::string(up ? "ended at its start" : "has no admin server") + ":\n" +
                   tail(log_text()));
  }
}

void Bridge::wait_ready(std::chrono::milliseconds timeout) {
  HttpReply last;
  const auto answers_ready = [&] {
    throw_if_interrupted();
    return (last = http_get(admin_port_, "/readyz")).status == 200;
  };
  if (!eventually(answers_ready, timeout)) {
    throw LabError("the bridge is not ready: " + last.body + "\n" + tail(log_text()));
  }
}

void Bridge::start_ready() {
  start();
  wait_ready();
}

ExitStatus Bridge::terminate(std::chrono::milliseconds timeout) {
  process_->signal(SIGTERM);
  const auto status = process_->wait(timeout);
  if (!status) throw LabError("the bridge did not end after SIGTERM:\n" + tail(log_text()));
  return *status;
}

void Bridge::kill() {
  process_->kill();
}

nlohmann::json Bridge::status() const {
  const auto reply = http_get(admin_port_, "/status.json");
  if (reply.status != 200)
    throw LabError(fmt::format("/status.json: HTTP status {} {}", reply.status, reply.body));
  return nlohmann::json::parse(reply.body);
}

nlohmann::json Bridge::route(const std::string& name) const {
  const auto all = status();
  for (const auto& route : all.at("routes")) {
    if (route.at("name") == name) return route;
  }
  throw LabError("/status.json has no route " + name);
}

std::map<std::string, double> Bridge::metrics() const {
  const auto reply = http_get(admin_port_, "/metrics");
  if (reply.status != 200)
    throw LabError(fmt::format("/metrics: HTTP status {} {}", reply.status, reply.body));
  return parse_metrics(reply.body);
}

bool Bridge::idle() const {
  const auto now = status();
  for (const auto* list : {"routes", "sessions"}) {
    for (const auto& entry : now.at(list)) {
      if (entry.at("in_flight") != 0) return false;
    }
  }
  return true;
}

Output run_bridge(const std::vector<std::string>& arguments, std::chrono::milliseconds timeout) {
  std::vector<std::string> command = {program()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, timeout);
}

std::string imbalance(const nlohmann::json& status) {
  std::string found;
  for (const auto& route : status.at("routes")) {
    const auto count = [&route](const char* field) { return route.at(field).get<std::uint64_t>(); };
    std::uint64_t accounted =
        count("delivered") + count("filtered") + count("dead_lettered") + count("in_flight");
    for (const auto& [reason, dropped] : route.at("dropped").items())
      accounted += dropped.get<std::uint64_t>();
    if (accounted != count("received")) {
      found += fmt::format("route {}: received {} but accounted for {}: {}\n", route.at("name").dump(),
                           count("received"), accounted, route.dump());
    }
  }
  return found;
}

std::string imbalance(const std::map<std::string, double>& metrics) {
  // Per route: + received, - everything that accounts for it.
  const std::map<std::string, int> signs = {
      {"mkb_messages_received_total", 1},  {"mkb_messages_delivered_total", -1},
      {"mkb_messages_filtered_total", -1}, {"mkb_messages_dead_lettered_total", -1},
      {"mkb_messages_dropped_total", -1},  {"mkb_messages_in_flight", -1}};
  std::map<std::string, double> balance;
  for (const auto& [series, value] : metrics) {
    const auto brace = series.find('{');
    const auto sign = signs.find(series.substr(0, brace));
    const auto route = series.find("route=\"");
    if (sign == signs.end() || route == std::string::npos) continue;
    balance[series.substr(route, series.find('"', route + 7) - route)] += sign->second * value;
  }
  if (balance.empty()) return "no route in the metrics";
  std::string found;
  for (const auto& [route, difference] : balance) {
    if (difference != 0) found += fmt::format("{}: {} messages are not accounted for\n", route, difference);
  }
  return found;
}

std::map<std::string, double> parse_metrics(const std::string& text) {
  std::map<std::string, double> series;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const auto space = line.rfind(' ');
    if (line.empty() || line[0] == '#' || space == std::string::npos) continue;
    series[line.substr(0, space)] = std::strtod(line.c_str() + space, nullptr);
  }
  return series;
}

}  // namespace mkb::lab
