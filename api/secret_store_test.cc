#include "api/secret_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace mkb::api {
namespace {

namespace fs = std::filesystem;

class SecretStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "secret_store_test.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  void write(const std::string& name, const std::string& key, const std::string& content) {
    fs::create_directories(directory_ / name);
    std::ofstream(directory_ / name / key, std::ios::binary) << content;
  }

  Result<std::string> read(const std::string& name, std::string_view key) {
    return SecretStore(directory_.string()).read({name}, key);
  }

  void expect_error(const Result<std::string>& result, SecretError code, const std::string& message) {
    ASSERT_FALSE(result.ok()) << *result;
    EXPECT_TRUE(result.error().is(code)) << result.error().message();
    EXPECT_EQ(result.error().message(), message);
  }

  fs::path directory_;
};

TEST_F(SecretStoreTest, ReadsAKeyAsItIs) {
  write("mqtt-tls", "tls.key", "-----BEGIN\r\nline\n\n");
  EXPECT_EQ(read("mqtt-tls", "tls.key").value(), "-----BEGIN\r\nline\n\n");
}

TEST_F(SecretStoreTest, TakesOneLineEndOffCredentials) {
  write("login", "username", "bridge\n");
  write("login", "password", " pass word \r\n");
  EXPECT_EQ(read("login", "username").value(), "bridge");
  EXPECT_EQ(read("login", "password").value(), " pass word ");
  write("login", "password", "ends in two\n\n");
  EXPECT_EQ(read("login", "password").value(), "ends in two\n");
  write("login", "password", std::string("nul\0inside", 10));
  EXPECT_EQ(read("login", "password").value(), std::string("nul\0inside", 10));
}

TEST_F(SecretStoreTest, FollowsTheLinksOfAMountedSecret) {
  write("..data-1", "username", "rotated");
  fs::create_directories(directory_ / "login");
  fs::create_symlink(directory_ / "..data-1", directory_ / "login" / "..data");
  fs::create_symlink("..data/username", directory_ / "login" / "username");
  EXPECT_EQ(read("login", "username").value(), "rotated");
}

TEST_F(SecretStoreTest, SeesANewContentAtTheNextRead) {
  const SecretStore store(directory_.string());
  write("login", "password", "old");
  EXPECT_EQ(store.read({"login"}, "password").value(), "old");
  write("login", "password", "new");
  EXPECT_EQ(store.read({"login"}, "password").value(), "new");
}

TEST_F(SecretStoreTest, NamesTheFileAndItsPurpose) {
  const std::string at = directory_.string() + "/login/";
  expect_error(read("login", "password"), SecretError::kMissing,
               "secret login: the password (" + at + "password) is missing");
  write("login", "username", "x");
  expect_error(read("login", "tls.crt"), SecretError::kMissing,
               "secret login: the client certificate (" + at + "tls.crt) is missing");
  expect_error(read("login", "tls.key"), SecretError::kMissing,
               "secret login: the client certificate's private key (" + at + "tls.key) is missing");
  expect_error(read("login", "ca.crt"), SecretError::kMissing,
               "secret login: the certificate authorities to trust (" + at + "ca.crt) is missing");
  expect_error(read("login", "token"), SecretError::kMissing,
               "secret login: key \"token\" (" + at + "token) is missing");
  write("login", "password", "\n");
  expect_error(read("login", "password"), SecretError::kEmpty,
               "secret login: the password (" + at + "password) is empty");
}

TEST_F(SecretStoreTest, RefusesWhatIsNoRegularFile) {
  const std::string at = directory_.string() + "/login/";
  fs::create_directories(directory_ / "login" / "username");
  expect_error(read("login", "username"), SecretError::kUnreadable,
               "secret login: the user name (" + at + "username) is not a regular file");
  ASSERT_EQ(::mkfifo((at + "password").c_str(), 0600), 0);
  expect_error(read("login", "password"), SecretError::kUnreadable,
               "secret login: the password (" + at + "password) is not a regular file");
}

TEST_F(SecretStoreTest, SaysWhyAFileCannotBeOpened) {
  fs::create_directories(directory_ / "login");
  fs::create_symlink("password", directory_ / "login" / "password");
  expect_error(read("login", "password"), SecretError::kUnreadable,
               "secret login: the password (" + directory_.string() +
                   "/login/password) cannot be opened: Too many levels of symbolic links");
}

TEST_F(SecretStoreTest, BoundsWhatItReads) {
  write("big", "ca.crt", std::string(SecretStore::kMaxBytes, 'x'));
  EXPECT_EQ(read("big", "ca.crt").value().size(), SecretStore::kMaxBytes);
  write("big", "ca.crt", std::string(SecretStore::kMaxBytes + 1, 'x'));
  expect_error(read("big", "ca.crt"), SecretError::kTooLarge,
               "secret big: the certificate authorities to trust (" + directory_.string() +
                   "/big/ca.crt) has more than 1048576 bytes");
}

TEST_F(SecretStoreTest, NeverLeavesItsDirectory) {
  write("inside", "password", "reachable");
  for (const char* name : {"", ".", "..", "../inside", "/etc", "a/../inside", "Inside", "inside/"}) {
    const auto result = read(name, "password");
    ASSERT_FALSE(result.ok()) << name;
    EXPECT_TRUE(result.error().is(SecretError::kBadName)) << name;
  }
  for (const std::string& key : {std::string(""), std::string("."), std::string(".."), std::string("a/b"),
                                 std::string("../inside/password"), std::string("password\0x", 10)}) {
    const auto result = read("inside", key);
    ASSERT_FALSE(result.ok()) << key;
    EXPECT_TRUE(result.error().is(SecretError::kBadName)) << key;
  }
}

}  // namespace
}  // namespace mkb::api
