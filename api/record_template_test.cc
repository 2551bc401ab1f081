#include "api/record_template.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mkb::api {
namespace {

using Kind = RecordSegment::Kind;

RecordSegment literal(std::string text, std::size_t offset) {
  RecordSegment segment;
  segment.text = std::move(text);
  segment.offset = offset;
  return segment;
}

RecordSegment variable(Kind kind, std::size_t offset = 0, std::string name = "",
                       std::vector<PayloadStep> path = {}) {
  RecordSegment segment;
  segment.kind = kind;
  segment.offset = offset;
  segment.text = std::move(name);
  segment.path = std::move(path);
  return segment;
}

std::vector<RecordSegment> split(std::string_view text) {
  auto result = parse_record_template(text);
  EXPECT_TRUE(result.ok()) << text << ": " << (result.ok() ? "" : result.error().message());
  return result.ok() ? *result : std::vector<RecordSegment>{};
}

std::string fault(std::string_view text) {
  const auto result = parse_record_template(text);
  EXPECT_FALSE(result.ok()) << text;
  if (result.ok()) return "";
  EXPECT_TRUE(result.error().is(TemplateError::kSyntax));
  return result.error().message();
}

TEST(RecordTemplate, LiteralsAndDollars) {
  EXPECT_TRUE(split("").empty());
  EXPECT_EQ(split("vehicles/all"), std::vector{literal("vehicles/all", 0)});
  EXPECT_EQ(split("a$$b$$"), std::vector{literal("a$b$", 0)});
  EXPECT_EQ(split("$${key}"), std::vector{literal("${key}", 0)});
  EXPECT_EQ(literal_text(split("5$$")), "5$");
  EXPECT_EQ(literal_text(split("")), "");
  EXPECT_TRUE(is_literal(split("a$$b")));
  EXPECT_TRUE(is_literal(split("")));
  EXPECT_FALSE(is_literal(split("a${key}b")));
}

TEST(RecordTemplate, EveryVariable) {
  EXPECT_EQ(split("${key}"), std::vector{variable(Kind::kKey)});
  EXPECT_EQ(split("${value}"), std::vector{variable(Kind::kValue)});
  EXPECT_EQ(split("${topic}"), std::vector{variable(Kind::kTopic)});
  EXPECT_EQ(split("${partition}"), std::vector{variable(Kind::kPartition)});
  EXPECT_EQ(split("${offset}"), std::vector{variable(Kind::kOffset)});
  EXPECT_EQ(split("${timestamp}"), std::vector{variable(Kind::kTimestamp)});
  EXPECT_EQ(split("${value[3]}"), std::vector{variable(Kind::kValue, 0, "", {std::size_t{3}})});
  EXPECT_EQ(split("${value.items[0][12].größe-1.x}"),
            std::vector{variable(Kind::kValue, 0, "",
                                 {std::string("items"), std::size_t{0}, std::size_t{12},
                                  std::string("größe-1"), std::string("x")})});
}

TEST(RecordTemplate, HeaderNamesTakeAllThatFollows) {
  EXPECT_EQ(split("${headers.mqtt.qos}"), std::vector{variable(Kind::kHeader, 0, "mqtt.qos")});
  EXPECT_EQ(split("${headers..}"), std::vector{variable(Kind::kHeader, 0, ".")});
  EXPECT_EQ(split("${headers.x.y [0] ü}"), std::vector{variable(Kind::kHeader, 0, "x.y [0] ü")});
}

TEST(RecordTemplate, MixesKeepOrderAndOffsets) {
  EXPECT_EQ(split("a/${key}$$-${offset}${headers.h}/z"),
            (std::vector{literal("a/", 0), variable(Kind::kKey, 2), literal("$-", 8),
                         variable(Kind::kOffset, 11), variable(Kind::kHeader, 20, "h"), literal("/z", 32)}));
}

TEST(RecordTemplate, FaultsNamePositionAndRemedy) {
  const std::string known =
      "known: ${key}, ${value}, ${value.field}, ${headers.name}, ${topic}, ${partition}, ${offset}, "
      "${timestamp}";
  const std::string open = "\"${\" without \"}\"; close the variable with }, or write $${ for a literal ${";
  const std::string index = "write a number from 0 to 1000000 between brackets, as in [0]";
  const std::string field = "write ${value.field}; names hold no white space, quotes, brackets or $";
  const std::string header = "headers needs the header's name; write ${headers.name}";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"ab$c", "character 3: \"$\" starts no variable; write $$ for a literal $, or ${name} for a variable"},
      {"x${key", "character 2: " + open},
      {"${a${key}", "character 1: " + open},
      {"${}", "character 3: a variable needs a name; " + known},
      {"${[0]}", "character 3: a variable needs a name; " + known},
      {"-${kye}", "character 4: unknown variable \"kye\"; did you mean ${key}?"},
      {"${Offset}", "character 3: unknown variable \"Offset\"; did you mean ${offset}?"},
      {"${temperature}", "character 3: unknown variable \"temperature\"; " + known},
      {"${payload}", "character 3: unknown variable \"payload\"; did you mean ${value}?"},
      {"${payload.x[0]}", "character 3: unknown variable \"payload\"; did you mean ${value.x[0]}?"},
      {"${vlaue.x}", "character 3: unknown variable \"vlaue\"; did you mean ${value.x}?"},
      {"${header.x.y}", "character 3: unknown variable \"header\"; did you mean ${headers.x.y}?"},
      {"${header}", "character 3: unknown variable \"header\"; did you mean ${headers.name}?"},
      {"${header[0]}", "character 3: unknown variable \"header\"; did you mean ${headers.name}?"},
      {"${userProperty.x}", "character 3: unknown variable \"userProperty\"; did you mean ${headers.x}?"},
      {"${header.\n}", "character 3: unknown variable \"header\"; did you mean ${headers.\\n}?"},
      {"${headers}", "character 10: " + header},
      {"${headers.}", "character 10: " + header},
      {"${headers[x]}", "character 10: " + header},
      {"${key.a}", "character 6: unexpected \".a\" after key; write ${key}"},
      {"${topic[1]}", "character 8: unexpected \"[1]\" after topic; write ${topic}"},
      {"${partition.x}", "character 12: unexpected \".x\" after partition; write ${partition}"},
      {"${offset[0]}", "character 9: unexpected \"[0]\" after offset; write ${offset}"},
      {"${timestamp.ms}", "character 12: unexpected \".ms\" after timestamp; write ${timestamp}"},
      {"${value.}", "character 8: \"\" is no field name; " + field},
      {"${value.a b}", "character 8: \"a b\" is no field name; " + field},
      {"${value[1000001]}", "character 8: \"[1000001]\" is no index; " + index},
      {"${value[1}", "character 8: \"[\" without \"]\"; write a number from 0 between brackets, as in [0]"},
      {"${value[0]a}",
       "character 11: unexpected \"a\" after value; write ${value.field} or ${value.list[0]}"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(fault(text), message) << text;
}

TEST(RecordTemplate, PathsAreBounded) {
  std::string path;
  for (std::size_t i = 0; i < kMaxPayloadSteps; ++i) path += ".a";
  EXPECT_EQ(split("${value" + path + "}").front().path.size(), kMaxPayloadSteps);
  EXPECT_EQ(split("${value[1000000]}").front().path.size(), 1u);
  EXPECT_EQ(fault("${value" + path + "[0]}"),
            "character 72: the path into the value is too long; at most 32 steps");
}

TEST(RecordTemplate, LongNamesAreCutInMessages) {
  const std::string x(100'000, 'x');
  EXPECT_LT(fault("${" + x + "}").size(), 400u);
  EXPECT_LT(fault("${payload." + x + "}").size(), 400u);
  EXPECT_LT(fault("${header." + x + "}").size(), 400u);
}

TEST(RecordTemplate, SegmentsBeforeAFaultRemain) {
  std::vector<RecordSegment> segments = {literal("stale", 0)};
  const auto wrong = split_record_template("a${key}$", segments);
  ASSERT_TRUE(wrong.has_value());
  EXPECT_EQ(wrong->offset, 7u);
  EXPECT_EQ(segments, (std::vector{literal("a", 0), variable(Kind::kKey, 1)}));
}

// Writes segments back as text: the inverse of the grammar.
std::string written(const std::vector<RecordSegment>& segments) {
  static const std::vector<std::string> kNames = {"",      "key",       "value",  "headers",
                                                  "topic", "partition", "offset", "timestamp"};
  std::string text;
  for (const auto& segment : segments) {
    if (segment.kind == Kind::kLiteral) {
      for (char c : segment.text) text += c == '$' ? std::string("$$") : std::string(1, c);
      continue;
    }
    text += "${" + kNames[static_cast<std::size_t>(segment.kind)];
    if (segment.kind == Kind::kHeader) text += "." + segment.text;
    for (const auto& step : segment.path) {
      if (const auto* name = std::get_if<std::string>(&step)) {
        text += "." + *name;
      } else {
        text += "[" + std::to_string(std::get<std::size_t>(step)) + "]";
      }
    }
    text += "}";
  }
  return text;
}

TEST(RecordTemplate, WhatIsAcceptedIsWrittenBackTheSame) {
  static const std::vector<std::string> pieces = {
      "$$",   "${", "}",        "$",         "value",           "headers",    "[1]",          ".",    "a",
      "{",    "x.", "${key",    "${topic}",  "${value.a[2].b}", "payload",    "${value",      "key}", "\xff",
      "[0]}", "\n", "${offset", "partition", "${headers.h.k}",  "${headers.", "${timestamp}", "}}",   "+"};
  std::mt19937 random(20261124);
  int accepted = 0;
  for (int round = 0; round < 40'000; ++round) {
    std::string text;
    const auto count = random() % 8;
    for (unsigned i = 0; i < count; ++i) text += pieces[random() % pieces.size()];
    std::vector<RecordSegment> segments;
    if (const auto wrong = split_record_template(text, segments)) {
      ASSERT_LT(wrong->offset, text.size()) << text;
      ASSERT_TRUE(text.starts_with(written(segments))) << text;
      continue;
    }
    ++accepted;
    ASSERT_EQ(written(segments), text);
    std::size_t last = 0;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      ASSERT_TRUE(i == 0 || segments[i].offset > last);
      last = segments[i].offset;
      const bool is_text = segments[i].kind == Kind::kLiteral;
      ASSERT_FALSE(is_text && segments[i].text.empty());
      ASSERT_FALSE(is_text && i > 0 && segments[i - 1].kind == Kind::kLiteral) << text;
    }
  }
  EXPECT_GT(accepted, 4'000);
}

}  // namespace
}  // namespace mkb::api
