#include "mqtt/utf8.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>

namespace mkb::mqtt {
namespace {

/// The encoding of a code point by definition (RFC 3629, 3), without asking whether it may be encoded.
std::string encode_code_point(std::uint32_t code_point) {
  const auto tail = [code_point](unsigned shift) {
    return static_cast<char>(0x80 | ((code_point >> shift) & 0x3f));
  };
  if (code_point < 0x80) {
    return {static_cast<char>(code_point)};
  }
  if (code_point < 0x800) {
    return {static_cast<char>(0xc0 | (code_point >> 6)), tail(0)};
  }
  if (code_point < 0x10000) {
    return {static_cast<char>(0xe0 | (code_point >> 12)), tail(6), tail(0)};
  }
  return {static_cast<char>(0xf0 | (code_point >> 18)), tail(12), tail(6), tail(0)};
}

bool is_allowed(std::uint32_t code_point) {
  return code_point != 0 && code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff);
}

TEST(MqttUtf8, AcceptsExactlyTheScalarValuesWithoutNull) {
  for (std::uint32_t code_point = 0; code_point < 0x200000; ++code_point) {
    ASSERT_EQ(is_mqtt_utf8(encode_code_point(code_point)), is_allowed(code_point)) << code_point;
  }
}

/// A sequence is valid when some allowed code point is encoded by it: decode by definition, encode, compare.
bool is_one_character(const std::string& bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  std::uint32_t code_point = bytes.size() == 1 ? lead : lead & (0xffu >> (bytes.size() + 1));
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    code_point = (code_point << 6) | (static_cast<unsigned char>(bytes[i]) & 0x3f);
  }
  return is_allowed(code_point) && encode_code_point(code_point) == bytes;
}

TEST(MqttUtf8, RefusesEveryOtherSequenceThatStartsWithANonAsciiByte) {
  const std::array<int, 10> samples = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0};
  for (int lead = 0x80; lead <= 0xff; ++lead) {
    const std::string one = {static_cast<char>(lead)};
    ASSERT_FALSE(is_mqtt_utf8(one));
    for (int second = 0; second <= 0xff; ++second) {
      const std::string two = one + static_cast<char>(second);
      ASSERT_EQ(is_mqtt_utf8(two), is_one_character(two)) << lead << " " << second;
      for (const int third : samples) {
        const std::string three = two + static_cast<char>(third);
        const bool two_then_ascii = is_one_character(two) && third > 0 && third < 0x80;
        ASSERT_EQ(is_mqtt_utf8(three), is_one_character(three) || two_then_ascii)
            << lead << " " << second << " " << third;
        for (const int fourth : samples) {
          const std::string four = three + static_cast<char>(fourth);
          const bool ascii = fourth > 0 && fourth < 0x80;
          const bool in_parts =
              (is_mqtt_utf8(three) && ascii) || (is_one_character(two) && is_one_character(four.substr(2)));
          ASSERT_EQ(is_mqtt_utf8(four), is_one_character(four) || in_parts)
              << lead << " " << second << " " << third << " " << fourth;
        }
      }
    }
  }
}

TEST(MqttUtf8, FindsABadByteAtEveryPositionOfEveryLength) {
  for (std::size_t length = 0; length <= 40; ++length) {
    const std::string good(length, 'x');
    ASSERT_TRUE(is_mqtt_utf8(good));
    for (std::size_t at = 0; at < length; ++at) {
      for (const char bad : {'\0', '\x80', '\xff', '\xc3', '\xed'}) {
        std::string text = good;
        text[at] = bad;
        ASSERT_FALSE(is_mqtt_utf8(text)) << length << " " << at;
      }
      std::string text = good;
      text.replace(at, 1, "\xe2\x82\xac");
      ASSERT_TRUE(is_mqtt_utf8(text));
      text[at + 2] = '\x01';
      ASSERT_FALSE(is_mqtt_utf8(text));
    }
  }
}

TEST(MqttUtf8, KeepsWhatTheSpecificationLeavesToTheReceiver) {
  EXPECT_TRUE(is_mqtt_utf8("\x01\x1f\x7f"));
  EXPECT_TRUE(is_mqtt_utf8("\xef\xbf\xbf"));  // U+FFFF, a non-character
  EXPECT_TRUE(is_mqtt_utf8("\xef\xbb\xbf"));  // U+FEFF is never removed [MQTT-1.5.4-3]
}

}  // namespace
}  // namespace mkb::mqtt
