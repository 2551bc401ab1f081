#pragma once

#include <vector>

#include "api/bridge_spec.h"
#include "api/shard_record.h"
#include "base/result.h"
#include "dataplane/route/session_plan.h"

namespace mkb::dataplane {

enum class SessionPackError {
  kShardsExhausted = 1,  ///< a Shared route finds no shard without other filters
  kNotRecorded,          ///< a filter or a Shared route that the record does not have
  kBadRecord,            ///< a record that contradicts the resource: see below
};

/// Distributes the filters of all routes over MQTT sessions. Pure, and the same for the same resource on
/// every machine, so that nothing needs to be recorded to find a persistent session again.
///
/// Exclusive filters that overlap, directly or through others, share a session: the broker then keeps the
/// order of what they both match, and copies can be told apart. Such a group goes to the shard given by a
/// hash of its smallest filter, so that another group coming or going moves nothing. A filter named by
/// several routes is subscribed once, at their highest QoS.
///
/// Each Shared route has a session of its own, on the shard given by a hash of its name or the next one that
/// is free of other filters. An Exclusive group that comes to such a shard moves the Shared route on.
///
/// Subscription identifiers are a hash of the filter, the names of the routes that it feeds, and the filters
/// that it leaves topics to: they stay the same over restarts, and change when a message that is still queued
/// under the old one must not be judged by the new rule.
///
/// The result is ascending by shard, without shards that have no filters. `spec` has been validated.
Result<std::vector<SessionPlan>> pack_sessions(const api::BridgeSpec& spec);

/// The same with the shards that `record` gives instead of hashes. A Shared route may have several shards:
/// each is a session with all its filters, and the broker shares the messages out among them. What the record
/// has beyond the resource is left alone. Errors name the filter or route: one that is not recorded; a shard
/// that is not below spec.shards; Exclusive filters that overlap on different shards; a Shared route on a
/// shard that has other filters.
Result<std::vector<SessionPlan>> pack_sessions(const api::BridgeSpec& spec, const api::ShardRecord& record);

/// Rewrites a session for a broker without Subscription Identifiers (MQTT 3.1.1, or Subscription Identifier
/// Available 0 in CONNACK): filters that another one covers are no longer subscribed (of filters that mean
/// the same, as `#` and `+/#`, the first stays), and the covering one is subscribed at the highest QoS of
/// those it covers. Filters that overlap only in part stay subscribed; a broker that sends one copy per
/// subscription then delivers twice.
void drop_identifiers(SessionPlan& session);

}  // namespace mkb::dataplane
