#include "dataplane/admin/clean_text.h"

#include <gtest/gtest.h>

#include <random>

namespace mkb::dataplane {
namespace {

using namespace std::string_view_literals;

TEST(ValidUtf8, KeepsWhatIsUtf8) {
  for (const auto text : {""sv, "plain"sv, "a\"b\\c\nd\r\t"sv, "a\0b"sv, "\x7f"sv, "Zürich 東京 🚲"sv}) {
    EXPECT_EQ(valid_utf8(text), text);
  }
}

TEST(ValidUtf8, ReplacesWhatIsNot) {
  EXPECT_EQ(valid_utf8("a\xff"
                       "b"),
            "a\uFFFDb");
  EXPECT_EQ(valid_utf8("\x80"), "\uFFFD") << "a continuation byte alone";
  EXPECT_EQ(valid_utf8("x\xe6\x9d"), "x\uFFFD") << "cut off within a sequence";
  for (const auto text :
       {"\xed\xa0\x80"sv, "\xc0\xaf"sv, "\xf5\x80\x80\x80"sv}) {  // surrogate, overlong, high
    const std::string cleaned = valid_utf8(text);
    EXPECT_EQ(cleaned.find_first_not_of("\uFFFD"), std::string::npos) << cleaned;
    EXPECT_NE(cleaned, "");
  }
}

TEST(OneLine, ReplacesControlCharactersBySpaces) {
  EXPECT_EQ(one_line("a\r\nb\tc\x7f"
                     "d\0e"sv),
            "a  b c d e");
  EXPECT_EQ(one_line("\x1b[31mred"), " [31mred");
  EXPECT_EQ(one_line("a\u009b31mb\u0080c"), "a 31mb c") << "C1 control characters in UTF-8";
  EXPECT_EQ(one_line("a\xc2\xa0ü"), "a\xc2\xa0ü") << "U+00A0 is none";
  EXPECT_EQ(one_line("a\xc2"), "a\uFFFD") << "a cut sequence at the end";
  EXPECT_EQ(one_line("\x9b"), "\uFFFD") << "C1 as a single byte is not UTF-8";
}

TEST(OneLine, HoldsForRandomBytes) {
  std::mt19937 random(20240501);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random());
    }
    const std::string line = one_line(bytes);
    EXPECT_EQ(valid_utf8(line), line);
    EXPECT_EQ(one_line(line), line);
    for (const char byte : line) {
      ASSERT_TRUE(static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f);
    }
  }
}

}  // namespace
}  // namespace mkb::dataplane
