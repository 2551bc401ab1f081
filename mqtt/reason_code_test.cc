#include "mqtt/reason_code.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "mqtt/codec_error.h"

namespace mkb::mqtt {
namespace {

// Tables 3-1, 3-4 to 3-8, 3-9, 3-10, 3-11 of MQTT 5, copied as numbers.
const std::map<PacketType, std::set<int>> kFromServer = {
    {PacketType::kConnack, {0,   128, 129, 130, 131, 132, 133, 134, 135, 136, 137,
                            138, 140, 144, 149, 151, 153, 154, 155, 156, 157, 159}},
    {PacketType::kPuback, {0, 16, 128, 131, 135, 144, 145, 151, 153}},
    {PacketType::kPubrec, {0, 16, 128, 131, 135, 144, 145, 151, 153}},
    {PacketType::kPubrel, {0, 146}},
    {PacketType::kPubcomp, {0, 146}},
    {PacketType::kSuback, {0, 1, 2, 128, 131, 135, 143, 145, 151, 158, 161, 162}},
    {PacketType::kUnsuback, {0, 17, 128, 131, 135, 143, 145}},
    {PacketType::kDisconnect, {0,   128, 129, 130, 131, 135, 137, 139, 140, 141, 142, 143, 144, 147, 148,
                               149, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162}},
    {PacketType::kAuth, {0, 24}},
};
const std::map<PacketType, std::set<int>> kFromClient = {
    {PacketType::kPuback, {0, 16, 128, 131, 135, 144, 145, 151, 153}},
    {PacketType::kPubrec, {0, 16, 128, 131, 135, 144, 145, 151, 153}},
    {PacketType::kPubrel, {0, 146}},
    {PacketType::kPubcomp, {0, 146}},
    {PacketType::kDisconnect, {0, 4, 128, 129, 130, 131, 144, 147, 148, 149, 150, 151, 152, 153}},
    {PacketType::kAuth, {24, 25}},
};

TEST(ReasonCode, IsAllowedWhereTheSpecificationListsIt) {
  for (const Sender sender : {Sender::kClient, Sender::kServer}) {
    const auto& tables = sender == Sender::kClient ? kFromClient : kFromServer;
    for (int type = 0; type <= 15; ++type) {
      const auto table = tables.find(static_cast<PacketType>(type));
      for (int code = 0; code <= 255; ++code) {
        const bool listed = table != tables.end() && table->second.contains(code);
        EXPECT_EQ(reason_code_allowed(static_cast<PacketType>(type), sender, static_cast<ReasonCode>(code)),
                  listed)
            << packet_type_name(static_cast<PacketType>(type)) << " " << code;
      }
    }
  }
}

TEST(ReasonCode, EveryListedCodeHasItsOwnName) {
  std::set<int> codes = {4, 24, 25};
  for (const auto& [type, listed] : kFromServer) {
    codes.insert(listed.begin(), listed.end());
  }
  std::set<std::string> names;
  for (int code = 0; code <= 255; ++code) {
    const std::string name = reason_code_name(static_cast<ReasonCode>(code));
    EXPECT_EQ(name != "unknown reason code", codes.contains(code)) << code;
    names.insert(name);
  }
  EXPECT_EQ(names.size(), codes.size() + 1);
  EXPECT_STREQ(reason_code_name(ReasonCode::kSessionTakenOver), "session taken over");
}

TEST(ReasonCode, FailuresStartAt0x80) {
  EXPECT_FALSE(is_failure(ReasonCode::kReauthenticate));
  EXPECT_TRUE(is_failure(ReasonCode::kUnspecifiedError));
}

TEST(ConnackReturnCode, MapsBothWays) {
  for (std::uint8_t code = 0; code <= 5; ++code) {
    const auto reason = reason_from_connack_return_code(code);
    ASSERT_TRUE(reason.has_value());
    EXPECT_EQ(connack_return_code(*reason), code);
    EXPECT_EQ(is_failure(*reason), code != 0);
  }
  EXPECT_EQ(reason_from_connack_return_code(4), ReasonCode::kBadUserNameOrPassword);
  for (int code = 6; code <= 255; ++code) {
    EXPECT_FALSE(reason_from_connack_return_code(static_cast<std::uint8_t>(code)).has_value());
  }
}

TEST(ConnackReturnCode, OtherRefusalsBecomeTheNearest) {
  EXPECT_EQ(connack_return_code(ReasonCode::kBanned), 5);
  EXPECT_EQ(connack_return_code(ReasonCode::kServerBusy), 3);
}

TEST(ConnackReturnCode, HasText) {
  EXPECT_STREQ(connack_return_code_text(5), "connection refused: not authorized");
  EXPECT_STREQ(connack_return_code_text(6), "connection refused: reserved return code");
}

TEST(DisconnectReason, FollowsTheError) {
  EXPECT_EQ(disconnect_reason(Error(CodecError::kMalformed, "")), ReasonCode::kMalformedPacket);
  EXPECT_EQ(disconnect_reason(Error(CodecError::kProtocol, "")), ReasonCode::kProtocolError);
  EXPECT_EQ(disconnect_reason(Error(CodecError::kTooLarge, "")), ReasonCode::kPacketTooLarge);
  EXPECT_EQ(disconnect_reason(Error(CodecError::kUnsupportedVersion, "")),
            ReasonCode::kUnsupportedProtocolVersion);
  EXPECT_EQ(disconnect_reason(Error(Sender::kServer, "of another module")), ReasonCode::kUnspecifiedError);
}

}  // namespace
}  // namespace mkb::mqtt
