#include "mqtt/publish.h"

#include "mqtt/packet_codec.h"

namespace mkb::mqtt {
namespace {

constexpr std::uint8_t kRetainFlag = 0x01;
constexpr std::uint8_t kDupFlag = 0x08;

PropertyContext context_of(Sender sender) {
  return sender == Sender::kServer ? PropertyContext::kPublishFromServer
                                   : PropertyContext::kPublishFromClient;
}

void check(const PublishView& publish, Version version, CodecFailure& failure) {
  if (publish.qos > kMaxQos) {
    failure.set(CodecError::kMalformed, "QoS", "must be 0, 1 or 2 [MQTT-3.3.1-4]", publish.qos);
  }
  if (publish.dup && publish.qos == 0) {
    failure.set(CodecError::kMalformed, "DUP", "must not be set with QoS 0 [MQTT-3.3.1-2]");
  }
  if (publish.qos != 0) {
    check_packet_id(publish.packet_id, failure);
  }
  if (publish.topic.empty() && version == Version::k5) {
    if (!publish.properties.integer(PropertyId::kTopicAlias)) {
      failure.set(CodecError::kProtocol, "topic name", "must not be empty without a Topic Alias");
    }
  } else {
    check_topic_name(publish.topic, "topic name", failure);
  }
}

std::size_t body_size(const PublishView& publish, Version version) {
  const std::size_t properties = publish.properties.bytes().size();
  return 2 + publish.topic.size() + (publish.qos == 0 ? 0 : 2) +
         (version == Version::k5 ? varint_size(properties) + properties : 0) + publish.payload.size();
}

std::uint8_t flags_of(const PublishView& publish) {
  return static_cast<std::uint8_t>((publish.dup ? kDupFlag : 0) | (publish.qos << 1) |
                                   (publish.retain ? kRetainFlag : 0));
}

}  // namespace

Publish::Publish(const PublishView& view)
    : topic(view.topic),
      payload(view.payload),
      packet_id(view.packet_id),
      qos(view.qos),
      dup(view.dup),
      retain(view.retain),
      properties(view.properties) {}

PublishView Publish::view() const {
  return {topic, payload, packet_id, qos, dup, retain, properties.view()};
}

Result<PublishView> decode_publish(const Frame& frame, Version version, Sender sender) {
  WireReader in(frame.body);
  if (frame.type() != PacketType::kPublish) {
    in.fail(CodecError::kProtocol, "packet type", "is another", static_cast<std::uint32_t>(frame.type()));
  }
  check_remaining_length(frame, version, in.failure());
  PublishView publish;
  publish.qos = (frame.flags() >> 1) & 0x03;
  publish.dup = (frame.flags() & kDupFlag) != 0;
  publish.retain = (frame.flags() & kRetainFlag) != 0;
  publish.topic = in.binary("topic name");  // check() validates its text
  if (publish.qos != 0) {
    publish.packet_id = in.u16("packet identifier");
  }
  if (version == Version::k5) {
    publish.properties = read_properties(in, context_of(sender));
  }
  publish.payload = in.rest();
  // A packet that is cut short has no further fields to be checked.
  if (!in.failed()) {
    check(publish, version, in.failure());
  }
  if (in.failed()) {
    return in.failure().error(PacketType::kPublish);
  }
  return publish;
}

Result<void> encode(const PublishView& publish, Version version, Sender sender, std::string& out) {
  WireWriter writer(out);
  CodecFailure& failure = writer.failure();
  if (publish.qos > kMaxQos) {
    // Before anything else: the flags have no room for it.
    check(publish, version, failure);
    return writer.finish(PacketType::kPublish, 0);
  }
  if (version == Version::k5) {
    check_properties(publish.properties.bytes(), context_of(sender), failure);
  }
  check(publish, version, failure);
  if (body_size(publish, version) > kMaxVariableByteInteger) {
    failure.set(CodecError::kTooLarge, "packet", "has more bytes than a variable byte integer can express");
  }
  if (failure.failed()) {
    return failure.error(PacketType::kPublish);
  }
  writer.binary(publish.topic, "topic name");
  if (publish.qos != 0) {
    writer.u16(publish.packet_id);
  }
  if (version == Version::k5) {
    writer.varint(publish.properties.bytes().size());
    writer.raw(publish.properties.bytes());
  }
  writer.raw(publish.payload);
  return writer.finish(PacketType::kPublish, flags_of(publish));
}

Result<void> encode(const Publish& publish, Version version, Sender sender, std::string& out) {
  if (publish.properties.overflowed()) {
    CodecFailure failure;
    failure.set(CodecError::kTooLarge, "property", "is longer than 65535 bytes");
    return failure.error(PacketType::kPublish);
  }
  return encode(publish.view(), version, sender, out);
}

std::size_t encoded_size(const PublishView& publish, Version version) {
  const std::size_t body = body_size(publish, version);
  return 1 + varint_size(body) + body;
}

}  // namespace mkb::mqtt
