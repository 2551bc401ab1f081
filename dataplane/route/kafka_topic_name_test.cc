#include "dataplane/route/kafka_topic_name.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mkb::dataplane {
namespace {

TEST(KafkaTopicName, AcceptsWhatKafkaAccepts) {
  for (const char* name : {"a", "telemetry", "Fleet_1.telemetry-raw", "...", "-", "_", "0", ".a", "a."}) {
    EXPECT_TRUE(is_kafka_topic_name(name)) << name;
  }
}

TEST(KafkaTopicName, RefusesWhatKafkaRefuses) {
  for (const char* name : {"", ".", "..", "a/b", "a b", "a+", "#", "a:b", "caf\xc3\xa9", "a\n", "a,b"}) {
    EXPECT_FALSE(is_kafka_topic_name(name)) << name;
  }
  EXPECT_FALSE(is_kafka_topic_name(std::string_view("a\0b", 3)));
}

TEST(KafkaTopicName, HasAtMost249Bytes) {
  EXPECT_TRUE(is_kafka_topic_name(std::string(249, 'a')));
  EXPECT_FALSE(is_kafka_topic_name(std::string(250, 'a')));
}

TEST(KafkaTopicName, ExactlyThe65LegalCharacters) {
  const std::string legal = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    EXPECT_EQ(is_kafka_topic_name("a" + std::string(1, character)),
              legal.find(character) != std::string::npos)
        << c;
  }
}

}  // namespace
}  // namespace mkb::dataplane
