#include "api/text_guard.h"

#include <gtest/gtest.h>

#include <string>

namespace mkb::api {
namespace {

std::string problem(std::string_view text) {
  Report report("f");
  const std::string_view guarded = guarded_text(text, report);
  EXPECT_TRUE(report.clean() || guarded.empty());
  return render(report.take_problems());
}

std::string passed(std::string_view text) {
  Report report("f");
  const std::string_view guarded = guarded_text(text, report);
  EXPECT_TRUE(report.clean());
  return std::string(guarded);
}

TEST(TextGuard, LetsTextThrough) {
  EXPECT_EQ(passed(""), "");
  EXPECT_EQ(passed("a: größe ☃ 🚲\r\n\tb\n"), "a: größe ☃ 🚲\r\n\tb\n");
  EXPECT_EQ(passed(std::string(kMaxDocumentBytes, 'x')).size(), kMaxDocumentBytes);
}

TEST(TextGuard, TakesTheByteOrderMarkOff) {
  EXPECT_EQ(passed("\xEF\xBB\xBF"
                   "a: b"),
            "a: b");
}

TEST(TextGuard, RefusesOtherEncodings) {
  EXPECT_EQ(problem("\xFF\xFE"
                    "a"),
            "f: the file is UTF-16; save it as UTF-8\n");
  EXPECT_EQ(problem("\xFE\xFF"), "f: the file is UTF-16; save it as UTF-8\n");
  EXPECT_EQ(problem("a: ü\nb: gr\xF6\xDF"
                    "e"),
            "f:2:6: the byte \"\\xf6\" is not UTF-8; save the file as UTF-8\n");
  EXPECT_EQ(problem("\xC3"), "f:1:1: the byte \"\\xc3\" is not UTF-8; save the file as UTF-8\n");
}

TEST(TextGuard, RefusesControlCharacters) {
  EXPECT_EQ(problem(std::string_view("a: \0b", 5)),
            "f:1:4: control character \"\\x00\"; write it as an escape between double quotes\n");
  EXPECT_EQ(problem("a\n\x1b[0m"),
            "f:2:1: control character \"\\x1b\"; write it as an escape between double quotes\n");
  EXPECT_EQ(problem("a: \x7f"),
            "f:1:4: control character \"\\x7f\"; write it as an escape between double quotes\n");
  EXPECT_EQ(problem("a: 1\rb: 2"), "f:1:5: carriage return without line feed; end lines with LF or CRLF\n");
  EXPECT_EQ(problem("a: 1\r"), "f:1:5: carriage return without line feed; end lines with LF or CRLF\n");
}

TEST(TextGuard, BoundsSizeAndOpenBrackets) {
  EXPECT_EQ(problem(std::string(kMaxDocumentBytes + 1, 'x')),
            "f: the file has 1048577 bytes; at most 1048576 are read\n");
  EXPECT_EQ(passed(std::string(500, '[')).size(), 500u);
  EXPECT_EQ(problem(std::string(501, '{')), "f:1:501: more than 500 brackets are open here\n");
  std::string pairs;
  for (int i = 0; i < 10'000; ++i) pairs += "[]{}";
  EXPECT_EQ(passed(pairs), pairs);
}

TEST(TextGuard, FindsTabsInIndentation) {
  EXPECT_EQ(tab_indented_line("a:\n\tb: 1\n", 3), 2);
  EXPECT_EQ(tab_indented_line("a:\n  \tb: 1\n", 2), 2);
  EXPECT_EQ(tab_indented_line("a:\n\tb: 1\n", 1), 0);
  EXPECT_EQ(tab_indented_line("a:\t1\n b:\t2\n", 9), 0);
}

}  // namespace
}  // namespace mkb::api
