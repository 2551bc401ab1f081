#include "dataplane/flow/drop_reason.h"

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

}  // namespace mkb::dataplane
