#include "api/topic_pattern.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mkb::api {
namespace {

TopicPattern pattern(const std::string& text) {
  auto parsed = TopicPattern::parse(text);
  if (const auto* fault = std::get_if<TopicPatternFault>(&parsed)) {
    ADD_FAILURE() << text << ": " << fault->what;
    return pattern("t");
  }
  return std::get<TopicPattern>(std::move(parsed));
}

std::string fault(const std::string& text) {
  const auto parsed = TopicPattern::parse(text);
  const auto* fault = std::get_if<TopicPatternFault>(&parsed);
  return fault == nullptr ? "" : fault->what + "; " + fault->hint;
}

TEST(TopicPattern, NamesMatchThemselves) {
  EXPECT_FALSE(pattern("a.b").is_regex());
  EXPECT_TRUE(pattern("a.b").matches("a.b"));
  EXPECT_FALSE(pattern("a.b").matches("axb"));
  EXPECT_FALSE(pattern("a.b").matches("a.b.c"));
  EXPECT_EQ(pattern("a.b").literal_start(), "a.b");
}

TEST(TopicPattern, RegularExpressionsMatchFromTheStart) {
  EXPECT_TRUE(pattern("^a.b").is_regex());
  EXPECT_TRUE(pattern("^a.b").matches("axbc"));
  EXPECT_FALSE(pattern("^a.b").matches("ba.b"));
  EXPECT_FALSE(pattern("^a.b$").matches("a.bc"));
  EXPECT_TRUE(pattern("^(fleet|cars)-[[:digit:]]{2,3}$").matches("cars-123"));
  EXPECT_FALSE(pattern("^(fleet|cars)-[[:digit:]]{2,3}$").matches("cars-1234"));
  EXPECT_TRUE(pattern("^" + std::string(248, 'x')).matches(std::string(248, 'x')));
}

TEST(TopicPattern, LiteralStarts) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"^", ""},           {"^abc", "abc"},   {"^ab\\.c.*", "ab.c"},  {"^abc*", "ab"},     {"^abc?", "ab"},
      {"^abc{0,2}", "ab"}, {"^abc+d", "abc"}, {"^abc++{0,1}d", "ab"}, {"^ab(c|d)", "ab"},  {"^ab[cd]", "ab"},
      {"^ab|cd", ""},      {"^ab[|]", "ab"},  {"^ab([(]|x)", "ab"},   {"^ab\\|c", "ab|c"}, {"^ab$", "ab"},
      {"^a\\wb", "a"},     {"^[]|]a", ""},    {"^a[[:alpha:]|]", "a"}};
  for (const auto& [text, start] : cases) EXPECT_EQ(pattern(text).literal_start(), start) << text;
}

TEST(TopicPattern, Faults) {
  const std::string name =
      " is no Kafka topic name; write 1 to 249 of a-z, A-Z, 0-9, ., _ and -, or a regular expression that "
      "begins with ^";
  const std::string much =
      " repeats too much; at most 1000 characters with all repetitions written out; * counts once";
  const std::string back =
      " has a back-reference; write a POSIX extended regular expression; those have none";
  const std::string empty =
      " repeats what can be empty; leave the outer repetition out, or make the inner one need a character";
  const std::string example = "; write a POSIX extended one, such as ^fleet\\..*";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "\"\"" + name},
      {"a/b", "\"a/b\"" + name},
      {".*", "\".*\"" + name},
      {"..", "\"..\"" + name},
      {"^(a", "\"^(a\" is no regular expression: Unmatched ( or \\(" + example},
      {"^[a", "\"^[a\" is no regular expression: Unmatched [, [^, [:, [., or [=" + example},
      {"^a{2,1}", "\"^a{2,1}\" is no regular expression: Invalid content of \\{\\}" + example},
      {"^(a)\\1", "\"^(a)\\\\1\"" + back},
      {"^a{1001}", "\"^a{1001}\"" + much},
      {"^(a{40}){40}", "\"^(a{40}){40}\"" + much},
      {"^a{0,32000}{32000}", "\"^a{0,32000}{32000}\"" + much},
      {"^((((((((((a+)+)+)+)+)+)+)+)+)+)+", "\"^((((((((((a+)+)+)+)+)+)+)+)+)+)+\"" + much},
      {"^(a*)+", "\"^(a*)+\"" + empty},
      {"^(b|a?){3}", "\"^(b|a?){3}\"" + empty},
      {"^((a{0,9})x*|b)*", "\"^((a{0,9})x*|b)*\"" + empty},
      {"^()*", "\"^()*\"" + empty},
      {"^" + std::string(249, 'x'), "a regular expression of 250 bytes; at most 249 are supported"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(fault(text), message) << text;
  EXPECT_EQ(fault("^([a-z]+[.]?)+(x*)?((a|b)+c*d)*$"), "");
  EXPECT_EQ(fault("^[a-z]{1,249}-[a-z]{1,249}-[a-z]{1,249}$"), "");
}

// What is accepted compiles and answers soon, and whatever matches begins with the literal start.
TEST(TopicPattern, RandomExpressions) {
  static const std::vector<std::string> kPieces = {
      "a", "b",   ".",     "\\.",  "*", "+", "?", "(", ")",  "|",           "[ab]", "[^a]",  "[",
      "]", "{2}", "{0,9}", "{3,}", "{", "}", "^", "$", "\\", "[[:alpha:]]", "\\|",  "{100}", "-"};
  std::mt19937 random(1124);
  int compiled = 0;
  int matched = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string text = "^";
    for (auto count = random() % 9; count > 0; --count) text += kPieces[random() % kPieces.size()];
    const auto parsed = TopicPattern::parse(text);
    const auto* read = std::get_if<TopicPattern>(&parsed);
    if (read == nullptr) continue;
    ++compiled;
    for (int i = 0; i < 20; ++i) {
      std::string topic;
      for (auto count = random() % 6; count > 0; --count) topic += "ab.-|"[random() % 5];
      if (!read->matches(topic)) continue;
      ++matched;
      ASSERT_TRUE(topic.starts_with(read->literal_start())) << text << " " << topic;
    }
  }
  EXPECT_GT(compiled, 1'000);
  EXPECT_GT(matched, 2'000);
}

}  // namespace
}  // namespace mkb::api
