#include "api/quote.h"

#include <gtest/gtest.h>

#include <string>

namespace mkb::api {
namespace {

TEST(Quote, LeavesPlainTextAlone) {
  EXPECT_EQ(in_quotes(""), "\"\"");
  EXPECT_EQ(in_quotes("vehicles/+/größe ☃ 🚲"), "\"vehicles/+/größe ☃ 🚲\"");
}

TEST(Quote, EscapesWhatWouldBreakALineOrATerminal) {
  EXPECT_EQ(in_quotes("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(in_quotes("a\nb\tc\r\x1b[31m\x7f"), R"("a\nb\tc\x0d\x1b[31m\x7f")");
  EXPECT_EQ(in_quotes(std::string_view("\0x", 2)), R"("\x00x")");
  EXPECT_EQ(in_quotes("\xc2\x9b"), R"("\xc2\x9b")");
}

TEST(Quote, WithoutQuotes) {
  EXPECT_EQ(escaped("a\x04\"b"), R"(a\x04\"b)");
}

TEST(Quote, EscapesBytesThatAreNotUtf8) {
  EXPECT_EQ(in_quotes("\xff"), R"("\xff")");
  EXPECT_EQ(in_quotes("\xc3"), R"("\xc3")");
  EXPECT_EQ(in_quotes("\xed\xa0\x80"), R"("\xed\xa0\x80")");
}

TEST(Quote, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(in_quotes(std::string(80, 'x')), "\"" + std::string(80, 'x') + "\"");
  EXPECT_EQ(in_quotes(std::string(81, 'x')), "\"" + std::string(80, 'x') + "...\"");
  EXPECT_EQ(in_quotes(std::string(79, 'x') + "ü"), "\"" + std::string(79, 'x') + "...\"");
}

TEST(Quote, KnowsWhatUtf8Is) {
  EXPECT_EQ(utf8_sequence_length(""), 0u);
  EXPECT_EQ(utf8_sequence_length("a"), 1u);
  EXPECT_EQ(utf8_sequence_length("\xc2\x80"), 2u);
  EXPECT_EQ(utf8_sequence_length("\xe0\xa0\x80"), 3u);
  EXPECT_EQ(utf8_sequence_length("\xf4\x8f\xbf\xbf"), 4u);
  for (const char* wrong :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x82z", "\xed\xbf\xbf"}) {
    EXPECT_EQ(utf8_sequence_length(wrong), 0u);
  }
}

}  // namespace
}  // namespace mkb::api
