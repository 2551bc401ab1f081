#include "dataplane/pod/whole_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace mkb::dataplane {
namespace {

class WholeFileTest : public testing::Test {
 protected:
  WholeFileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "whole-file-XXXXXX").string();
    dir = mkdtemp(name.data());
  }
  ~WholeFileTest() override { std::filesystem::remove_all(dir); }
  std::filesystem::path dir;
};

TEST_F(WholeFileTest, ComesBackAsItWas) {
  const std::string content("a\0b\n", 4);
  ASSERT_TRUE(write_whole(dir / "f", content).ok());
  EXPECT_EQ(read_whole(dir / "f"), content);
  ASSERT_TRUE(write_whole(dir / "f", "").ok());
  EXPECT_EQ(read_whole(dir / "f"), "");
}

TEST_F(WholeFileTest, LeavesNothingElseBehind) {
  ASSERT_TRUE(write_whole(dir / "f", "x").ok());
  int files = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(dir)) {
    ++files;
  }
  EXPECT_EQ(files, 1);
}

TEST_F(WholeFileTest, SaysWhyItCannotWrite) {
  const auto written = write_whole(dir / "none" / "f", "x");
  ASSERT_FALSE(written.ok());
  EXPECT_NE(written.error().message().find("No such file"), std::string::npos);
  EXPECT_EQ(read_whole(dir / "none" / "f"), std::nullopt);
}

}  // namespace
}  // namespace mkb::dataplane
