#include "mqtt/packet.h"

#include <string>

namespace mkb::mqtt {
namespace {

template <class T>
Result<Packet> widen(Result<T> result) {
  if (!result) {
    return result.error();
  }
  return Packet(std::move(result).value());
}

Result<Packet> decode_owning_publish(const Frame& frame, Version version, Sender sender) {
  const Result<PublishView> view = decode_publish(frame, version, sender);
  if (!view) {
    return view.error();
  }
  return Packet(Publish(*view));
}

/// One overload per packet, all with the same parameters.
struct Encoder {
  Version version;
  Sender sender;
  std::string& out;

  Result<void> operator()(const Connect& packet) const { return encode(packet, out); }
  Result<void> operator()(const Publish& packet) const { return encode(packet, version, sender, out); }
  Result<void> operator()(const Disconnect& packet) const { return encode(packet, version, sender, out); }
  Result<void> operator()(const Auth& packet) const { return encode(packet, version, sender, out); }
  Result<void> operator()(const Pingreq&) const {
    append_pingreq(out);
    return {};
  }
  Result<void> operator()(const Pingresp&) const {
    append_pingresp(out);
    return {};
  }
  template <class T>
  Result<void> operator()(const T& packet) const {
    return encode(packet, version, out);
  }
};

}  // namespace

bool may_send(Sender sender, PacketType type, Version version) {
  const bool client = sender == Sender::kClient;
  switch (type) {
    case PacketType::kConnect:
    case PacketType::kSubscribe:
    case PacketType::kUnsubscribe:
    case PacketType::kPingreq:
      return client;
    case PacketType::kConnack:
    case PacketType::kSuback:
    case PacketType::kUnsuback:
    case PacketType::kPingresp:
      return !client;
    case PacketType::kPublish:
    case PacketType::kPuback:
    case PacketType::kPubrec:
    case PacketType::kPubrel:
    case PacketType::kPubcomp:
      return true;
    case PacketType::kDisconnect:
      return client || version == Version::k5;
    case PacketType::kAuth:
      return version == Version::k5;
  }
  return false;
}

Result<Packet> decode_packet(const Frame& frame, Version version, Sender sender) {
  if (!may_send(sender, frame.type(), version)) {
    return Error(CodecError::kProtocol, std::string(packet_type_name(frame.type())) +
                                            ": packet is not sent by a " +
                                            (version == Version::k5 ? "MQTT 5 " : "3.1.1 ") +
                                            (sender == Sender::kClient ? "client" : "server"));
  }
  switch (frame.type()) {
    case PacketType::kConnect:
      return widen(decode_connect(frame));
    case PacketType::kConnack:
      return widen(decode_connack(frame, version));
    case PacketType::kPublish:
      return decode_owning_publish(frame, version, sender);
    case PacketType::kPuback:
    case PacketType::kPubrec:
    case PacketType::kPubrel:
    case PacketType::kPubcomp:
      return widen(decode_ack(frame, version));
    case PacketType::kSubscribe:
      return widen(decode_subscribe(frame, version));
    case PacketType::kSuback:
      return widen(decode_suback(frame, version));
    case PacketType::kUnsubscribe:
      return widen(decode_unsubscribe(frame, version));
    case PacketType::kUnsuback:
      return widen(decode_unsuback(frame, version));
    case PacketType::kPingreq:
      return widen(decode_pingreq(frame, version));
    case PacketType::kPingresp:
      return widen(decode_pingresp(frame, version));
    case PacketType::kDisconnect:
      return widen(decode_disconnect(frame, version, sender));
    case PacketType::kAuth:
      break;
  }
  return widen(decode_auth(frame, version, sender));
}

Result<void> encode_packet(const Packet& packet, Version version, Sender sender, std::string& out) {
  return std::visit(Encoder{version, sender, out}, packet);
}

}  // namespace mkb::mqtt
