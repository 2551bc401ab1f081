#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "api/problem.h"
#include "api/yaml_codec.h"
#include "base/log.h"
#include "dataplane/admin/admin_server.h"
#include "dataplane/admin/listen_address.h"
#include "dataplane/bridge.h"
#include "dataplane/options.h"
#include "dataplane/pod/file_inputs.h"
#include "dataplane/pod/kube_inputs.h"
#include "dataplane/pod/lease_writer.h"
#include "dataplane/pod/pod_lease.h"
#include "dataplane/pod/pod_runtime.h"
#include "dataplane/pod/whole_file.h"
#include "kube/api_client.h"
#include "kube/cpprest_transport.h"
#include "kube/kube_config.h"

namespace mkb::dataplane {
namespace {

constexpr int kCannotStart = 1;
constexpr int kBadConfiguration = 2;
constexpr int kDrainedTooSlowly = 3;

/// Runs until drained; the first SIGTERM or SIGINT drains, the second ends the process at once. `Work` is a
/// Bridge or a PodRuntime.
template <class Work>
class Process {
 public:
  Process(boost::asio::io_context& io, Work& work, Duration drain_timeout)
      : io_(io), work_(work), drain_timeout_(drain_timeout), signals_(io, SIGTERM, SIGINT) {}

  int run(AdminServer& admin) {
    wait_for_signal();
    work_.start();
    while (!outcome_) {
      io_.run_one();
    }
    // While the admin server waits for a snapshot, somebody must answer it: it stops on a thread of its own.
    std::thread stopping([this, &admin] {
      admin.stop();
      boost::asio::post(io_, [this] { admin_stopped_ = true; });
    });
    while (!admin_stopped_) {
      io_.run_one();
    }
    stopping.join();
    if (!outcome_->in_time) {
      spdlog::warn("the drain took too long: {} unconfirmed; the MQTT broker and Kafka deliver them again",
                   outcome_->unconfirmed);
      return kDrainedTooSlowly;
    }
    spdlog::info("drained");
    return 0;
  }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& ec, int signal) {
      if (ec) {
        return;
      }
      if (draining_) {
        std::_Exit(128 + signal);
      }
      draining_ = true;
      work_.drain(drain_timeout_, [this](DrainOutcome outcome) { outcome_ = outcome; });
      wait_for_signal();
    });
  }

  boost::asio::io_context& io_;
  Work& work_;
  Duration drain_timeout_;
  boost::asio::signal_set signals_;
  bool draining_ = false;
  bool admin_stopped_ = false;
  std::optional<DrainOutcome> outcome_;
};

std::optional<api::BridgeSpec> read_configuration(const Options& options, int& exit_code) {
  const auto text = read_whole(options.config);
  if (!text) {
    std::fprintf(stderr, "%s: cannot be read\n", options.config.c_str());
    exit_code = kBadConfiguration;
    return std::nullopt;
  }
  api::ParseOutcome outcome = api::parse_bridge(*text, options.config);
  std::fputs(api::render(outcome.warnings, "warning: ").c_str(), stderr);
  if (!outcome.spec) {
    std::fputs(api::render(outcome.problems).c_str(), stderr);
    exit_code = kBadConfiguration;
  }
  return std::move(outcome.spec);
}

template <class Work>
int run(const Options& options, boost::asio::io_context& io, Work& work) {
  const auto listen = parse_listen_address(options.admin);
  if (!listen) {
    std::fprintf(stderr, "--admin: %s\n", listen.error().message().c_str());
    return kBadConfiguration;
  }
  AdminServer admin([&work](std::chrono::milliseconds timeout) { return work.wait_for_snapshot(timeout); });
  const auto port = admin.start(listen->host, listen->port);
  if (!port) {
    std::fprintf(stderr, "--admin: %s\n", port.error().message().c_str());
    return kCannotStart;
  }
  spdlog::info("admin listening on http://{}:{}", listen->host.empty() ? "0.0.0.0" : listen->host, *port);
  if (!options.admin_port_file.empty()) {
    std::ofstream(options.admin_port_file) << *port << '\n';
  }
  const int code = Process<Work>(io, work, options.drain_timeout).run(admin);
  // Everything is acknowledged or left to the brokers: taking the rest apart could only take time (a resolver
  // that does not answer, a probe under way) while nobody handles signals any more.
  spdlog::default_logger()->flush();
  std::_Exit(code);
}

int run_alone(const Options& options, api::BridgeSpec spec) {
  const SystemClock clock;
  boost::asio::io_context io(1);
  auto bridge = Bridge::create(io, std::move(spec), options.secrets_directory, options.instance, clock);
  if (!bridge) {
    std::fprintf(stderr, "%s: %s\n", options.config.c_str(), bridge.error().message().c_str());
    return kBadConfiguration;
  }
  if (options.check_only) {
    std::printf("%s: valid\n", options.config.c_str());
    return 0;
  }
  return run(options, io, **bridge);
}

PodRuntimeOptions runtime_options(const Options& options) {
  PodRuntimeOptions made;
  made.secrets_directory = options.secrets_directory;
  made.instance = options.instance;
  if (!options.state_directory.empty()) {
    made.state_file = std::filesystem::path(options.state_directory) / "assignment-state.json";
  }
  return made;
}

int run_by_files(const Options& options) {
  const SystemClock clock;
  boost::asio::io_context io(1);
  PodRuntime runtime(io, runtime_options(options), clock,
                     [&io, &options](const api::PodReport& report, std::function<void(bool)> written) {
                       bool done = true;
                       if (!options.report.empty()) {
                         const auto wrote = write_whole(options.report, api::to_json(report));
                         done = wrote.ok();
                       }
                       boost::asio::post(io, [written = std::move(written), done] { written(done); });
                     });
  FileInputs inputs(
      io, {options.config, options.record, options.assignment},
      [&runtime](RoutesText text) { runtime.on_routes(std::move(text)); },
      [&runtime](std::string text) { runtime.on_assignment(std::move(text)); });
  inputs.start();
  return run(options, io, runtime);
}

int run_in_pod(const Options& options) {
  const PodIdentity pod{options.pod_name, options.pod_namespace, options.pod_uid};
  const auto bridge = pod.bridge();
  if (!bridge) {
    std::fprintf(stderr, "--pod: %s\n", bridge.error().message().c_str());
    return kBadConfiguration;
  }
  auto config = kube::find_kube_config(options.kubeconfig);
  if (!config) {
    std::fprintf(stderr, "--pod: %s\n", config.error().message().c_str());
    return kBadConfiguration;
  }
  const SystemClock clock;
  boost::asio::io_context io(1);
  kube::CpprestTransport transport(std::move(*config), clock);
  kube::ApiClient client(transport, "mkb-dataplane");
  LeaseWriter leases(io, client);
  std::unique_ptr<KubeInputs> inputs;
  PodRuntime runtime(io, runtime_options(options), clock,
                     [&](const api::PodReport& report, std::function<void(bool)> written) {
                       leases.write(
                           pod_lease(pod, bridge.value(), inputs->bridge_uid(), report, clock.unix_millis()),
                           std::move(written));
                     });
  inputs = std::make_unique<KubeInputs>(
      io, transport, pod, bridge.value(), clock,
      [&runtime](RoutesText text) { runtime.on_routes(std::move(text)); },
      [&runtime](std::string text) { runtime.on_assignment(std::move(text)); });
  inputs->start();
  return run(options, io, runtime);
}

}  // namespace
}  // namespace mkb::dataplane

int main(int argc, char** argv) {
  int exit_code = 0;
  const auto options = mkb::dataplane::parse_options(argc, argv, exit_code);
  if (!options) {
    return exit_code;
  }
  mkb::init_logging(options->log_format, options->log_level);
  if (options->pod) {
    return mkb::dataplane::run_in_pod(*options);
  }
  auto spec = mkb::dataplane::read_configuration(*options, exit_code);
  if (!spec) {
    return exit_code;
  }
  return options->assignment.empty() ? mkb::dataplane::run_alone(*options, std::move(*spec))
                                     : mkb::dataplane::run_by_files(*options);
}
