#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mkb::api {

/// What a pod is to do with a shard.
enum class ShardDuty {
  kOwn,      ///< hold its MQTT session and acknowledge
  kPrepare,  ///< it comes soon: have TCP and TLS ready, do not CONNECT
  kRelease,  ///< stop acknowledging new, flush, acknowledge, DISCONNECT keeping the session, then report
  kEnd,      ///< end the session for good (Clean Start 1, expiry 0), then report
};

struct ShardAssignment {
  int shard = 0;
  ShardDuty duty = ShardDuty::kOwn;
  /// Some pod has reported the shard as held before: the broker must have its session, and not having it is
  /// a loss. Without it the pod believes that it is the first owner.
  bool established = false;

  bool operator==(const ShardAssignment&) const = default;
};

/// The content of a pod's assignment ConfigMap (key `assignment.json`): the operator writes, the pod obeys.
struct Assignment {
  std::uint64_t epoch = 0;              ///< grows with every change to any pod of the bridge
  std::vector<ShardAssignment> shards;  ///< ascending, each once

  bool operator==(const Assignment&) const = default;
};

/// Counters of a route in one pod since that pod started (docs/metrics.md), and its last error.
struct RouteTotals {
  std::string name;
  std::uint64_t received = 0;
  std::uint64_t delivered = 0;
  std::uint64_t filtered = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t lag = 0;  ///< records not yet consumed, of a route from Kafka to MQTT
  std::string last_error;

  bool operator==(const RouteTotals&) const = default;
};

/// What a pod last did, in the annotation `mqttkafka.io/report` of its Lease: the pod writes, the operator
/// reads.
struct PodReport {
  std::uint64_t epoch = 0;      ///< of the assignment that it has carried out as far as `held` shows
  std::int64_t generation = 0;  ///< metadata.generation of the routes in use
  std::vector<int> held;        ///< shards whose session this pod has or may still acknowledge on, ascending
  std::vector<int> ended;       ///< shards whose session it ended for good
  std::vector<int> lost;        ///< shards whose broker had no session where one was expected
  std::vector<RouteTotals> routes;
  std::string problem;  ///< why it does not do as told; empty when it does

  bool operator==(const PodReport&) const = default;
};

enum class AssignmentError { kMalformed = 1 };

inline constexpr std::string_view kAssignmentKey = "assignment.json";
inline constexpr std::string_view kReportAnnotation = "mqttkafka.io/report";

/// Compact JSON, the same bytes for the same content.
std::string to_json(const Assignment& assignment);
std::string to_json(const PodReport& report);
/// Unknown fields are left alone (a newer operator may write them); anything else that is wrong is an error.
Result<Assignment> parse_assignment(std::string_view text);
Result<PodReport> parse_report(std::string_view text);

}  // namespace mkb::api
