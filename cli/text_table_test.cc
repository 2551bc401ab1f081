#include "cli/text_table.h"

#include <gtest/gtest.h>

namespace mkb::cli {
namespace {

TEST(TextTableTest, AlignsColumnsAndLeavesNoSpacesAtTheEnd) {
  TextTable table({{"NAME"}, {"RATE", Align::kRight}, {"PROBLEM"}});
  EXPECT_TRUE(table.empty());
  table.add_row({"telemetry", "7.5", ""});
  table.add_row({"a", "1204.0", "no broker"});
  EXPECT_FALSE(table.empty());
  EXPECT_EQ(table.text(),
            "NAME         RATE  PROBLEM\n"
            "telemetry     7.5\n"
            "a          1204.0  no broker\n");
}

TEST(TextTableTest, HasTitlesWithoutRows) {
  EXPECT_EQ(TextTable({{"A"}, {"B"}}).text(), "A  B\n");
}

TEST(TextTableTest, TakesTooFewAndTooManyCells) {
  TextTable table({{"A"}, {"B"}});
  table.add_row({"x"});
  table.add_row({"x", "y", "z"});
  EXPECT_EQ(table.text(), "A  B\nx\nx  y\n");
}

TEST(TextTableTest, CountsCharactersNotBytes) {
  TextTable table({{"A"}, {"B"}});
  table.add_row({"größe", "1"});
  table.add_row({"abcde", "2"});
  EXPECT_EQ(table.text(), "A      B\ngröße  1\nabcde  2\n");
}

TEST(TextTableTest, ControlCharactersBreakNothing) {
  TextTable table({{"A"}});
  table.add_row({"x\ny\x1B[2Jz"});
  EXPECT_EQ(table.text(), "A\nx y [2Jz\n");
}

TEST(CutToWidthTest, CutsAtCharactersAndSaysSo) {
  EXPECT_EQ(cut_to_width("größe", 5), "größe");
  EXPECT_EQ(cut_to_width("größer", 5), "größ…");
  EXPECT_EQ(cut_to_width("abc", 1), "…");
  EXPECT_EQ(cut_to_width("abc", 0), "");
  EXPECT_EQ(cut_to_width("", 3), "");
}

}  // namespace
}  // namespace mkb::cli
