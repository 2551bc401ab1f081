#include "mqtt/auth.h"

#include "mqtt/packet_codec.h"

namespace mkb::mqtt {
namespace {

void check(const Auth& auth, Version version, Sender sender, CodecFailure& failure) {
  if (version == Version::k311) {
    failure.set(CodecError::kProtocol, "packet", "does not exist in 3.1.1");
  }
  check_reason(auth.reason, PacketType::kAuth, sender, failure);
  // An empty packet stands for success without properties (3.15.2.1); any other names its method.
  const bool empty = auth.reason == ReasonCode::kSuccess && auth.properties.empty();
  if (!empty && !auth.properties.view().text(PropertyId::kAuthenticationMethod)) {
    failure.set(CodecError::kProtocol, "Authentication Method", "is missing");
  }
}

}  // namespace

Result<Auth> decode_auth(const Frame& frame, Version version, Sender sender) {
  WireReader in = open_frame(frame, PacketType::kAuth, version);
  Auth auth;
  if (!in.empty()) {
    auth.reason = static_cast<ReasonCode>(in.u8("reason code"));
    auth.properties = Properties(read_properties(in, PropertyContext::kAuth));
  }
  if (!in.failed()) {
    check(auth, version, sender, in.failure());
  }
  return finish_decoding(in, PacketType::kAuth, std::move(auth));
}

Result<void> encode(const Auth& auth, Version version, Sender sender, std::string& out) {
  WireWriter writer(out);
  check(auth, version, sender, writer.failure());
  if (auth.reason != ReasonCode::kSuccess || !auth.properties.empty() || auth.properties.overflowed()) {
    writer.u8(static_cast<std::uint8_t>(auth.reason));
    write_properties(writer, auth.properties, PropertyContext::kAuth);
  }
  return writer.finish(PacketType::kAuth, 0);
}

}  // namespace mkb::mqtt
