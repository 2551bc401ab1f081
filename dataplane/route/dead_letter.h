#pragma once

#include <array>
#include <string_view>

#include "dataplane/flow/snapshot.h"
#include "dataplane/route/record_headers.h"

namespace mkb::dataplane {

/// Why a record could not go where its route sends it.
struct DeadLetterCause {
  DropReason reason = DropReason::kRejected;
  std::string_view stage;  ///< what was being done: "topic", "key", "headers", "produce", ...
  std::string_view route;  ///< its name
  std::string_view topic;  ///< the Kafka topic it was meant for, or the template when that has no value
  std::string_view error;  ///< one sentence
};

inline constexpr std::size_t kDeadLetterHeaders = 5;

/// The headers mkb-dlq-reason, mkb-dlq-stage, mkb-dlq-route, mkb-dlq-topic and mkb-dlq-error, which a record
/// in a dead-letter topic has in addition to its own. They view `cause`; the error is cut at 1024 bytes.
std::array<RecordHeader, kDeadLetterHeaders> dead_letter_headers(const DeadLetterCause& cause);

}  // namespace mkb::dataplane
