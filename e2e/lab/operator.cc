#include "e2e/lab/operator.h"

#include <csignal>
#include <cstdlib>
#include <sstream>

#include "e2e/lab/http.h"
#include "e2e/lab/lab_error.h"
#include "e2e/lab/wait.h"

namespace mkb::lab {
namespace {

std::string program() {
  if (const char* chosen = std::getenv("MKB_OPERATOR"); chosen != nullptr) return chosen;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "mkb-operator";
}

}  // namespace

Operator::Operator(const std::filesystem::path& dir, std::filesystem::path kubeconfig, std::string name,
                   std::vector<std::string> arguments)
    : dir_(dir),
      kubeconfig_(std::move(kubeconfig)),
      name_(std::move(name)),
      arguments_(std::move(arguments)) {}

void Operator::start() {
  const auto ports = dir_ / (name_ + ".ports");
  std::filesystem::remove(ports);
  std::vector<std::string> command = {program(),
                                      "--kubeconfig=" + kubeconfig_.string(),
                                      "--metrics=127.0.0.1:0",
                                      "--health=127.0.0.1:0",
                                      "--ports-file=" + ports.string(),
                                      "--identity=" + name_,
                                      "--log-format=json"};
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  process_ = std::make_unique<Process>(command, dir_ / (name_ + ".log"));
  wait_until(
      [&] {
        if (!process_->running()) throw LabError(name_ + " ended at once:\n" + log_text());
        return static_cast<bool>(std::istringstream(read_file(ports)) >> metrics_port_ >> health_port_);
      },
      std::chrono::seconds(30), name_ + " to open its ports");
}

ExitStatus Operator::terminate(std::chrono::milliseconds timeout) {
  process_->signal(SIGTERM);
  const auto status = process_->wait(timeout);
  if (!status) throw LabError(name_ + " has not ended after SIGTERM");
  return *status;
}

std::map<std::string, double> Operator::metrics() const {
  std::map<std::string, double> series;
  std::istringstream lines(http_get(metrics_port_, "/metrics").body);
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.rfind(' ');
    if (!line.starts_with('#') && space != std::string::npos)
      series[line.substr(0, space)] = std::stod(line.substr(space));
  }
  return series;
}

bool Operator::leads() const {
  const auto all = metrics();
  const auto found = all.find("leader_election_master_status{name=\"mkb-operator\"}");
  return found != all.end() && found->second == 1;
}

double Operator::writes() const {
  double sum = 0;
  for (const auto& [name, value] : metrics()) {
    if (name.starts_with("rest_client_requests_total{") && name.find("method=\"GET\"") == std::string::npos)
      sum += value;
  }
  return sum;
}

int Operator::health(const std::string& path) const {
  return http_get(health_port_, path).status;
}

}  // namespace mkb::lab
