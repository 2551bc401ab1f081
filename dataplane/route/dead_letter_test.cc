#include "dataplane/route/dead_letter.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mkb::dataplane {
namespace {

TEST(DeadLetter, TellsWhatHappenedInFiveHeaders) {
  const DeadLetterCause cause{DropReason::kInvalidTopic, "topic", "telemetry", "a b", "not a name"};
  std::vector<std::pair<std::string, std::string>> headers;
  for (const RecordHeader& header : dead_letter_headers(cause)) {
    headers.emplace_back(header.name, header.value);
  }
  EXPECT_EQ(headers, (std::vector<std::pair<std::string, std::string>>{{"mkb-dlq-reason", "invalid_topic"},
                                                                       {"mkb-dlq-stage", "topic"},
                                                                       {"mkb-dlq-route", "telemetry"},
                                                                       {"mkb-dlq-topic", "a b"},
                                                                       {"mkb-dlq-error", "not a name"}}));
}

TEST(DeadLetter, CutsALongErrorAndViewsTheRest) {
  const std::string error(1'025, 'e');
  const DeadLetterCause cause{DropReason::kRejected, "produce", "r", "t", error};
  const auto headers = dead_letter_headers(cause);
  EXPECT_EQ(headers[4].value.data(), error.data());
  EXPECT_EQ(headers[4].value.size(), 1'024u);
}

}  // namespace
}  // namespace mkb::dataplane
