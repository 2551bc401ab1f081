#include "mqtt/unsubscribe.h"

#include "mqtt/packet_codec.h"
#include "mqtt/topic_filter.h"

namespace mkb::mqtt {
namespace {

void check_filter(std::string_view filter, Version version, CodecFailure& failure) {
  const char* problem =
      version == Version::k5 ? subscription_filter_problem(filter) : topic_filter_problem(filter);
  if (problem != nullptr) {
    failure.set(CodecError::kMalformed, "topic filter", problem);
  }
}

}  // namespace

Result<Unsubscribe> decode_unsubscribe(const Frame& frame, Version version) {
  WireReader in = open_frame(frame, PacketType::kUnsubscribe, version);
  Unsubscribe unsubscribe;
  unsubscribe.packet_id = read_packet_id(in);
  if (version == Version::k5) {
    unsubscribe.properties = Properties(read_properties(in, PropertyContext::kUnsubscribe));
  }
  do {
    unsubscribe.filters.emplace_back(in.text("topic filter"));
    check_filter(unsubscribe.filters.back(), version, in.failure());
  } while (!in.failed() && !in.empty());
  return finish_decoding(in, PacketType::kUnsubscribe, std::move(unsubscribe));
}

Result<Unsuback> decode_unsuback(const Frame& frame, Version version) {
  WireReader in = open_frame(frame, PacketType::kUnsuback, version);
  Unsuback unsuback;
  unsuback.packet_id = read_packet_id(in);
  if (version == Version::k311) {
    return finish_decoding(in, PacketType::kUnsuback, std::move(unsuback));
  }
  unsuback.properties = Properties(read_properties(in, PropertyContext::kUnsuback));
  do {
    unsuback.reasons.push_back(static_cast<ReasonCode>(in.u8("reason code")));
    check_reason(unsuback.reasons.back(), PacketType::kUnsuback, Sender::kServer, in.failure());
  } while (!in.failed() && !in.empty());
  return finish_decoding(in, PacketType::kUnsuback, std::move(unsuback));
}

Result<void> encode(const Unsubscribe& unsubscribe, Version version, std::string& out) {
  WireWriter writer(out);
  check_packet_id(unsubscribe.packet_id, writer.failure());
  writer.u16(unsubscribe.packet_id);
  if (version == Version::k5) {
    write_properties(writer, unsubscribe.properties, PropertyContext::kUnsubscribe);
  }
  if (unsubscribe.filters.empty()) {
    writer.failure().set(CodecError::kProtocol, "topic filter", "is missing [MQTT-3.10.3-2]");
  }
  for (const std::string& filter : unsubscribe.filters) {
    check_filter(filter, version, writer.failure());
    writer.text(filter, "topic filter");
  }
  return writer.finish(PacketType::kUnsubscribe, required_flags(PacketType::kUnsubscribe));
}

Result<void> encode(const Unsuback& unsuback, Version version, std::string& out) {
  WireWriter writer(out);
  check_packet_id(unsuback.packet_id, writer.failure());
  writer.u16(unsuback.packet_id);
  if (version == Version::k5) {
    write_properties(writer, unsuback.properties, PropertyContext::kUnsuback);
    if (unsuback.reasons.empty()) {
      writer.failure().set(CodecError::kProtocol, "reason code", "is missing");
    }
    for (const ReasonCode reason : unsuback.reasons) {
      check_reason(reason, PacketType::kUnsuback, Sender::kServer, writer.failure());
      writer.u8(static_cast<std::uint8_t>(reason));
    }
  }
  return writer.finish(PacketType::kUnsuback, 0);
}

}  // namespace mkb::mqtt
