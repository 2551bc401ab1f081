#include "cli/input_text.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace mkb::cli {
namespace {

TEST(InputTextTest, ReadsAFileWhole) {
  const auto path = std::filesystem::temp_directory_path() / ("mkbctl-input-" + std::to_string(::getpid()));
  const std::string text = std::string(200'000, 'x') + '\0' + "end\n";
  std::ofstream(path, std::ios::binary) << text;
  const auto read = read_input(path.string());
  std::filesystem::remove(path);
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(*read, text);
}

TEST(InputTextTest, NamesWhatItCannotRead) {
  const auto missing = read_input("/nonexistent/bridge.yaml");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message(), "/nonexistent/bridge.yaml: No such file or directory");
  const auto directory = read_input("/");
  ASSERT_FALSE(directory.ok());
  EXPECT_EQ(directory.error().message(), "/: Is a directory");
}

TEST(InputTextTest, DashIsTheStandardInput) {
  EXPECT_EQ(input_name("-"), "<stdin>");
  EXPECT_EQ(input_name("x.yaml"), "x.yaml");
}

}  // namespace
}  // namespace mkb::cli
