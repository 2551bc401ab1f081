#include "dataplane/route/dead_letter.h"

namespace mkb::dataplane {
namespace {

constexpr std::size_t kMaxErrorBytes = 1024;

}  // namespace

std::array<RecordHeader, kDeadLetterHeaders> dead_letter_headers(const DeadLetterCause& cause) {
  return {{{"mkb-dlq-reason", drop_reason_name(cause.reason)},
           {"mkb-dlq-stage", cause.stage},
           {"mkb-dlq-route", cause.route},
           {"mkb-dlq-topic", cause.topic},
           {"mkb-dlq-error", cause.error.substr(0, kMaxErrorBytes)}}};
}

}  // namespace mkb::dataplane
