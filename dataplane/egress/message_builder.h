#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/bridge_spec.h"
#include "base/result.h"
#include "dataplane/egress/paho/outgoing_message.h"
#include "dataplane/egress/record_text.h"
#include "dataplane/flow/snapshot.h"

namespace mkb::dataplane {

/// Why a record makes no MQTT message.
struct BuildFailure {
  DropReason reason = DropReason::kTemplate;
  const char* stage = "";  ///< "topic", "qos", "retain", "payload", "user_properties", "expiry", "loop"
  std::string text;        ///< one sentence
};

/// Makes MQTT messages of the records of one route. Pure: time is passed in. Not thread-safe.
///
/// MQTT 5: headers become user properties in their order, but for `mqtt.` headers, which become the
/// properties that they were made of (dataplane/route/message_headers.h), and `mkb-` headers, of which
/// mkb-origin and mkb-hops are written anew. Header values that are no UTF-8 are not carried: an MQTT string
/// cannot hold them.
class MessageBuilder {
 public:
  /// Fails as api::parse_record_template does.
  static Result<MessageBuilder> create(const api::KafkaToMqttRoute& route, api::MqttVersion version,
                                       std::string bridge_uid);

  /// Fills `message`, whatever it held. A message's expiry is shortened by the record's age.
  std::optional<BuildFailure> build(const ConsumedRecord& record, std::int64_t now_unix_ms,
                                    OutgoingMessage& message);

  /// The MQTT topic of a record, or the template when it gives none.
  [[nodiscard]] std::string topic_of(const ConsumedRecord& record);

 private:
  MessageBuilder() = default;
  std::optional<BuildFailure> render_flags(OutgoingMessage& message);
  std::optional<BuildFailure> check_passage(const ConsumedRecord& record);
  std::optional<std::uint64_t> seconds_valid(const ConsumedRecord& record) const;
  std::optional<BuildFailure> set_expiry(const ConsumedRecord& record, std::int64_t now_unix_ms,
                                         OutgoingMessage& message) const;
  std::optional<BuildFailure> set_properties(const ConsumedRecord& record, OutgoingMessage& message);

  RecordText topic_;
  RecordText qos_;
  RecordText retain_;
  RecordText payload_;
  std::vector<std::pair<std::string, RecordText>> user_properties_;
  std::optional<std::uint32_t> default_expiry_;
  bool has_properties_ = true;
  std::string bridge_uid_;
  RecordContext context_;
  std::string scratch_;
  std::string origin_;
  std::uint64_t hops_ = 0;
};

}  // namespace mkb::dataplane
