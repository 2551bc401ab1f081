#include "mqtt/subscribe.h"

#include <algorithm>

#include "mqtt/packet_codec.h"
#include "mqtt/topic_filter.h"

namespace mkb::mqtt {
namespace {

constexpr std::uint8_t kQosOptions = 0x03;
constexpr std::uint8_t kNoLocalOption = 0x04;
constexpr std::uint8_t kRetainAsPublishedOption = 0x08;
constexpr unsigned kRetainHandlingShift = 4;

void check(const Subscription& subscription, Version version, CodecFailure& failure) {
  const char* problem = version == Version::k5 ? subscription_filter_problem(subscription.filter)
                                               : topic_filter_problem(subscription.filter);
  if (problem != nullptr) {
    failure.set(CodecError::kMalformed, "topic filter", problem);
  }
  if (subscription.qos > kMaxQos) {
    failure.set(CodecError::kMalformed, "maximum QoS", "must be 0, 1 or 2", subscription.qos);
  }
  if (version == Version::k311) {
    return;
  }
  if (subscription.no_local && subscription.filter.starts_with("$share/")) {
    failure.set(CodecError::kProtocol, "No Local",
                "must not be set for a shared subscription [MQTT-3.8.3-4]");
  }
  if (subscription.retain_handling > RetainHandling::kDoNotSend) {
    failure.set(CodecError::kProtocol, "Retain Handling", "must be 0, 1 or 2",
                static_cast<std::uint32_t>(subscription.retain_handling));
  }
}

Subscription read_subscription(WireReader& in, Version version) {
  Subscription subscription;
  subscription.filter = in.text("topic filter");
  const std::uint8_t options = in.u8("subscription options");
  const std::uint8_t reserved = version == Version::k5 ? 0xc0 : 0xfc;
  if ((options & reserved) != 0) {
    in.fail(CodecError::kMalformed, "reserved bits of subscription options", "must be 0 [MQTT-3.8.3-5]",
            options);
  }
  subscription.qos = options & kQosOptions;
  subscription.no_local = (options & kNoLocalOption) != 0;
  subscription.retain_as_published = (options & kRetainAsPublishedOption) != 0;
  subscription.retain_handling = static_cast<RetainHandling>(options >> kRetainHandlingShift);
  return subscription;
}

std::uint8_t options_of(const Subscription& subscription, Version version) {
  if (version == Version::k311) {
    return subscription.qos;
  }
  return static_cast<std::uint8_t>(
      subscription.qos | (subscription.no_local ? kNoLocalOption : 0) |
      (subscription.retain_as_published ? kRetainAsPublishedOption : 0) |
      (static_cast<unsigned>(subscription.retain_handling) << kRetainHandlingShift));
}

/// 3.1.1 knows the three granted QoS and 0x80 only [MQTT-3.9.3-2].
void check_reason(ReasonCode reason, Version version, CodecFailure& failure) {
  if (version == Version::k311 && is_failure(reason) && reason != ReasonCode::kUnspecifiedError) {
    failure.set(CodecError::kProtocol, "return code", "is reserved [MQTT-3.9.3-2]",
                static_cast<std::uint32_t>(reason));
  }
  mqtt::check_reason(reason, PacketType::kSuback, Sender::kServer, failure);
}

}  // namespace

Result<Subscribe> decode_subscribe(const Frame& frame, Version version) {
  WireReader in = open_frame(frame, PacketType::kSubscribe, version);
  Subscribe subscribe;
  subscribe.packet_id = read_packet_id(in);
  if (version == Version::k5) {
    subscribe.properties = Properties(read_properties(in, PropertyContext::kSubscribe));
  }
  do {
    subscribe.subscriptions.push_back(read_subscription(in, version));
    check(subscribe.subscriptions.back(), version, in.failure());
  } while (!in.failed() && !in.empty());
  return finish_decoding(in, PacketType::kSubscribe, std::move(subscribe));
}

Result<Suback> decode_suback(const Frame& frame, Version version) {
  WireReader in = open_frame(frame, PacketType::kSuback, version);
  Suback suback;
  suback.packet_id = read_packet_id(in);
  if (version == Version::k5) {
    suback.properties = Properties(read_properties(in, PropertyContext::kSuback));
  }
  do {
    suback.reasons.push_back(static_cast<ReasonCode>(in.u8("reason code")));
    check_reason(suback.reasons.back(), version, in.failure());
  } while (!in.failed() && !in.empty());
  return finish_decoding(in, PacketType::kSuback, std::move(suback));
}

Result<void> encode(const Subscribe& subscribe, Version version, std::string& out) {
  WireWriter writer(out);
  check_packet_id(subscribe.packet_id, writer.failure());
  writer.u16(subscribe.packet_id);
  if (version == Version::k5) {
    write_properties(writer, subscribe.properties, PropertyContext::kSubscribe);
  }
  if (subscribe.subscriptions.empty()) {
    writer.failure().set(CodecError::kProtocol, "topic filter", "is missing [MQTT-3.8.3-2]");
  }
  for (const Subscription& subscription : subscribe.subscriptions) {
    check(subscription, version, writer.failure());
    writer.text(subscription.filter, "topic filter");
    writer.u8(options_of(subscription, version));
  }
  return writer.finish(PacketType::kSubscribe, required_flags(PacketType::kSubscribe));
}

Result<void> encode(const Suback& suback, Version version, std::string& out) {
  WireWriter writer(out);
  check_packet_id(suback.packet_id, writer.failure());
  writer.u16(suback.packet_id);
  if (version == Version::k5) {
    write_properties(writer, suback.properties, PropertyContext::kSuback);
  }
  if (suback.reasons.empty()) {
    writer.failure().set(CodecError::kProtocol, "reason code", "is missing");
  }
  for (const ReasonCode reason : suback.reasons) {
    const bool reduced = version == Version::k311 && is_failure(reason);
    const ReasonCode sent = reduced ? ReasonCode::kUnspecifiedError : reason;
    check_reason(sent, version, writer.failure());
    writer.u8(static_cast<std::uint8_t>(sent));
  }
  return writer.finish(PacketType::kSuback, 0);
}

}  // namespace mkb::mqtt
