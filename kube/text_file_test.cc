#include "kube/text_file.h"

#include <gtest/gtest.h>

#include "kube/test_directory.h"

namespace mkb::kube {
namespace {

TEST(TextFileTest, IsReadWhole) {
  const TestDirectory dir;
  const std::string text = std::string(10'000, 'x') + '\0' + "\xFF\n";
  EXPECT_EQ(*read_text_file(dir.write("a", text)), text);
  EXPECT_EQ(*read_text_file(dir.write("empty", "")), "");
  EXPECT_TRUE(read_text_file(dir.write("largest", std::string(kMostTextFileBytes, 'x'))).ok());
}

TEST(TextFileTest, FailuresNameTheFileAndTheReason) {
  const TestDirectory dir;
  const auto missing = read_text_file(dir.path() / "a");
  ASSERT_FALSE(missing.ok());
  EXPECT_TRUE(missing.error().is(TextFileError::kUnreadable));
  EXPECT_EQ(missing.error().message(), (dir.path() / "a").string() + ": No such file or directory");
  const auto directory = read_text_file(dir.path());
  ASSERT_FALSE(directory.ok());
  EXPECT_EQ(directory.error().message(), dir.path().string() + ": Is a directory");
}

TEST(TextFileTest, IsBounded) {
  const TestDirectory dir;
  const auto large = read_text_file(dir.write("large", std::string(kMostTextFileBytes + 1, 'x')));
  ASSERT_FALSE(large.ok());
  EXPECT_TRUE(large.error().is(TextFileError::kTooLarge));
  EXPECT_FALSE(read_text_file("/dev/zero").ok());
}

}  // namespace
}  // namespace mkb::kube
