#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "dataplane/bridge.h"
#include "dataplane/pod/pod_agent.h"

namespace mkb::dataplane {

struct PodRuntimeOptions {
  std::string secrets_directory;
  std::string instance;              ///< the pod's name
  std::filesystem::path state_file;  ///< empty: nothing is kept
  PodAgentOptions agent;
};

/// A bridge that is told what to do while it runs: carries out what PodAgent decides. What it is told comes
/// from FileInputs or the Kubernetes API. Everything but wait_for_snapshot() is on the io_context's thread.
class PodRuntime {
 public:
  /// Writes a report where the operator sees it, then calls the handler on the I/O thread: whether it could.
  using Publish = std::function<void(const api::PodReport&, std::function<void(bool)>)>;

  PodRuntime(boost::asio::io_context& io, PodRuntimeOptions options, const Clock& clock, Publish publish);
  ~PodRuntime();
  PodRuntime(const PodRuntime&) = delete;
  PodRuntime& operator=(const PodRuntime&) = delete;

  void start();
  void on_routes(RoutesText text);
  void on_assignment(std::string text);

  /// As Bridge::drain(); then reports that nothing is held any more, and waits for that to be written, but
  /// not long.
  void drain(Duration timeout, std::function<void(DrainOutcome)> done);

  /// Null before the first good routes.
  [[nodiscard]] const Bridge* bridge() const { return bridge_.get(); }
  [[nodiscard]] api::PodReport report() const { return agent_.report(); }
  /// From any other thread: nullopt when the I/O thread does not answer in time.
  std::optional<Snapshot> wait_for_snapshot(std::chrono::milliseconds timeout);

 private:
  void perform(PodActions actions);
  void take(Routes routes);
  RoutesTaken make_bridge(Routes routes, std::string& why);
  RoutesTaken change_bridge(Routes routes, std::string& why);
  [[nodiscard]] BridgeState state() const;
  [[nodiscard]] Snapshot snapshot() const;
  void refresh();
  void schedule_tick();
  void tell_drained();

  boost::asio::io_context& io_;
  PodRuntimeOptions options_;
  const Clock& clock_;
  Publish publish_;
  PodAgent agent_;
  std::unique_ptr<Bridge> bridge_;
  boost::asio::steady_timer tick_;
  std::string logged_problem_;
  std::function<void(DrainOutcome)> drained_;
  std::optional<DrainOutcome> outcome_;
  TimePoint last_word_until_{};
  bool publishing_ = false;
  std::shared_ptr<PodRuntime*> life_ = std::make_shared<PodRuntime*>(this);
};

}  // namespace mkb::dataplane
