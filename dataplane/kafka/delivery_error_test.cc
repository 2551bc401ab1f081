#include "dataplane/kafka/delivery_error.h"

#include <gtest/gtest.h>

namespace mkb::dataplane {
namespace {

using Kind = DeliveryFailure::Kind;

struct Case {
  rd_kafka_resp_err_t error;
  Kind kind;
  DropReason reason;
};

class DeliveryErrorTest : public testing::TestWithParam<Case> {};

TEST_P(DeliveryErrorTest, IsClassified) {
  const DeliveryFailure failure = classify_delivery_error(GetParam().error, "orders");
  EXPECT_EQ(failure.kind, GetParam().kind);
  if (failure.kind == Kind::kPermanent || failure.kind == Kind::kTopic) {
    EXPECT_EQ(failure.reason, GetParam().reason);
    EXPECT_NE(failure.message.find("orders"), std::string::npos) << failure.message;
  }
  EXPECT_EQ(failure.name, rd_kafka_err2name(GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    Errors, DeliveryErrorTest,
    testing::Values(Case{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Kind::kPermanent, DropReason::kTooLarge},
                    Case{RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, Kind::kPermanent, DropReason::kTooLarge},
                    Case{RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, Kind::kPermanent, DropReason::kInvalidTopic},
                    Case{RD_KAFKA_RESP_ERR_INVALID_RECORD, Kind::kPermanent, DropReason::kRejected},
                    Case{RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Kind::kTopic, DropReason::kUnknownTopic},
                    Case{RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, Kind::kTopic, DropReason::kUnknownTopic},
                    Case{RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, Kind::kTopic, DropReason::kUnknownTopic},
                    Case{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Kind::kTopic,
                         DropReason::kUnauthorized},
                    Case{RD_KAFKA_RESP_ERR__FATAL, Kind::kRestart, DropReason::kRejected},
                    Case{RD_KAFKA_RESP_ERR__PURGE_QUEUE, Kind::kRestart, DropReason::kRejected},
                    Case{RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, Kind::kRestart, DropReason::kRejected},
                    Case{RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, Kind::kRetry, DropReason::kRejected},
                    Case{RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, Kind::kRetry, DropReason::kRejected},
                    Case{RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, Kind::kRetry, DropReason::kRejected},
                    // A code that this librdkafka does not know: retrying loses nothing.
                    Case{static_cast<rd_kafka_resp_err_t>(120), Kind::kRetry, DropReason::kRejected}));

}  // namespace
}  // namespace mkb::dataplane
