#include "dataplane/flow/snapshot.h"

#include <algorithm>

namespace mkb::dataplane {

const char* drop_reason_name(DropReason reason) {
  switch (reason) {
    case DropReason::kTemplate:
      return "template";
    case DropReason::kInvalidTopic:
      return "invalid_topic";
    case DropReason::kTooLarge:
      return "too_large";
    case DropReason::kUnknownTopic:
      return "unknown_topic";
    case DropReason::kUnauthorized:
      return "unauthorized";
    case DropReason::kLoop:
      return "loop";
    case DropReason::kKafkaUnavailable:
      return "kafka_unavailable";
    case DropReason::kRejected:
      return "rejected";
    case DropReason::kReturned:
      return "returned";
    case DropReason::kExpired:
      return "expired";
    case DropReason::kRefused:
      return "refused";
  }
  return "unknown";
}

void observe(LatencyHistogram& histogram, std::int64_t micros) {
  const auto* bound = std::lower_bound(kLatencyBoundsMicros.begin(), kLatencyBoundsMicros.end(), micros);
  ++histogram.buckets[static_cast<std::size_t>(bound - kLatencyBoundsMicros.begin())];
  ++histogram.count;
  histogram.sum_seconds += static_cast<double>(micros) / 1e6;
}

}  // namespace mkb::dataplane
