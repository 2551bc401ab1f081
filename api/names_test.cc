#include "api/names.h"

#include <gtest/gtest.h>

#include <string>

namespace mkb::api {
namespace {

TEST(Names, DnsLabels) {
  for (const char* good : {"a", "0", "a-b", "a--b", "x9"}) EXPECT_TRUE(is_dns_label(good)) << good;
  EXPECT_TRUE(is_dns_label(std::string(63, 'a')));
  EXPECT_FALSE(is_dns_label(std::string(64, 'a')));
  for (const char* bad : {"", "-", "-a", "a-", "A", "a.b", "a_b", "a b", "\xc3\xbc"}) {
    EXPECT_FALSE(is_dns_label(bad)) << bad;
  }
}

TEST(Names, DnsSubdomains) {
  for (const char* good : {"a", "a.b", "1.2.3", "a-b.c"}) EXPECT_TRUE(is_dns_subdomain(good)) << good;
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "a.-b", "a/b", "..", "A.b"}) {
    EXPECT_FALSE(is_dns_subdomain(bad)) << bad;
  }
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'a');
  EXPECT_EQ(longest.size(), 253u);
  EXPECT_TRUE(is_dns_subdomain(longest));
  EXPECT_FALSE(is_dns_subdomain(longest + "a"));
}

TEST(Names, KafkaTopics) {
  for (const char* good : {"a", "A.b_c-9", "...", "_", "-"}) EXPECT_TRUE(is_kafka_topic(good)) << good;
  EXPECT_TRUE(is_kafka_topic(std::string(249, 'x')));
  EXPECT_FALSE(is_kafka_topic(std::string(250, 'x')));
  for (const char* bad : {"", ".", "..", "a/b", "a b", "a$", "\xc3\xbc", "a:b"}) {
    EXPECT_FALSE(is_kafka_topic(bad)) << bad;
  }
}

}  // namespace
}  // namespace mkb::api
