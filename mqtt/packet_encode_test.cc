#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mqtt/hex_bytes.h"
#include "mqtt/packet.h"

namespace mkb::mqtt {
namespace {

using enum Version;

std::string acked(PacketType type, std::uint16_t packet_id, ReasonCode reason, Version version) {
  std::string out = "|";
  append_ack(out, type, packet_id, reason, version);
  return out;
}

TEST(AppendAck, WritesTheShortestForm) {
  EXPECT_EQ(acked(PacketType::kPuback, 0x1234, ReasonCode::kSuccess, k5), hex_bytes("'|' 40 02 12 34"));
  EXPECT_EQ(acked(PacketType::kPubrec, 1, ReasonCode::kSuccess, k311), hex_bytes("'|' 50 02 00 01"));
  EXPECT_EQ(acked(PacketType::kPubrel, 1, ReasonCode::kPacketIdentifierNotFound, k5),
            hex_bytes("'|' 62 03 00 01 92"));
  EXPECT_EQ(acked(PacketType::kPubcomp, 0xffff, ReasonCode::kPacketIdentifierNotFound, k311),
            hex_bytes("'|' 70 02 ff ff"));
}

TEST(AppendAck, AgreesWithEncode) {
  for (const PacketType type :
       {PacketType::kPuback, PacketType::kPubrec, PacketType::kPubrel, PacketType::kPubcomp}) {
    for (const Version version : {k311, k5}) {
      for (int code = 0; code <= 255; ++code) {
        const auto reason = static_cast<ReasonCode>(code);
        if (!reason_code_allowed(type, Sender::kClient, reason)) {
          continue;
        }
        std::string out = "|";
        ASSERT_TRUE(encode(Ack{type, 77, reason, {}}, version, out).ok());
        EXPECT_EQ(out, acked(type, 77, reason, version));
      }
    }
  }
}

TEST(AppendPing, WritesTwoBytes) {
  std::string out;
  append_pingreq(out);
  append_pingresp(out);
  EXPECT_EQ(out, hex_bytes("c0 00 d0 00"));
}

/// A packet that must not be written, and the start of the reason.
struct Unencodable {
  Packet packet;
  Version version;
  std::string message;
};

std::vector<Unencodable> unencodable() {
  const std::string long_text(65'536, 'x');
  const auto make = [](auto packet, const auto& change) {
    change(packet);
    return Packet(std::move(packet));
  };
  const auto publish = [&make](const std::function<void(Publish&)>& change) {
    Publish packet;
    packet.topic = "t";
    packet.packet_id = 1;
    packet.qos = 1;
    return make(std::move(packet), change);
  };
  const auto subscribe = [&make](const Subscription& subscription) {
    return make(Subscribe{1, {subscription}, {}}, [](Subscribe&) {});
  };
  const auto will = [&make](const std::string& topic, std::uint8_t qos) {
    return make(Connect{}, [&](Connect& c) { c.will = Will{topic, "", qos, false, {}}; });
  };
  Properties overflowed;
  overflowed.add(PropertyId::kReasonString, long_text);
  Properties alias;
  alias.add(PropertyId::kTopicAlias, 1);
  const Subscription odd{"a", 0, false, false, static_cast<RetainHandling>(3)};
  return {
      {publish([](Publish& p) { p.qos = 3; }), k311, "PUBLISH: QoS must be 0, 1 or 2"},
      {publish([](Publish& p) { p.packet_id = 0; }), k5, "PUBLISH: packet identifier must not be 0"},
      {publish([](Publish& p) { p.qos = 0, p.dup = true; }), k5, "PUBLISH: DUP must not be set"},
      {publish([](Publish& p) { p.topic = "a/#"; }), k5, "PUBLISH: topic name must not have wildcards"},
      {publish([](Publish& p) { p.topic = ""; }), k5, "PUBLISH: topic name must not be empty without"},
      {publish([](Publish& p) { p.topic = ""; }), k311, "PUBLISH: topic name must not be empty"},
      {publish([&](Publish& p) { p.topic = long_text; }), k5, "PUBLISH: topic name must not be longer"},
      {publish([](Publish& p) { p.properties.add(PropertyId::kReceiveMaximum, 1); }), k5,
       "PUBLISH: Receive Maximum is not allowed here"},
      {publish([&](Publish& p) { p.properties.add_user_property("", long_text); }), k5,
       "PUBLISH: property is longer than 65535 bytes"},
      {Ack{PacketType::kPuback, 0, {}, {}}, k5, "PUBACK: packet identifier must not be 0"},
      {Ack{PacketType::kSuback, 1, {}, {}}, k5, "SUBACK: packet type is not an acknowledgement"},
      {Ack{PacketType::kPubrel, 1, ReasonCode::kNotAuthorized, {}}, k5, "PUBREL: reason code is not one"},
      {Ack{PacketType::kPuback, 1, {}, overflowed}, k5, "PUBACK: property is longer"},
      {Ack{PacketType::kPuback, 1, {}, alias}, k5, "PUBACK: Topic Alias is not allowed here"},
      {make(Connect{}, [&](Connect& c) { c.client_id = long_text; }), k5,
       "CONNECT: Client Identifier is longer"},
      {make(Connect{}, [](Connect& c) { c.user_name = "\xff"; }), k5, "CONNECT: User Name is not UTF-8"},
      {make(Connect{}, [](Connect& c) { c.version = k311, c.password = ""; }), k311,
       "CONNECT: Password Flag must not be set without"},
      {will("a/+", 0), k5, "CONNECT: Will Topic must not have wildcards"},
      {will("a", 3), k5, "CONNECT: Will QoS must be 0, 1 or 2"},
      {Connack{true, ReasonCode::kBanned, {}}, k5, "CONNACK: Session Present must be 0"},
      {Connack{false, ReasonCode::kGrantedQos1, {}}, k311, "CONNACK: reason code is not one"},
      {Subscribe{1, {}, {}}, k311, "SUBSCRIBE: topic filter is missing"},
      {Subscribe{0, {{"a", 0, false, false, {}}}, {}}, k311, "SUBSCRIBE: packet identifier must not be 0"},
      {subscribe({"a", 3, false, false, {}}), k311, "SUBSCRIBE: maximum QoS must be 0, 1 or 2"},
      {subscribe({"a+", 0, false, false, {}}), k311, "SUBSCRIBE: topic filter must have + alone"},
      {subscribe({"$share/g/a", 0, true, false, {}}), k5, "SUBSCRIBE: No Local must not be set"},
      {subscribe(odd), k5, "SUBSCRIBE: Retain Handling must be"},
      {Suback{1, {}, {}}, k5, "SUBACK: reason code is missing"},
      {Suback{1, {ReasonCode::kBanned}, {}}, k5, "SUBACK: reason code is not one"},
      {Unsubscribe{1, {}, {}}, k5, "UNSUBSCRIBE: topic filter is missing"},
      {Unsubscribe{1, {"#/a"}, {}}, k5, "UNSUBSCRIBE: topic filter must not go on after #"},
      {Unsuback{1, {}, {}}, k5, "UNSUBACK: reason code is missing"},
      {Unsuback{0, {}, {}}, k311, "UNSUBACK: packet identifier must not be 0"},
      {Disconnect{ReasonCode::kServerBusy, {}}, k5, "DISCONNECT: reason code is not one"},
      {Auth{ReasonCode::kReauthenticate, {}}, k5, "AUTH: Authentication Method is missing"},
      {Auth{ReasonCode::kReauthenticate, {}}, k311, "AUTH: packet does not exist in 3.1.1"},
  };
}

TEST(Encode, RefusesWhatDecodingWouldAndLeavesTheStringAsItWas) {
  for (const Unencodable& each : unencodable()) {
    std::string out = "before";
    const Result<void> encoded = encode_packet(each.packet, each.version, Sender::kClient, out);
    ASSERT_FALSE(encoded.ok()) << each.message;
    EXPECT_EQ(encoded.error().message().substr(0, each.message.size()), each.message);
    EXPECT_EQ(out, "before");
  }
}

TEST(Encode, RefusesAPacketBeyondTheLargestRemainingLength) {
  // Never touched, so these pages cost nothing.
  const std::unique_ptr<void, decltype(&std::free)> pages(std::calloc(kMaxVariableByteInteger, 1),
                                                          &std::free);
  PublishView publish;
  publish.topic = "t";
  publish.payload = {static_cast<const char*>(pages.get()), kMaxVariableByteInteger - 2};
  std::string out = "before";
  const Result<void> encoded = encode(publish, k311, Sender::kClient, out);
  ASSERT_FALSE(encoded.ok());
  EXPECT_TRUE(encoded.error().is(CodecError::kTooLarge));
  EXPECT_EQ(out, "before");
  EXPECT_EQ(encoded_size(publish, k311), std::size_t{kMaxPacketBytes} + 1);
}

TEST(Encode, ReducesWhat311CannotSay) {
  const auto encoded = [](const Packet& packet) {
    std::string out;
    EXPECT_TRUE(encode_packet(packet, k311, Sender::kServer, out).ok());
    return out;
  };
  EXPECT_EQ(encoded(Connack{false, ReasonCode::kBanned, {}}), hex_bytes("20 02 00 05"));
  EXPECT_EQ(encoded(Suback{1, {ReasonCode::kNotAuthorized, ReasonCode::kGrantedQos1}, {}}),
            hex_bytes("90 04 00 01 80 01"));
  EXPECT_EQ(encoded(Ack{PacketType::kPubrec, 1, ReasonCode::kQuotaExceeded, {}}), hex_bytes("50 02 00 01"));
  EXPECT_EQ(encoded(Unsuback{1, {ReasonCode::kSuccess}, {}}), hex_bytes("b0 02 00 01"));
}

TEST(EncodedSize, IsWhatEncodeAppends) {
  Publish publish;
  publish.topic = "t";
  publish.packet_id = 1;
  for (const std::size_t payload : {0u, 110u, 120u, 127u, 128u, 16'370u, 16'384u, 2'097'140u, 2'097'152u}) {
    for (const std::uint8_t qos : {std::uint8_t{0}, std::uint8_t{1}}) {
      for (const Version version : {k311, k5}) {
        publish.payload.assign(payload, 'x');
        publish.qos = qos;
        for (const std::size_t text : {0u, 124u, 125u, 16'380u, 16'381u}) {
          publish.properties.clear();
          publish.properties.add(PropertyId::kContentType, std::string(text, 'x'));
          std::string out;
          ASSERT_TRUE(encode(publish, version, Sender::kClient, out).ok());
          EXPECT_EQ(encoded_size(publish.view(), version), out.size());
        }
      }
    }
  }
}

}  // namespace
}  // namespace mkb::mqtt
