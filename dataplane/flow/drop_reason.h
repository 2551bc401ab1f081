#pragma once

#include <cstddef>
#include <cstdint>

namespace mkb::dataplane {

/// Why a message was dropped; `dropped` counts are indexed by it. Names as in the metric's `reason` label.
enum class DropReason : std::uint8_t {
  kTemplate,          ///< "template": topic, key or header template had no value
  kInvalidTopic,      ///< "invalid_topic": the rendered Kafka topic name is not one
  kTooLarge,          ///< "too_large"
  kUnknownTopic,      ///< "unknown_topic": a templated topic that does not exist
  kUnauthorized,      ///< "unauthorized"
  kLoop,              ///< "loop": the record came from this bridge or passed too many
  kKafkaUnavailable,  ///< "kafka_unavailable": QoS 0 only, nothing could hold it
  kRejected,          ///< "rejected": another permanent refusal by Kafka
  kReturned,  ///< "returned": held when the connection ended or the partition went to another process; the
              ///< MQTT broker, or Kafka, has the message and delivers it again (not a loss)
  kExpired,   ///< "expired": the message's expiry was over before it could be sent
  kRefused,   ///< "refused": the MQTT broker answered with a reason code of 0x80 or above
};
inline constexpr std::size_t kDropReasons = 11;
/// The `reason` label of a DropReason.
const char* drop_reason_name(DropReason reason);

}  // namespace mkb::dataplane
