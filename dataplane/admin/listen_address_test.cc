#include "dataplane/admin/listen_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mkb::dataplane {
namespace {

using namespace std::string_view_literals;
using testing::HasSubstr;

TEST(ListenAddress, ReadsEveryForm) {
  struct Case {
    std::string_view text;
    std::string_view host;
    std::uint16_t port;
  };
  const Case cases[] = {
      {"127.0.0.1:9464", "127.0.0.1", 9464},
      {"0.0.0.0:0", "0.0.0.0", 0},
      {":9464", "", 9464},
      {"localhost:1", "127.0.0.1", 1},
      {"[::1]:9464", "::1", 9464},
      {"[::]:65535", "::", 65535},
      {"[2001:DB8::a]:80", "2001:DB8::a", 80},
      {"[::ffff:10.0.0.1]:80", "::ffff:10.0.0.1", 80},
  };
  for (const Case& wanted : cases) {
    SCOPED_TRACE(wanted.text);
    const auto address = parse_listen_address(wanted.text);
    ASSERT_TRUE(address.ok()) << address.error().message();
    EXPECT_EQ(address->host, wanted.host);
    EXPECT_EQ(address->port, wanted.port);
  }
}

TEST(ListenAddress, RefusesTheRestWithTheReason) {
  struct Case {
    std::string_view text;
    const char* problem;
  };
  const Case cases[] = {
      {"", "no port"},
      {"9464", "no port"},
      {"127.0.0.1", "no port"},
      {"127.0.0.1:", "port is not a number"},
      {":65536", "port is not a number"},
      {":-1", "port is not a number"},
      {":+1", "port is not a number"},
      {": 1", "port is not a number"},
      {":80x", "port is not a number"},
      {":99999999999999999999", "port is not a number"},
      {":80\0"sv, "port is not a number"},
      {"[::1]", "port is not a number"},
      {"[::1]9464", "port is not a number"},
      {"::1:9464", "needs brackets"},
      {"http://127.0.0.1:80", "not an IP address"},
      {"[]:80", "not an IP address"},
      {"[127.0.0.1]:80", "not an IPv6 address"},
      {"[fe80::1%eth0]:80", "not an IPv6 address"},
      {"[::g]:80", "not an IPv6 address"},
      {"example.org:80", "not an IP address"},
      {"Localhost.:80", "not an IP address"},
      {"1.2.3:80", "not an IP address"},
      {"256.0.0.1:80", "not an IP address"},
      {" 127.0.0.1:80", "not an IP address"},
      {"127.0.0.1\0x:80"sv, "not an IP address"},
      {"127.0.0.1\0:80"sv, "not an IP address"},
  };
  for (const Case& refused : cases) {
    SCOPED_TRACE(refused.text);
    const auto address = parse_listen_address(refused.text);
    ASSERT_FALSE(address.ok()) << address->host << " port " << address->port;
    EXPECT_TRUE(address.error().is(AdminError::kBadAddress));
    EXPECT_THAT(address.error().message(), HasSubstr(refused.problem));
  }
}

TEST(ListenAddress, MessageQuotesTheTextOnOneLine) {
  EXPECT_EQ(parse_listen_address("bad\x1b[2J\n").error().message(),
            "\"bad [2J \": no port; write ADDRESS:PORT, as 127.0.0.1:9464 or :9464");
}

}  // namespace
}  // namespace mkb::dataplane
