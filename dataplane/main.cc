#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>

#include "api/problem.h"
#include "api/yaml_codec.h"
#include "base/log.h"
#include "dataplane/admin/admin_server.h"
#include "dataplane/admin/listen_address.h"
#include "dataplane/bridge.h"
#include "dataplane/options.h"

namespace mkb::dataplane {
namespace {

constexpr int kCannotStart = 1;
constexpr int kBadConfiguration = 2;
constexpr int kDrainedTooSlowly = 3;

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Runs until drained; the first SIGTERM or SIGINT drains, the second ends the process at once.
class Process {
 public:
  Process(boost::asio::io_context& io, Bridge& bridge, Duration drain_timeout)
      : io_(io), bridge_(bridge), drain_timeout_(drain_timeout), signals_(io, SIGTERM, SIGINT) {}

  int run(AdminServer& admin) {
    wait_for_signal();
    bridge_.start();
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
      bridge_.drain(drain_timeout_, [this](DrainOutcome outcome) { outcome_ = outcome; });
      wait_for_signal();
    });
  }

  boost::asio::io_context& io_;
  Bridge& bridge_;
  Duration drain_timeout_;
  boost::asio::signal_set signals_;
  bool draining_ = false;
  bool admin_stopped_ = false;
  std::optional<DrainOutcome> outcome_;
};

std::optional<api::BridgeSpec> read_configuration(const Options& options, int& exit_code) {
  const auto text = read_file(options.config);
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

int start_and_run(const Options& options, api::BridgeSpec spec) {
  const auto listen = parse_listen_address(options.admin);
  if (!listen) {
    std::fprintf(stderr, "--admin: %s\n", listen.error().message().c_str());
    return kBadConfiguration;
  }
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
  AdminServer admin(
      [&bridge](std::chrono::milliseconds timeout) { return (*bridge)->wait_for_snapshot(timeout); });
  const auto port = admin.start(listen->host, listen->port);
  if (!port) {
    std::fprintf(stderr, "--admin: %s\n", port.error().message().c_str());
    return kCannotStart;
  }
  spdlog::info("admin listening on http://{}:{}", listen->host.empty() ? "0.0.0.0" : listen->host, *port);
  if (!options.admin_port_file.empty()) {
    std::ofstream(options.admin_port_file) << *port << '\n';
  }
  const int code = Process(io, **bridge, options.drain_timeout).run(admin);
  // Everything is acknowledged or left to the brokers: taking the rest apart could only take time (a resolver
  // that does not answer, a probe under way) while nobody handles signals any more.
  spdlog::default_logger()->flush();
  std::_Exit(code);
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
  auto spec = mkb::dataplane::read_configuration(*options, exit_code);
  if (!spec) {
    return exit_code;
  }
  return mkb::dataplane::start_and_run(*options, std::move(*spec));
}
