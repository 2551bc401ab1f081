#include "mqtt/disconnect.h"

#include "mqtt/packet_codec.h"

namespace mkb::mqtt {
namespace {

PropertyContext context_of(Sender sender) {
  return sender == Sender::kServer ? PropertyContext::kDisconnectFromServer
                                   : PropertyContext::kDisconnectFromClient;
}

void check_sender(Version version, Sender sender, CodecFailure& failure) {
  if (version == Version::k311 && sender == Sender::kServer) {
    failure.set(CodecError::kProtocol, "packet", "is not sent by a 3.1.1 server");
  }
}

}  // namespace

Result<Disconnect> decode_disconnect(const Frame& frame, Version version, Sender sender) {
  WireReader in = open_frame(frame, PacketType::kDisconnect, version);
  check_sender(version, sender, in.failure());
  Disconnect disconnect;
  // Both fields can be left out (3.14.2.1, 3.14.2.2.1).
  if (version == Version::k5 && !in.empty()) {
    disconnect.reason = static_cast<ReasonCode>(in.u8("reason code"));
    check_reason(disconnect.reason, PacketType::kDisconnect, sender, in.failure());
    if (!in.empty()) {
      disconnect.properties = Properties(read_properties(in, context_of(sender)));
    }
  }
  return finish_decoding(in, PacketType::kDisconnect, std::move(disconnect));
}

Result<void> encode(const Disconnect& disconnect, Version version, Sender sender, std::string& out) {
  WireWriter writer(out);
  check_sender(version, sender, writer.failure());
  if (version == Version::k5) {
    check_reason(disconnect.reason, PacketType::kDisconnect, sender, writer.failure());
    const bool has_properties = !disconnect.properties.empty() || disconnect.properties.overflowed();
    if (disconnect.reason != ReasonCode::kNormalDisconnection || has_properties) {
      writer.u8(static_cast<std::uint8_t>(disconnect.reason));
    }
    if (has_properties) {
      write_properties(writer, disconnect.properties, context_of(sender));
    }
  }
  return writer.finish(PacketType::kDisconnect, 0);
}

}  // namespace mkb::mqtt
