#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "base/log.h"
#include "kube/cpprest_transport.h"
#include "kube/kube_config.h"
#include "operator/operator_process.h"
#include "operator/options.h"

namespace mkb::operators {
namespace {

constexpr int kCannotStart = 1;

/// Of the signals that end the process, the next one within 100 ms; 0: none.
int next_signal(const sigset_t& signals) {
  const timespec wait{0, 100'000'000};
  const int signal = sigtimedwait(&signals, nullptr, &wait);
  return signal > 0 ? signal : 0;
}

/// The namespace of the Lease: said, or the pod's own.
std::string lease_namespace(const Options& options, const kube::KubeConfig& config) {
  if (!options.lease_namespace.empty()) return options.lease_namespace;
  const bool in_cluster = options.kubeconfig.empty() && std::getenv("KUBERNETES_SERVICE_HOST") != nullptr;
  return in_cluster ? config.name_space : "mkb-system";
}

int run(Options options, const sigset_t& signals) {
  auto config = kube::find_kube_config(options.kubeconfig);
  if (!config) {
    std::fprintf(stderr, "mkb-operator: %s\n", config.error().message().c_str());
    return kCannotStart;
  }
  options.lease_namespace = lease_namespace(options, *config);
  const SystemClock clock;
  spdlog::info("mkb-operator {} at {}", MKB_VERSION, config->server);
  kube::CpprestTransport transport(std::move(*config), clock);
  OperatorProcess process(std::move(options), transport, clock);
  if (auto started = process.start(); !started) {
    std::fprintf(stderr, "mkb-operator: %s\n", started.error().message().c_str());
    return kCannotStart;
  }
  int signal = 0;
  while ((signal = next_signal(signals)) == 0) {
    process.tick();
    if (process.is_over()) {
      // Another may lead already: nothing here may go on, not even to clean up.
      spdlog::error("lost the leadership; ending");
      spdlog::default_logger()->flush();
      std::_Exit(kCannotStart);
    }
  }
  process.stop();
  spdlog::info("stopped");
  return 0;
}

}  // namespace
}  // namespace mkb::operators

int main(int argc, char** argv) {
  int exit_code = 0;
  auto options = mkb::operators::parse_options(argc, argv, exit_code);
  if (!options) return exit_code;
  mkb::init_logging(options->log_format, options->log_level);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  // Before any thread exists, so that all of them inherit it and the signals come to sigtimedwait.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return mkb::operators::run(std::move(*options), signals);
}
