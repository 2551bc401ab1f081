#include "mqtt/reason_code.h"

#include <algorithm>
#include <array>

namespace mkb::mqtt {
namespace {

constexpr std::uint16_t bit(PacketType type) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(type));
}

constexpr std::uint16_t kConnack = bit(PacketType::kConnack);
constexpr std::uint16_t kPubrecAndPuback = bit(PacketType::kPuback) | bit(PacketType::kPubrec);
constexpr std::uint16_t kPubrelAndPubcomp = bit(PacketType::kPubrel) | bit(PacketType::kPubcomp);
constexpr std::uint16_t kSuback = bit(PacketType::kSuback);
constexpr std::uint16_t kUnsuback = bit(PacketType::kUnsuback);
constexpr std::uint16_t kDisconnect = bit(PacketType::kDisconnect);
constexpr std::uint16_t kAuth = bit(PacketType::kAuth);

struct Row {
  ReasonCode code;
  const char* name;
  std::uint16_t from_client;
  std::uint16_t from_server;
};

/// Acknowledgements of PUBLISH go both ways; the rest belongs to the server unless `client_too` says more.
constexpr Row row(ReasonCode code, const char* name, unsigned packets, unsigned client_too = 0) {
  const unsigned both = kPubrecAndPuback | kPubrelAndPubcomp;
  return {code, name, static_cast<std::uint16_t>((packets & both) | client_too),
          static_cast<std::uint16_t>(packets)};
}

// Table 2.4 of MQTT 5, with the senders of 3.14.2.1 (DISCONNECT) and 3.15.2.1 (AUTH).
constexpr std::array kRows = {
    Row{ReasonCode::kSuccess, "success", kPubrecAndPuback | kPubrelAndPubcomp | kDisconnect,
        kConnack | kPubrecAndPuback | kPubrelAndPubcomp | kSuback | kUnsuback | kDisconnect | kAuth},
    row(ReasonCode::kGrantedQos1, "granted QoS 1", kSuback),
    row(ReasonCode::kGrantedQos2, "granted QoS 2", kSuback),
    Row{ReasonCode::kDisconnectWithWill, "disconnect with will message", kDisconnect, 0},
    row(ReasonCode::kNoMatchingSubscribers, "no matching subscribers", kPubrecAndPuback),
    row(ReasonCode::kNoSubscriptionExisted, "no subscription existed", kUnsuback),
    row(ReasonCode::kContinueAuthentication, "continue authentication", kAuth, kAuth),
    Row{ReasonCode::kReauthenticate, "re-authenticate", kAuth, 0},
    row(ReasonCode::kUnspecifiedError, "unspecified error",
        kConnack | kPubrecAndPuback | kSuback | kUnsuback | kDisconnect, kDisconnect),
    row(ReasonCode::kMalformedPacket, "malformed packet", kConnack | kDisconnect, kDisconnect),
    row(ReasonCode::kProtocolError, "protocol error", kConnack | kDisconnect, kDisconnect),
    row(ReasonCode::kImplementationSpecificError, "implementation specific error",
        kConnack | kPubrecAndPuback | kSuback | kUnsuback | kDisconnect, kDisconnect),
    row(ReasonCode::kUnsupportedProtocolVersion, "unsupported protocol version", kConnack),
    row(ReasonCode::kClientIdentifierNotValid, "client identifier not valid", kConnack),
    row(ReasonCode::kBadUserNameOrPassword, "bad user name or password", kConnack),
    row(ReasonCode::kNotAuthorized, "not authorized",
        kConnack | kPubrecAndPuback | kSuback | kUnsuback | kDisconnect),
    row(ReasonCode::kServerUnavailable, "server unavailable", kConnack),
    row(ReasonCode::kServerBusy, "server busy", kConnack | kDisconnect),
    row(ReasonCode::kBanned, "banned", kConnack),
    row(ReasonCode::kServerShuttingDown, "server shutting down", kDisconnect),
    row(ReasonCode::kBadAuthenticationMethod, "bad authentication method", kConnack | kDisconnect),
    row(ReasonCode::kKeepAliveTimeout, "keep alive timeout", kDisconnect),
    row(ReasonCode::kSessionTakenOver, "session taken over", kDisconnect),
    row(ReasonCode::kTopicFilterInvalid, "topic filter invalid", kSuback | kUnsuback | kDisconnect),
    row(ReasonCode::kTopicNameInvalid, "topic name invalid", kConnack | kPubrecAndPuback | kDisconnect,
        kDisconnect),
    row(ReasonCode::kPacketIdentifierInUse, "packet identifier in use",
        kPubrecAndPuback | kSuback | kUnsuback),
    row(ReasonCode::kPacketIdentifierNotFound, "packet identifier not found", kPubrelAndPubcomp),
    row(ReasonCode::kReceiveMaximumExceeded, "receive maximum exceeded", kDisconnect, kDisconnect),
    row(ReasonCode::kTopicAliasInvalid, "topic alias invalid", kDisconnect, kDisconnect),
    row(ReasonCode::kPacketTooLarge, "packet too large", kConnack | kDisconnect, kDisconnect),
    row(ReasonCode::kMessageRateTooHigh, "message rate too high", kDisconnect, kDisconnect),
    row(ReasonCode::kQuotaExceeded, "quota exceeded", kConnack | kPubrecAndPuback | kSuback | kDisconnect,
        kDisconnect),
    row(ReasonCode::kAdministrativeAction, "administrative action", kDisconnect, kDisconnect),
    row(ReasonCode::kPayloadFormatInvalid, "payload format invalid",
        kConnack | kPubrecAndPuback | kDisconnect, kDisconnect),
    row(ReasonCode::kRetainNotSupported, "retain not supported", kConnack | kDisconnect),
    row(ReasonCode::kQosNotSupported, "QoS not supported", kConnack | kDisconnect),
    row(ReasonCode::kUseAnotherServer, "use another server", kConnack | kDisconnect),
    row(ReasonCode::kServerMoved, "server moved", kConnack | kDisconnect),
    row(ReasonCode::kSharedSubscriptionsNotSupported, "shared subscriptions not supported",
        kSuback | kDisconnect),
    row(ReasonCode::kConnectionRateExceeded, "connection rate exceeded", kConnack | kDisconnect),
    row(ReasonCode::kMaximumConnectTime, "maximum connect time", kDisconnect),
    row(ReasonCode::kSubscriptionIdentifiersNotSupported, "subscription identifiers not supported",
        kSuback | kDisconnect),
    row(ReasonCode::kWildcardSubscriptionsNotSupported, "wildcard subscriptions not supported",
        kSuback | kDisconnect),
};

const Row* find_row(ReasonCode code) {
  const auto* found =
      std::find_if(kRows.begin(), kRows.end(), [code](const Row& each) { return each.code == code; });
  return found == kRows.end() ? nullptr : found;
}

// 3.1.1 return code at its own index.
constexpr std::array kReturnCodes = {
    ReasonCode::kSuccess,
    ReasonCode::kUnsupportedProtocolVersion,
    ReasonCode::kClientIdentifierNotValid,
    ReasonCode::kServerUnavailable,
    ReasonCode::kBadUserNameOrPassword,
    ReasonCode::kNotAuthorized,
};

}  // namespace

const char* reason_code_name(ReasonCode code) {
  const Row* found = find_row(code);
  return found == nullptr ? "unknown reason code" : found->name;
}

bool reason_code_allowed(PacketType type, Sender sender, ReasonCode code) {
  const Row* found = find_row(code);
  return found != nullptr &&
         ((sender == Sender::kClient ? found->from_client : found->from_server) & bit(type)) != 0;
}

std::optional<ReasonCode> reason_from_connack_return_code(std::uint8_t return_code) {
  if (return_code >= kReturnCodes.size()) {
    return std::nullopt;
  }
  return kReturnCodes[return_code];
}

std::uint8_t connack_return_code(ReasonCode code) {
  const auto* found = std::find(kReturnCodes.begin(), kReturnCodes.end(), code);
  if (found != kReturnCodes.end()) {
    return static_cast<std::uint8_t>(found - kReturnCodes.begin());
  }
  const std::uint8_t not_authorized = 5;
  const std::uint8_t server_unavailable = 3;
  switch (code) {
    case ReasonCode::kBanned:
    case ReasonCode::kBadAuthenticationMethod:
      return not_authorized;
    default:
      return server_unavailable;
  }
}

const char* connack_return_code_text(std::uint8_t return_code) {
  switch (return_code) {
    case 0:
      return "connection accepted";
    case 1:
      return "connection refused: unacceptable protocol version";
    case 2:
      return "connection refused: client identifier rejected";
    case 3:
      return "connection refused: server unavailable";
    case 4:
      return "connection refused: bad user name or password";
    case 5:
      return "connection refused: not authorized";
    default:
      return "connection refused: reserved return code";
  }
}

}  // namespace mkb::mqtt
