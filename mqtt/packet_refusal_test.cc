#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "mqtt/hex_bytes.h"
#include "mqtt/packet.h"

namespace mkb::mqtt {
namespace {

using enum Version;
using enum Sender;

/// Bytes that no peer may send, and what is said about them.
struct Refusal {
  Version version;
  Sender sender;
  const char* bytes;
  CodecError code;
  const char* message;

  friend std::ostream& operator<<(std::ostream& out, const Refusal& refusal) { return out << refusal.bytes; }
};

constexpr CodecError kMalformed = CodecError::kMalformed;
constexpr CodecError kProtocol = CodecError::kProtocol;
constexpr CodecError kUnsupported = CodecError::kUnsupportedVersion;

const Refusal kRefusals[] = {
    // PUBLISH
    {k5, kServer, "36 07 00 01 't' 00 01 00 'x'", kMalformed,
     "PUBLISH: QoS must be 0, 1 or 2 [MQTT-3.3.1-4] (found 3)"},
    {k311, kServer, "38 04 00 01 't' 'x'", kMalformed,
     "PUBLISH: DUP must not be set with QoS 0 [MQTT-3.3.1-2]"},
    {k311, kServer, "32 05 00 01 't' 00 00", kProtocol,
     "PUBLISH: packet identifier must not be 0 [MQTT-2.2.1-3]"},
    {k311, kServer, "32 03 00 01 't'", kMalformed, "PUBLISH: packet identifier is cut short"},
    {k311, kServer, "30 02 00 00", kMalformed, "PUBLISH: topic name must not be empty [MQTT-4.7.3-1]"},
    {k5, kServer, "30 03 00 00 00", kProtocol, "PUBLISH: topic name must not be empty without a Topic Alias"},
    {k5, kServer, "30 06 00 03 'a/+' 00", kMalformed,
     "PUBLISH: topic name must not have wildcards [MQTT-3.3.2-2]"},
    {k311, kServer, "30 03 00 01 '#'", kMalformed,
     "PUBLISH: topic name must not have wildcards [MQTT-3.3.2-2]"},
    {k311, kServer, "30 05 00 03 'a' 00 'b'", kMalformed,
     "PUBLISH: topic name must be UTF-8 without U+0000 [MQTT-4.7.3-2]"},
    {k5, kServer, "30 06 00 03 ed a0 80 00", kMalformed,
     "PUBLISH: topic name must be UTF-8 without U+0000 [MQTT-4.7.3-2]"},
    {k5, kServer, "30 05 00 02 c0 80 00", kMalformed,
     "PUBLISH: topic name must be UTF-8 without U+0000 [MQTT-4.7.3-2]"},
    {k5, kServer, "30 07 00 01 't' 03 23 00 00", kProtocol, "PUBLISH: Topic Alias must not be 0"},
    {k5, kServer, "30 08 00 01 't' 05 23 00 01 'x'", kMalformed, "PUBLISH: properties is cut short"},
    {k5, kServer, "30 03 00 01 't'", kMalformed, "PUBLISH: property length is cut short"},
    {k5, kClient, "30 06 00 01 't' 02 0b 01", kProtocol,
     "PUBLISH: Subscription Identifier is not allowed here"},
    {k5, kServer, "30 84 00 00 01 't' 00", kMalformed,
     "PUBLISH: remaining length is longer than it needs to be [MQTT-1.5.5-1]"},
    // Acknowledgements
    {k311, kServer, "42 02 00 01", kMalformed,
     "PUBACK: fixed header flags are not those of its type [MQTT-2.1.3-1] (found 2)"},
    {k311, kServer, "60 02 00 01", kMalformed,
     "PUBREL: fixed header flags are not those of its type [MQTT-2.1.3-1] (found 0)"},
    {k5, kServer, "50 02 00 00", kProtocol, "PUBREC: packet identifier must not be 0 [MQTT-2.2.1-3]"},
    {k311, kServer, "40 03 00 01 00", kMalformed, "PUBACK: packet goes on after its last field"},
    {k5, kServer, "62 03 00 01 10", kProtocol, "PUBREL: reason code is not one of this packet's (found 16)"},
    {k5, kServer, "70 05 00 01 00 00 00", kMalformed, "PUBCOMP: packet goes on after its last field"},
    {k5, kServer, "40 04 00 01 00 01", kMalformed, "PUBACK: properties is cut short"},
    // CONNECT
    {k5, kClient, "10 0d 00 04 'MQTT' 06 02 00 00 00 00 00", kUnsupported,
     "CONNECT: protocol version is neither 4 (3.1.1) nor 5 (found 6)"},
    {k311, kClient, "10 0e 00 06 'MQIsdp' 03 02 00 00 00 00", kUnsupported,
     "CONNECT: protocol name is not MQTT [MQTT-3.1.2-1]"},
    {k311, kClient, "10 0c 00 04 'MQTT' 04 03 00 00 00 00", kMalformed,
     "CONNECT: reserved connect flag must be 0 [MQTT-3.1.2-3]"},
    {k311, kClient, "10 0c 00 04 'MQTT' 04 22 00 00 00 00", kMalformed,
     "CONNECT: Will QoS and Will Retain must be 0 without a will [MQTT-3.1.2-11]"},
    {k311, kClient, "10 0c 00 04 'MQTT' 04 0a 00 00 00 00", kMalformed,
     "CONNECT: Will QoS and Will Retain must be 0 without a will [MQTT-3.1.2-11]"},
    {k311, kClient, "10 11 00 04 'MQTT' 04 1e 00 00 00 00 00 01 'w' 00 00", kMalformed,
     "CONNECT: Will QoS must be 0, 1 or 2 [MQTT-3.1.2-12] (found 3)"},
    {k311, kClient, "10 11 00 04 'MQTT' 04 06 00 00 00 00 00 01 '+' 00 00", kMalformed,
     "CONNECT: Will Topic must not have wildcards [MQTT-3.3.2-2]"},
    {k311, kClient, "10 0e 00 04 'MQTT' 04 42 00 00 00 00 00 00", kMalformed,
     "CONNECT: Password Flag must not be set without the User Name Flag [MQTT-3.1.2-22]"},
    {k311, kClient, "10 0d 00 04 'MQTT' 04 02 00 00 00 01 ff", kMalformed,
     "CONNECT: Client Identifier is not UTF-8 without U+0000 [MQTT-1.5.4-1] [MQTT-1.5.4-2]"},
    {k5, kClient, "10 10 00 04 'MQTT' 05 02 00 00 03 21 00 00 00 00", kProtocol,
     "CONNECT: Receive Maximum must not be 0"},
    {k5, kClient, "10 8d 00 00 04 'MQTT' 05 02 00 00 00 00 00", kMalformed,
     "CONNECT: remaining length is longer than it needs to be [MQTT-1.5.5-1]"},
    // CONNACK
    {k311, kServer, "20 02 02 00", kMalformed,
     "CONNACK: acknowledge flags must be 0 but for Session Present [MQTT-3.2.2-1] (found 2)"},
    {k311, kServer, "20 02 00 06", kProtocol, "CONNACK: return code is reserved (found 6)"},
    {k311, kServer, "20 02 01 05", kProtocol,
     "CONNACK: Session Present must be 0 when the connection is refused [MQTT-3.2.2-6] (found 135)"},
    {k5, kServer, "20 03 00 11 00", kProtocol, "CONNACK: reason code is not one of this packet's (found 17)"},
    {k5, kServer, "20 02 00 00", kMalformed, "CONNACK: property length is cut short"},
    // SUBSCRIBE and UNSUBSCRIBE
    {k311, kClient, "80 06 00 01 00 01 'a' 00", kMalformed,
     "SUBSCRIBE: fixed header flags are not those of its type [MQTT-2.1.3-1] (found 0)"},
    {k311, kClient, "82 02 00 01", kMalformed, "SUBSCRIBE: topic filter is cut short"},
    {k311, kClient, "82 06 00 01 00 01 'a' 04", kMalformed,
     "SUBSCRIBE: reserved bits of subscription options must be 0 [MQTT-3.8.3-5] (found 4)"},
    {k5, kClient, "82 07 00 01 00 00 01 'a' 40", kMalformed,
     "SUBSCRIBE: reserved bits of subscription options must be 0 [MQTT-3.8.3-5] (found 64)"},
    {k5, kClient, "82 07 00 01 00 00 01 'a' 03", kMalformed,
     "SUBSCRIBE: maximum QoS must be 0, 1 or 2 (found 3)"},
    {k5, kClient, "82 07 00 01 00 00 01 'a' 30", kProtocol,
     "SUBSCRIBE: Retain Handling must be 0, 1 or 2 (found 3)"},
    {k311, kClient, "82 08 00 01 00 03 'a#b' 00", kMalformed,
     "SUBSCRIBE: topic filter must have # alone in its level [MQTT-4.7.1-1]"},
    {k5, kClient, "82 10 00 01 00 00 0a '$share/g/a' 04", kProtocol,
     "SUBSCRIBE: No Local must not be set for a shared subscription [MQTT-3.8.3-4]"},
    {k5, kClient, "82 0e 00 01 00 00 08 '$share/g' 00", kMalformed,
     "SUBSCRIBE: topic filter must have a topic filter after its share name [MQTT-4.8.2-2]"},
    {k311, kClient, "a2 02 00 01", kMalformed, "UNSUBSCRIBE: topic filter is cut short"},
    {k311, kClient, "a2 04 00 01 00 00", kMalformed,
     "UNSUBSCRIBE: topic filter must not be empty [MQTT-4.7.3-1]"},
    // SUBACK and UNSUBACK
    {k311, kServer, "90 02 00 01", kMalformed, "SUBACK: reason code is cut short"},
    {k311, kServer, "90 03 00 01 87", kProtocol,
     "SUBACK: return code is reserved [MQTT-3.9.3-2] (found 135)"},
    {k5, kServer, "90 04 00 01 00 03", kProtocol,
     "SUBACK: reason code is not one of this packet's (found 3)"},
    {k311, kServer, "b0 03 00 01 00", kMalformed, "UNSUBACK: packet goes on after its last field"},
    {k5, kServer, "b0 03 00 01 00", kMalformed, "UNSUBACK: reason code is cut short"},
    // The rest
    {k311, kClient, "c0 01 00", kMalformed, "PINGREQ: packet goes on after its last field"},
    {k311, kServer, "d1 00", kMalformed,
     "PINGRESP: fixed header flags are not those of its type [MQTT-2.1.3-1] (found 1)"},
    {k311, kClient, "e0 01 00", kMalformed, "DISCONNECT: packet goes on after its last field"},
    {k311, kServer, "e0 00", kProtocol, "DISCONNECT: packet is not sent by a 3.1.1 server"},
    {k5, kServer, "e0 01 04", kProtocol, "DISCONNECT: reason code is not one of this packet's (found 4)"},
    {k5, kServer, "e0 07 00 05 11 00 00 00 00", kProtocol,
     "DISCONNECT: Session Expiry Interval is not allowed here"},
    {k311, kServer, "f0 00", kProtocol, "AUTH: packet is not sent by a 3.1.1 server"},
    {k5, kServer, "f0 02 18 00", kProtocol, "AUTH: Authentication Method is missing"},
    {k5, kClient, "f0 00", kProtocol, "AUTH: reason code is not one of this packet's (found 0)"},
    {k5, kServer, "f0 01 18", kMalformed, "AUTH: property length is cut short"},
};

class RefusalTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, IsExplained) {
  const Refusal& refusal = GetParam();
  const std::string bytes = hex_bytes(refusal.bytes);
  const FrameScan scan = next_frame(bytes, kMaxPacketBytes);
  ASSERT_EQ(scan.state, FrameScan::State::kFrame);
  ASSERT_EQ(scan.frame.total_size, bytes.size());
  const Result<Packet> packet = decode_packet(scan.frame, refusal.version, refusal.sender);
  ASSERT_FALSE(packet.ok());
  EXPECT_EQ(packet.error().message(), refusal.message);
  EXPECT_TRUE(packet.error().is(refusal.code));
}

INSTANTIATE_TEST_SUITE_P(Packets, RefusalTest, testing::ValuesIn(kRefusals));

TEST(Leniency, A311RemainingLengthMayBeLongerThanNeeded) {
  const FrameScan scan = next_frame(hex_bytes("d0 80 00"), kMaxPacketBytes);
  EXPECT_TRUE(decode_pingresp(scan.frame, k311).ok());
  EXPECT_FALSE(decode_pingresp(scan.frame, k5).ok());
}

TEST(Leniency, EmptyPropertiesMayBeWrittenOut) {
  for (const char* bytes : {"40 04 00 01 00 00", "e0 02 00 00", "f0 02 00 00"}) {
    const std::string packet = hex_bytes(bytes);
    EXPECT_TRUE(decode_packet(next_frame(packet, 100).frame, k5, kServer).ok()) << bytes;
  }
}

TEST(WrongDecoder, RefusesTheFrameOfAnotherPacket) {
  const std::string puback = hex_bytes("40 02 00 01");
  const Frame frame = next_frame(puback, 100).frame;
  EXPECT_FALSE(decode_publish(frame, k311, kServer).ok());
  EXPECT_FALSE(decode_connack(frame, k311).ok());
  EXPECT_FALSE(decode_pingresp(frame, k5).ok());
  const std::string connack = hex_bytes("20 02 00 00");
  EXPECT_FALSE(decode_ack(next_frame(connack, 100).frame, k311).ok());
}

}  // namespace
}  // namespace mkb::mqtt
