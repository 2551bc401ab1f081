#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/assignment.h"
#include "api/bridge_spec.h"
#include "api/shard_record.h"
#include "base/clock.h"

namespace mkb::dataplane {

/// The routes ConfigMap of a bridge, as texts.
struct RoutesText {
  std::string bridge;                  ///< the resource, YAML or JSON
  std::optional<std::string> filters;  ///< the record of shards; none: a hash says which shard has a filter

  bool operator==(const RoutesText&) const = default;
};

/// The same, read.
struct Routes {
  api::BridgeSpec spec;
  std::optional<api::ShardRecord> record;
  std::int64_t generation = 0;  ///< metadata.generation; 0 when the text has none
};

/// What the bridge has to tell.
struct BridgeState {
  std::vector<int> held;
  std::vector<int> ended;
  std::vector<int> lost;
  std::vector<api::RouteTotals> routes;
  std::string problem;
};

/// What is to be done now, in this order.
struct PodActions {
  std::optional<Routes> routes;           ///< make the bridge, or change its routes; then on_routes_taken()
  std::optional<api::Assignment> assign;  ///< then on_state(): nothing is published before
  std::optional<std::string> save;        ///< the state file's new content
  std::optional<api::PodReport> publish;  ///< write it to the Lease, which renews it; then on_published()
};

enum class RoutesTaken : std::uint8_t { kApplied, kNeedsRestart, kRefused };

struct PodAgentOptions {
  Duration renew_interval = std::chrono::seconds(3);  ///< between two writes of the Lease
  Duration retry_interval = std::chrono::seconds(1);  ///< after a failed one
  /// How long to wait for the API before going on with what was saved: another pod may have our shards.
  Duration saved_after = std::chrono::seconds(5);
  /// How long a report waits for the sessions that a new assignment brings or takes, so that it tells of all
  /// of them at once: of two reports, the first without news, the second would wait until the first is
  /// written.
  Duration settle_patience = std::chrono::milliseconds(150);
  /// As the operator counts it: a pod whose Lease is silent for so long has lost its shards.
  Duration lease_duration = std::chrono::seconds(10);
};

/// What a pod does with what it is told: reads routes and assignments, keeps the last good ones, and says
/// what to do and what to report. Knows neither the API nor the bridge nor a clock. It goes on with the last
/// assignment when nothing comes any more, and keeps it for the next start. One thread.
class PodAgent {
 public:
  PodAgent(PodAgentOptions options, TimePoint now) : options_(options), started_(now) {}

  /// At the start, what the last process saved.
  void on_saved(std::string_view text);
  /// The ConfigMaps have this content now, in the order of their changes.
  PodActions on_routes(RoutesText text, TimePoint now);
  PodActions on_assignment(std::string text, TimePoint now);
  /// The outcome of PodActions::routes; `why` for all but kApplied.
  PodActions on_routes_taken(RoutesTaken outcome, const std::string& why, TimePoint now);
  /// A change is published at once, but for changes of route totals.
  PodActions on_state(BridgeState state, TimePoint now);
  /// The outcome of PodActions::publish; until then there is no other.
  PodActions on_published(bool written, TimePoint now);
  /// A few times a second.
  PodActions tick(TimePoint now);
  /// The process ends: from now on reports wait for nothing, as there may be no later one.
  void hurry() { hurrying_ = true; }

  [[nodiscard]] api::PodReport report() const;
  /// How long a session whose connection has ended should stay away. Zero while the Lease is fresh. When it
  /// has not been written for its duration, another pod may have the session, and taking it back would only
  /// make the two take it from each other: the longer it is silent, the longer the wait.
  [[nodiscard]] Duration least_delay(TimePoint now) const;

 private:
  void read_routes(PodActions& actions);
  void read_assignment(PodActions& actions);
  PodActions finish(PodActions actions, TimePoint now);
  [[nodiscard]] bool settling(TimePoint now) const;
  [[nodiscard]] std::string state_text() const;

  PodAgentOptions options_;
  TimePoint started_;
  std::optional<RoutesText> saved_routes_;
  std::optional<std::string> saved_assignment_;
  std::optional<RoutesText> routes_;  // last seen, good or not
  std::optional<std::string> assignment_;
  std::optional<RoutesText> good_routes_;  // last good ones
  std::optional<std::string> good_assignment_;
  std::optional<api::Assignment> wanted_;
  bool have_bridge_ = false;
  bool taking_routes_ = false;
  std::int64_t taken_generation_ = 0;
  std::int64_t generation_ = 0;  // of the routes in use
  std::uint64_t epoch_ = 0;      // of the assignment handed to the bridge
  std::string routes_problem_;
  std::string assignment_problem_;
  BridgeState state_;
  bool state_is_old_ = false;                  // an assignment has been handed out since
  std::optional<TimePoint> unreported_since_;  // since when there is an assignment that no report tells of
  bool hurrying_ = false;
  std::string saved_text_;
  std::optional<api::PodReport> published_;
  bool publishing_ = false;
  bool failed_ = false;
  TimePoint published_at_{};             // when the last write began
  std::optional<TimePoint> written_at_;  // when the last one that succeeded began
};

}  // namespace mkb::dataplane
