#pragma once

#include <cstdint>
#include <string_view>

#include "dataplane/route/record_headers.h"
#include "mqtt/publish.h"

namespace mkb::dataplane {

/// A message that has passed this many bridges goes no further.
inline constexpr std::uint32_t kMaxHops = 8;

inline constexpr std::string_view kOriginHeader = "mkb-origin";
inline constexpr std::string_view kHopsHeader = "mkb-hops";
/// User properties with this prefix belong to bridges and are never copied.
inline constexpr std::string_view kBridgePrefix = "mkb-";

/// What a message says of the bridges that it has passed.
struct Passage {
  std::string_view origin;  ///< uid of the first bridge; empty: this is the first
  std::uint32_t hops = 0;   ///< bridges passed so far
  bool own = false;         ///< some mkb-origin names this bridge

  /// True when this bridge must not carry the message.
  [[nodiscard]] bool loop() const { return own || hops >= kMaxHops; }
};

/// Reads the user properties mkb-origin and mkb-hops. An mkb-hops that is no number counts as 0, one that
/// is too large as 2^32 - 1; of several the highest counts.
Passage read_passage(const mqtt::PropertyView& properties, std::string_view bridge_uid);

/// Appends the headers that every record of a message has: its user properties in their order, without those
/// of bridges, then mqtt.topic, mqtt.qos, mqtt.retain and, where the message has them, mqtt.content-type,
/// mqtt.response-topic, mqtt.correlation-data, mqtt.expiry (seconds) and mqtt.payload-format-indicator. A
/// publisher's property that happens to be called mqtt.topic is thus not the last header of that name.
void append_message_headers(const mqtt::PublishView& publish, RecordHeaders& out);

/// Appends mkb-origin (the first bridge's uid is kept) and mkb-hops (one more).
void append_passage_headers(const Passage& passage, std::string_view bridge_uid, RecordHeaders& out);

}  // namespace mkb::dataplane
