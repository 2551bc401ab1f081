#pragma once

#include <cstdint>
#include <optional>

#include "mqtt/protocol.h"

namespace mkb::mqtt {

/// Every MQTT 5 reason code (2.4). 0x00 also reads "normal disconnection" and "granted QoS 0".
enum class ReasonCode : std::uint8_t {
  kSuccess = 0x00,
  kNormalDisconnection = 0x00,
  kGrantedQos0 = 0x00,
  kGrantedQos1 = 0x01,
  kGrantedQos2 = 0x02,
  kDisconnectWithWill = 0x04,
  kNoMatchingSubscribers = 0x10,
  kNoSubscriptionExisted = 0x11,
  kContinueAuthentication = 0x18,
  kReauthenticate = 0x19,
  kUnspecifiedError = 0x80,
  kMalformedPacket = 0x81,
  kProtocolError = 0x82,
  kImplementationSpecificError = 0x83,
  kUnsupportedProtocolVersion = 0x84,
  kClientIdentifierNotValid = 0x85,
  kBadUserNameOrPassword = 0x86,
  kNotAuthorized = 0x87,
  kServerUnavailable = 0x88,
  kServerBusy = 0x89,
  kBanned = 0x8a,
  kServerShuttingDown = 0x8b,
  kBadAuthenticationMethod = 0x8c,
  kKeepAliveTimeout = 0x8d,
  kSessionTakenOver = 0x8e,
  kTopicFilterInvalid = 0x8f,
  kTopicNameInvalid = 0x90,
  kPacketIdentifierInUse = 0x91,
  kPacketIdentifierNotFound = 0x92,
  kReceiveMaximumExceeded = 0x93,
  kTopicAliasInvalid = 0x94,
  kPacketTooLarge = 0x95,
  kMessageRateTooHigh = 0x96,
  kQuotaExceeded = 0x97,
  kAdministrativeAction = 0x98,
  kPayloadFormatInvalid = 0x99,
  kRetainNotSupported = 0x9a,
  kQosNotSupported = 0x9b,
  kUseAnotherServer = 0x9c,
  kServerMoved = 0x9d,
  kSharedSubscriptionsNotSupported = 0x9e,
  kConnectionRateExceeded = 0x9f,
  kMaximumConnectTime = 0xa0,
  kSubscriptionIdentifiersNotSupported = 0xa1,
  kWildcardSubscriptionsNotSupported = 0xa2,
};

/// Lower-case text as in the specification ("not authorized"); "unknown reason code" for any other value.
const char* reason_code_name(ReasonCode code);

/// True for codes that report a failure (0x80 and above).
constexpr bool is_failure(ReasonCode code) {
  return static_cast<std::uint8_t>(code) >= 0x80;
}

/// Whether MQTT 5 lets `sender` put `code` into a packet of this type; false for packets without one.
bool reason_code_allowed(PacketType type, Sender sender, ReasonCode code);

/// The 3.1.1 CONNACK return codes 0 to 5 (3.2.2.3) as reason codes; nothing for the reserved ones.
std::optional<ReasonCode> reason_from_connack_return_code(std::uint8_t return_code);
/// The 3.1.1 CONNACK return code that is nearest to a reason code.
std::uint8_t connack_return_code(ReasonCode code);
/// What a 3.1.1 CONNACK return code means, in words: "connection refused: not authorized".
const char* connack_return_code_text(std::uint8_t return_code);

}  // namespace mkb::mqtt
