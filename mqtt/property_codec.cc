#include "mqtt/property_codec.h"

#include <array>
#include <cassert>
#include <limits>

#include "mqtt/topic_filter.h"

namespace mkb::mqtt {
namespace {

constexpr std::uint16_t bit(PropertyContext context) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(context));
}

constexpr std::uint16_t kPublish =
    bit(PropertyContext::kPublishFromClient) | bit(PropertyContext::kPublishFromServer);
constexpr std::uint16_t kMessage = kPublish | bit(PropertyContext::kWill);
constexpr std::uint16_t kConnect = bit(PropertyContext::kConnect);
constexpr std::uint16_t kConnack = bit(PropertyContext::kConnack);
constexpr std::uint16_t kAuthExchange = kConnect | kConnack | bit(PropertyContext::kAuth);
constexpr std::uint16_t kEverywhere = std::numeric_limits<std::uint16_t>::max();

struct Rule {
  const char* name = nullptr;  ///< nullptr: no such property
  PropertyKind kind = PropertyKind::kBinary;
  std::uint16_t contexts = 0;
  std::uint16_t repeatable = 0;  ///< contexts in which it may appear more than once
  std::uint32_t least = 0;
  std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
};

constexpr std::size_t kIdentifiers = 0x2b;

constexpr std::array<Rule, kIdentifiers> make_rules() {
  std::array<Rule, kIdentifiers> rules{};
  using Id = PropertyId;
  using Kind = PropertyKind;
  const auto set = [&rules](Id id, Rule rule) { rules[static_cast<std::size_t>(id)] = rule; };
  const auto flag = [&set](Id id, const char* name, std::uint16_t contexts) {
    set(id, {name, Kind::kByte, contexts, 0, 0, 1});
  };
  const auto nonzero = [&set](Id id, const char* name, Kind kind, std::uint16_t contexts,
                              std::uint16_t repeatable) {
    set(id, {name, kind, contexts, repeatable, 1, std::numeric_limits<std::uint32_t>::max()});
  };
  const std::uint16_t from_client = kConnect | bit(PropertyContext::kDisconnectFromClient);
  const std::uint16_t reason_string =
      kConnack | bit(PropertyContext::kAck) | bit(PropertyContext::kSuback) |
      bit(PropertyContext::kUnsuback) | bit(PropertyContext::kDisconnectFromClient) |
      bit(PropertyContext::kDisconnectFromServer) | bit(PropertyContext::kAuth);

  flag(Id::kPayloadFormatIndicator, "Payload Format Indicator", kMessage);
  set(Id::kMessageExpiryInterval, {"Message Expiry Interval", Kind::kFourBytes, kMessage});
  set(Id::kContentType, {"Content Type", Kind::kText, kMessage});
  set(Id::kResponseTopic, {"Response Topic", Kind::kText, kMessage});
  set(Id::kCorrelationData, {"Correlation Data", Kind::kBinary, kMessage});
  nonzero(Id::kSubscriptionIdentifier, "Subscription Identifier", Kind::kVarint,
          bit(PropertyContext::kPublishFromServer) | bit(PropertyContext::kSubscribe),
          bit(PropertyContext::kPublishFromServer));
  set(Id::kSessionExpiryInterval,
      {"Session Expiry Interval", Kind::kFourBytes, static_cast<std::uint16_t>(from_client | kConnack)});
  set(Id::kAssignedClientIdentifier, {"Assigned Client Identifier", Kind::kText, kConnack});
  set(Id::kServerKeepAlive, {"Server Keep Alive", Kind::kTwoBytes, kConnack});
  set(Id::kAuthenticationMethod, {"Authentication Method", Kind::kText, kAuthExchange});
  set(Id::kAuthenticationData, {"Authentication Data", Kind::kBinary, kAuthExchange});
  flag(Id::kRequestProblemInformation, "Request Problem Information", kConnect);
  set(Id::kWillDelayInterval, {"Will Delay Interval", Kind::kFourBytes, bit(PropertyContext::kWill)});
  flag(Id::kRequestResponseInformation, "Request Response Information", kConnect);
  set(Id::kResponseInformation, {"Response Information", Kind::kText, kConnack});
  set(Id::kServerReference,
      {"Server Reference", Kind::kText,
       static_cast<std::uint16_t>(kConnack | bit(PropertyContext::kDisconnectFromServer))});
  set(Id::kReasonString, {"Reason String", Kind::kText, reason_string});
  nonzero(Id::kReceiveMaximum, "Receive Maximum", Kind::kTwoBytes, kConnect | kConnack, 0);
  set(Id::kTopicAliasMaximum,
      {"Topic Alias Maximum", Kind::kTwoBytes, static_cast<std::uint16_t>(kConnect | kConnack)});
  nonzero(Id::kTopicAlias, "Topic Alias", Kind::kTwoBytes, kPublish, 0);
  flag(Id::kMaximumQos, "Maximum QoS", kConnack);
  flag(Id::kRetainAvailable, "Retain Available", kConnack);
  set(Id::kUserProperty, {"User Property", Kind::kTextPair, kEverywhere, kEverywhere});
  nonzero(Id::kMaximumPacketSize, "Maximum Packet Size", Kind::kFourBytes, kConnect | kConnack, 0);
  flag(Id::kWildcardSubscriptionAvailable, "Wildcard Subscription Available", kConnack);
  flag(Id::kSubscriptionIdentifierAvailable, "Subscription Identifier Available", kConnack);
  flag(Id::kSharedSubscriptionAvailable, "Shared Subscription Available", kConnack);
  return rules;
}

constexpr std::array<Rule, kIdentifiers> kRules = make_rules();

const Rule* find_rule(PropertyId id) {
  const auto index = static_cast<std::size_t>(id);
  return index < kRules.size() && kRules[index].name != nullptr ? &kRules[index] : nullptr;
}

void check_value(const Property& property, const Rule& rule, CodecFailure& failure) {
  switch (rule.kind) {
    case PropertyKind::kBinary:
      return;
    case PropertyKind::kText:
    case PropertyKind::kTextPair:
      if (!is_mqtt_utf8(property.text) || !is_mqtt_utf8(property.value)) {
        failure.set(CodecError::kMalformed, rule.name,
                    "is not UTF-8 without U+0000 [MQTT-1.5.4-1] [MQTT-1.5.4-2]");
      }
      // An empty Response Topic is let through: servers forward it, and it harms no one but its reader.
      if (property.id == PropertyId::kResponseTopic &&
          property.text.find_first_of("+#") != property.text.npos) {
        failure.set(CodecError::kProtocol, rule.name, "must not have wildcards [MQTT-3.3.2-14]");
      }
      return;
    case PropertyKind::kByte:
    case PropertyKind::kTwoBytes:
    case PropertyKind::kFourBytes:
    case PropertyKind::kVarint:
      if (property.integer < rule.least) {
        failure.set(CodecError::kProtocol, rule.name, "must not be 0");
      } else if (property.integer > rule.most) {
        failure.set(CodecError::kProtocol, rule.name, "must be 0 or 1", property.integer);
      }
      return;
  }
}

bool contains(std::uint64_t seen, PropertyId id) {
  return (seen >> static_cast<unsigned>(id) & 1) != 0;
}

}  // namespace

const char* property_name(PropertyId id) {
  const Rule* rule = find_rule(id);
  return rule == nullptr ? "unknown property" : rule->name;
}

PropertyKind property_kind(PropertyId id) {
  const Rule* rule = find_rule(id);
  assert(rule != nullptr);
  return rule == nullptr ? PropertyKind::kBinary : rule->kind;
}

Property read_property(WireReader& in) {
  Property property;
  // Formally a variable byte integer; every identifier fits one byte.
  property.id = static_cast<PropertyId>(in.u8("property identifier"));
  const Rule* rule = find_rule(property.id);
  if (rule == nullptr) {
    in.fail(CodecError::kMalformed, "property identifier", "is unknown",
            static_cast<std::uint32_t>(property.id));
    return property;
  }
  switch (rule->kind) {
    case PropertyKind::kByte:
      property.integer = in.u8(rule->name);
      break;
    case PropertyKind::kTwoBytes:
      property.integer = in.u16(rule->name);
      break;
    case PropertyKind::kFourBytes:
      property.integer = in.u32(rule->name);
      break;
    case PropertyKind::kVarint:
      property.integer = in.varint(rule->name);
      break;
    case PropertyKind::kText:
    case PropertyKind::kBinary:
      property.text = in.binary(rule->name);
      break;
    case PropertyKind::kTextPair:
      property.text = in.binary(rule->name);
      property.value = in.binary(rule->name);
      break;
  }
  return property;
}

void check_properties(std::string_view bytes, PropertyContext context, CodecFailure& failure) {
  WireReader in(bytes);
  std::uint64_t seen = 0;
  while (!in.empty()) {
    const Property property = read_property(in);
    if (in.failed()) {
      break;
    }
    const Rule& rule = *find_rule(property.id);
    if ((rule.contexts & bit(context)) == 0) {
      failure.set(CodecError::kProtocol, rule.name, "is not allowed here");
    }
    if (contains(seen, property.id) && (rule.repeatable & bit(context)) == 0) {
      failure.set(CodecError::kProtocol, rule.name, "appears more than once");
    }
    seen |= std::uint64_t{1} << static_cast<unsigned>(property.id);
    check_value(property, rule, failure);
  }
  if (in.failed()) {
    failure = failure.failed() ? failure : in.failure();
  }
  const bool needs_method = context == PropertyContext::kConnect || context == PropertyContext::kAuth;
  if (needs_method && contains(seen, PropertyId::kAuthenticationData) &&
      !contains(seen, PropertyId::kAuthenticationMethod)) {
    failure.set(CodecError::kProtocol, "Authentication Data", "is without Authentication Method");
  }
}

PropertyView read_properties(WireReader& in, PropertyContext context) {
  const std::uint32_t size = in.varint("property length");
  const std::string_view bytes = in.take(size, "properties");
  if (bytes.empty()) {
    return {};
  }
  check_properties(bytes, context, in.failure());
  return PropertyView(bytes);
}

void write_properties(WireWriter& out, const Properties& properties, PropertyContext context) {
  if (properties.overflowed()) {
    out.failure().set(CodecError::kTooLarge, "property", "is longer than 65535 bytes");
  }
  const std::string_view bytes = properties.view().bytes();
  check_properties(bytes, context, out.failure());
  out.varint(bytes.size());
  out.raw(bytes);
}

}  // namespace mkb::mqtt
