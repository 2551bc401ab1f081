#include "mqtt/packet_generator.h"

#include <array>

namespace mkb::mqtt {
namespace {

/// 3.1.1 has no properties.
Properties only_in_5(Version version, Properties properties) {
  return version == Version::k5 ? std::move(properties) : Properties();
}

}  // namespace

std::string PacketGenerator::bytes() {
  // Mostly short, at times around the sizes where a length prefix grows.
  const std::array<std::uint32_t, 6> bounds = {1, 10, 40, 140, 300, 20'000};
  std::string made(below(bounds[below(40) == 0 ? 5 : below(5)]), '\0');
  for (char& byte : made) {
    byte = static_cast<char>(below(256));
  }
  return made;
}

std::string PacketGenerator::text() {
  const std::array<const char*, 9> pieces = {
      "a", "B", "/", " ", "\x01", "\xc3\xa9", "\xe2\x82\xac", "\xf0\xaa\x9b\x94", "0"};
  std::string made;
  for (std::uint32_t count = below(12); count > 0; --count) {
    made += pieces[below(pieces.size())];
  }
  return made;
}

std::string PacketGenerator::topic() {
  const std::string made = text();
  return made.empty() ? "/" : made;
}

std::string PacketGenerator::filter(Version version) {
  std::string made = version == Version::k5 && below(4) == 0 ? "$share/group/" : "";
  for (std::uint32_t count = below(4); count > 0; --count) {
    made += (coin() ? "+" : text()) + "/";
  }
  return made + (coin() ? "#" : topic());
}

ReasonCode PacketGenerator::reason(PacketType type, Sender sender) {
  for (;;) {
    const auto code = static_cast<ReasonCode>(below(0xa3));
    if (reason_code_allowed(type, sender, code)) {
      return code;
    }
  }
}

void PacketGenerator::add_random_value(Properties& properties, PropertyId id) {
  switch (property_kind(id)) {
    case PropertyKind::kByte:
      properties.add(id, below(2));
      break;
    case PropertyKind::kTwoBytes:
      properties.add(id, 1 + below(0xffff));
      break;
    case PropertyKind::kFourBytes:
      properties.add(id, 1 + below(0xfffffffe));
      break;
    case PropertyKind::kVarint:
      properties.add(id, 1 + below(kMaxVariableByteInteger) % (1u << (1 + below(28))));
      break;
    case PropertyKind::kText:
      properties.add(id, text());
      break;
    case PropertyKind::kBinary:
      properties.add(id, bytes());
      break;
    case PropertyKind::kTextPair:
      properties.add_user_property(text(), text());
      break;
  }
}

Properties PacketGenerator::properties(PropertyContext context) {
  Properties made;
  for (std::uint32_t tries = below(4) * 20; tries > 0; --tries) {
    const auto id = static_cast<PropertyId>(below(0x2b));
    if (std::string_view(property_name(id)) == "unknown property") {
      continue;
    }
    Properties longer = made;
    add_random_value(longer, id);
    CodecFailure failure;
    check_properties(longer.view().bytes(), context, failure);
    if (!failure.failed()) {
      made = std::move(longer);
    }
  }
  return made;
}

Connect PacketGenerator::connect(Version version) {
  Connect made;
  made.version = version;
  made.clean_start = coin();
  made.keep_alive = static_cast<std::uint16_t>(below(0x10000));
  made.client_id = text();
  made.properties = only_in_5(version, properties(PropertyContext::kConnect));
  if (coin()) {
    made.will = Will{topic(), bytes(), qos(), coin(), {}};
    made.will->properties = only_in_5(version, properties(PropertyContext::kWill));
  }
  if (coin()) {
    made.user_name = text();
  }
  if (coin() && (version == Version::k5 || made.user_name)) {
    made.password = bytes();
  }
  return made;
}

Publish PacketGenerator::publish(Version version, Sender sender) {
  Publish made;
  made.qos = qos();
  made.packet_id = made.qos == 0 ? std::uint16_t{0} : packet_id();
  made.dup = made.qos != 0 && coin();
  made.retain = coin();
  made.payload = bytes();
  made.properties =
      only_in_5(version, properties(sender == Sender::kClient ? PropertyContext::kPublishFromClient
                                                              : PropertyContext::kPublishFromServer));
  const bool aliased = made.properties.view().integer(PropertyId::kTopicAlias).has_value();
  made.topic = aliased && coin() ? "" : topic();
  return made;
}

Subscribe PacketGenerator::subscribe(Version version) {
  Subscribe made{packet_id(), {}, only_in_5(version, properties(PropertyContext::kSubscribe))};
  for (std::uint32_t count = 1 + below(5); count > 0; --count) {
    Subscription subscription{filter(version), qos(), false, false, {}};
    if (version == Version::k5) {
      subscription.no_local = coin() && !subscription.filter.starts_with("$share/");
      subscription.retain_as_published = coin();
      subscription.retain_handling = static_cast<RetainHandling>(below(3));
    }
    made.subscriptions.push_back(subscription);
  }
  return made;
}

Suback PacketGenerator::suback(Version version) {
  Suback made{packet_id(), {}, only_in_5(version, properties(PropertyContext::kSuback))};
  const std::array<ReasonCode, 4> reasons_311 = {ReasonCode::kGrantedQos0, ReasonCode::kGrantedQos1,
                                                 ReasonCode::kGrantedQos2, ReasonCode::kUnspecifiedError};
  for (std::uint32_t count = 1 + below(5); count > 0; --count) {
    made.reasons.push_back(version == Version::k5 ? reason(PacketType::kSuback, Sender::kServer)
                                                  : reasons_311[below(4)]);
  }
  return made;
}

Auth PacketGenerator::auth(Sender sender) {
  Auth made{reason(PacketType::kAuth, sender), properties(PropertyContext::kAuth)};
  if (!made.properties.view().text(PropertyId::kAuthenticationMethod)) {
    made.properties.add(PropertyId::kAuthenticationMethod, text());
  }
  return made;
}

Packet PacketGenerator::packet(PacketType type, Version version, Sender sender) {
  switch (type) {
    case PacketType::kConnect:
      return connect(version);
    case PacketType::kConnack: {
      Connack made;
      made.reason = version == Version::k5
                        ? reason(type, sender)
                        : *reason_from_connack_return_code(static_cast<std::uint8_t>(below(6)));
      made.session_present = made.reason == ReasonCode::kSuccess && coin();
      made.properties = only_in_5(version, properties(PropertyContext::kConnack));
      return made;
    }
    case PacketType::kPublish:
      return publish(version, sender);
    case PacketType::kPuback:
    case PacketType::kPubrec:
    case PacketType::kPubrel:
    case PacketType::kPubcomp:
      return Ack{type, packet_id(), version == Version::k5 ? reason(type, sender) : ReasonCode::kSuccess,
                 only_in_5(version, properties(PropertyContext::kAck))};
    case PacketType::kSubscribe:
      return subscribe(version);
    case PacketType::kSuback:
      return suback(version);
    case PacketType::kUnsubscribe:
      return Unsubscribe{packet_id(),
                         {filter(version), filter(version)},
                         only_in_5(version, properties(PropertyContext::kUnsubscribe))};
    case PacketType::kUnsuback: {
      Unsuback made{packet_id(), {}, only_in_5(version, properties(PropertyContext::kUnsuback))};
      if (version == Version::k5) {
        made.reasons = {reason(type, sender), reason(type, sender)};
      }
      return made;
    }
    case PacketType::kPingreq:
      return Pingreq{};
    case PacketType::kPingresp:
      return Pingresp{};
    case PacketType::kDisconnect:
      if (version == Version::k311) {
        return Disconnect{};
      }
      return Disconnect{reason(type, sender),
                        properties(sender == Sender::kClient ? PropertyContext::kDisconnectFromClient
                                                             : PropertyContext::kDisconnectFromServer)};
    case PacketType::kAuth:
      break;
  }
  return auth(sender);
}

}  // namespace mkb::mqtt
