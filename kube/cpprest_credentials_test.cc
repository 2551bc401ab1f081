#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "kube/cpprest_transport.h"
#include "kube/test_directory.h"
#include "kube/test_http_server.h"

namespace mkb::kube {
namespace {

using testing::HasSubstr;
using testing::Not;

const SystemClock kClock;

HttpRequest get(const std::string& target) {
  HttpRequest request;
  request.target = target;
  return request;
}

TEST(CpprestCredentialsTest, ARefusedTokenIsReadAgainAndTriedOnce) {
  std::atomic<int> requests{0};
  TestHttpServer server([&requests](TestHttpServer::Connection& connection) {
    for (std::string request; !(request = connection.request()).empty();) {
      ++requests;
      const bool right = request.find("Authorization:Bearer new\r\n") != std::string::npos;
      connection.send(http_answer(right ? 200 : 401, ""));
    }
  });
  const TestDirectory dir;
  KubeConfig config;
  config.server = server.url();
  config.token.file = dir.write("token", "old\n");
  CpprestTransport transport(config, kClock);
  EXPECT_EQ(transport.send(get("/"), {})->status, 401);
  EXPECT_EQ(requests, 1);
  dir.write("token", "new\n");
  EXPECT_EQ(transport.send(get("/"), {})->status, 200);
  EXPECT_EQ(requests, 3);
  dir.write("token", "newer\n");
  EXPECT_EQ(transport.send(get("/"), {})->status, 200) << "what still works is not read again at once";
}

class UnusableTest : public testing::Test {
 protected:
  UnusableTest() { config_.server = "https://127.0.0.1:1"; }

  [[nodiscard]] std::string refusal() const {
    CpprestTransport transport(config_, kClock);
    const auto answer = transport.send(get("/"), {});
    EXPECT_TRUE(!answer.ok() && answer.error().is(TransportError::kConfiguration));
    return answer.ok() ? std::string() : answer.error().message();
  }

  KubeConfig config_;
};

TEST_F(UnusableTest, AMissingTokenFileIsNamed) {
  config_.token.file = "/nowhere/token";
  EXPECT_EQ(refusal(), "token /nowhere/token: No such file or directory");
}

TEST_F(UnusableTest, AnAuthorityThatIsNoCertificateIsNamed) {
  config_.ca.text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(refusal(), "the certificate authority is no PEM certificate");
}

TEST_F(UnusableTest, AClientCertificateThatIsNoneIsRefusedWithoutQuotingItsKey) {
  config_.certificate.text = "nonsense";
  config_.key.text = "hunter2";
  EXPECT_THAT(refusal(), HasSubstr("the client certificate or its key"));
  EXPECT_THAT(refusal(), Not(HasSubstr("hunter2")));
}

TEST_F(UnusableTest, AServerThatIsNoUrlIsRefused) {
  config_.server = "https://a b";
  EXPECT_NE(refusal(), "");
}

}  // namespace
}  // namespace mkb::kube
