#pragma once

#include <cstdint>
#include <optional>

#include "api/assignment.h"

namespace mkb::dataplane {

/// What this process has of a shard.
enum class ShardPhase : std::uint8_t {
  kNone,
  kPrepared,   ///< a transport that waits for its CONNECT
  kOwned,      ///< a session that is kept connected
  kReleasing,  ///< it settles what is in flight and goes
  kEnding,     ///< a connection that ends the session for good
  kEnded,      ///< that is done, and told in every report until the assignment drops the shard
};

enum class ShardAction : std::uint8_t {
  kNothing,  ///< it is as it should be, or something under way has to be done first
  kPrepare,
  kStart,    ///< also from kPrepared
  kRelease,  ///< kOwned: hand the session back to the broker
  kDrop,     ///< kPrepared: let the transport go
  kEnd,
  kForget,  ///< kEnded: it need not be told any more
};

/// The next step towards what the assignment wants of a shard (nullopt: it does not name it). A step that
/// takes time ends in another phase, and then the question is asked again. A shard is never torn from one
/// state into another: an owner settles and disconnects before anything else becomes of the shard.
/// `has_filters`: a route has filters on it; without any there is nothing to connect for.
ShardAction next_action(ShardPhase phase, std::optional<api::ShardDuty> wanted, bool has_filters);

}  // namespace mkb::dataplane
