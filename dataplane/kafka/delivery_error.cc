#include "dataplane/kafka/delivery_error.h"

namespace mkb::dataplane {

DeliveryFailure classify_delivery_error(rd_kafka_resp_err_t error, const std::string& topic) {
  using Kind = DeliveryFailure::Kind;
  DeliveryFailure failure;
  failure.name = rd_kafka_err2name(error);
  const auto says = [&](Kind kind, DropReason reason, const std::string& text) {
    failure.kind = kind;
    failure.reason = reason;
    failure.message = text;
    return failure;
  };
  switch (error) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      return says(Kind::kPermanent, DropReason::kTooLarge,
                  "the record is larger than topic '" + topic + "' accepts (its max.message.bytes)");
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return says(Kind::kPermanent, DropReason::kInvalidTopic,
                  "Kafka refuses the topic name '" + topic + "'");
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
      return says(Kind::kPermanent, DropReason::kRejected,
                  "topic '" + topic + "' refuses the record: " + rd_kafka_err2str(error));
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return says(Kind::kTopic, DropReason::kUnknownTopic,
                  "Kafka topic '" + topic + "' does not exist; create it, or let the brokers create topics");
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return says(Kind::kTopic, DropReason::kUnknownTopic,
                  "Kafka topic '" + topic + "' has fewer partitions than the route's fixed partition needs");
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return says(Kind::kTopic, DropReason::kUnauthorized,
                  "not authorised to write to Kafka topic '" + topic + "'; grant WRITE and DESCRIBE on it");
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    case RD_KAFKA_RESP_ERR__DESTROY:
      return says(Kind::kRestart, DropReason::kRejected, "the producer is being restarted");
    default:
      return says(Kind::kRetry, DropReason::kRejected,
                  "writing to topic '" + topic + "' failed: " + rd_kafka_err2str(error));
  }
}

}  // namespace mkb::dataplane
