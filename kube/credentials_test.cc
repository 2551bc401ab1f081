#include "kube/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/http_transport.h"
#include "kube/test_directory.h"

namespace mkb::kube {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class HandClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] std::int64_t unix_millis() const override { return 0; }
  void pass(Duration time) { now_ += time; }

 private:
  TimePoint now_{};
};

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() {
    config_.token.file = dir_.write("token", "one\n");
    config_.ca.file = dir_.write("ca", "CA 1");
    config_.certificate.file = dir_.write("cert", "CERT 1");
    config_.key.file = dir_.write("key", "KEY 1");
  }

  CredentialSet current(Credentials& credentials) {
    const auto set = credentials.current();
    EXPECT_TRUE(set.ok()) << (set.ok() ? "" : set.error().message());
    return set.ok() ? **set : CredentialSet{};
  }

  TestDirectory dir_;
  HandClock clock_;
  KubeConfig config_;
};

TEST_F(CredentialsTest, FilesAreRead) {
  Credentials credentials(config_, clock_);
  const auto set = current(credentials);
  EXPECT_EQ(set.token, "one");
  EXPECT_EQ(set.ca, "CA 1");
  EXPECT_EQ(set.certificate, "CERT 1");
  EXPECT_EQ(set.key, "KEY 1");
}

TEST_F(CredentialsTest, InlineTextsNeedNoFile) {
  KubeConfig config;
  config.token.text = "t";
  config.ca.text = "c";
  Credentials credentials(config, clock_);
  const auto set = current(credentials);
  EXPECT_EQ(set.token, "t");
  EXPECT_EQ(set.ca, "c");
  EXPECT_EQ(set.certificate, "");
}

TEST_F(CredentialsTest, ATokenIsReadAgainAfterTenSeconds) {
  Credentials credentials(config_, clock_);
  const auto before = current(credentials);
  dir_.write("token", "two");
  clock_.pass(9999ms);
  EXPECT_EQ(current(credentials).token, "one");
  clock_.pass(1ms);
  const auto after = current(credentials);
  EXPECT_EQ(after.token, "two");
  EXPECT_EQ(after.tls_generation, before.tls_generation);
}

TEST_F(CredentialsTest, UnchangedFilesAreTheSameSet) {
  Credentials credentials(config_, clock_);
  const auto before = *credentials.current();
  clock_.pass(1min);
  EXPECT_EQ(*credentials.current(), before);
}

TEST_F(CredentialsTest, EveryChangedCertificateOrKeyIsAnotherGeneration) {
  Credentials credentials(config_, clock_);
  auto generation = current(credentials).tls_generation;
  for (const char* name : {"ca", "cert", "key"}) {
    dir_.write(name, "another");
    clock_.pass(10s);
    EXPECT_NE(current(credentials).tls_generation, generation) << name;
    generation = current(credentials).tls_generation;
  }
}

TEST_F(CredentialsTest, ARefusalReadsAtOnce) {
  Credentials credentials(config_, clock_);
  const auto used = current(credentials);
  EXPECT_FALSE(credentials.renewed(used));
  dir_.write("token", "two");
  EXPECT_TRUE(credentials.renewed(used));
  EXPECT_EQ(current(credentials).token, "two");
  EXPECT_TRUE(credentials.renewed(used)) << "another thread has read it";
  EXPECT_FALSE(credentials.renewed(current(credentials)));
  dir_.write("cert", "CERT 2");
  EXPECT_TRUE(credentials.renewed(current(credentials)));
}

TEST_F(CredentialsTest, WhatWasReadStaysGoodWhileFilesAreReplaced) {
  Credentials credentials(config_, clock_);
  current(credentials);
  dir_.write("token", "");
  clock_.pass(10s);
  EXPECT_EQ(current(credentials).token, "one");
  std::filesystem::remove(dir_.path() / "token");
  clock_.pass(10s);
  EXPECT_EQ(current(credentials).token, "one");
  dir_.write("token", "two");
  clock_.pass(10s);
  EXPECT_EQ(current(credentials).token, "two");
}

TEST_F(CredentialsTest, WhatCannotBeReadAtFirstIsNamedAndTriedAgain) {
  for (const auto& [name, what] :
       std::vector<std::pair<std::string, std::string>>{{"token", "token"},
                                                        {"ca", "certificate authority"},
                                                        {"cert", "client certificate"},
                                                        {"key", "client key"}}) {
    Credentials credentials(config_, clock_);
    const auto file = dir_.path() / name;
    std::filesystem::remove(file);
    const auto missing = credentials.current();
    ASSERT_FALSE(missing.ok());
    EXPECT_TRUE(missing.error().is(TransportError::kConfiguration));
    EXPECT_EQ(missing.error().message(), what + " " + file.string() + ": No such file or directory");
    dir_.write(name, " \n");
    EXPECT_EQ(credentials.current().error().message(), what + " " + file.string() + ": is empty");
    dir_.write(name, "good");
    EXPECT_TRUE(credentials.current().ok());
  }
}

TEST_F(CredentialsTest, ATokenCannotEndAHeader) {
  dir_.write("token", "one\r\nX-Evil: yes\r\n");
  Credentials credentials(config_, clock_);
  const auto set = credentials.current();
  ASSERT_FALSE(set.ok());
  EXPECT_THAT(set.error().message(), HasSubstr("holds more than one token"));
  EXPECT_THAT(set.error().message(), testing::Not(HasSubstr("one\r")));
}

}  // namespace
}  // namespace mkb::kube
