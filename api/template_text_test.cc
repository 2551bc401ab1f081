#include "api/template_text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace mkb::api {
namespace {

using Kind = TemplateSegment::Kind;

TemplateSegment literal(std::string text, std::size_t offset) {
  TemplateSegment segment;
  segment.text = std::move(text);
  segment.offset = offset;
  return segment;
}

TemplateSegment variable(Kind kind, std::size_t offset) {
  TemplateSegment segment;
  segment.kind = kind;
  segment.offset = offset;
  return segment;
}

std::vector<TemplateSegment> split(std::string_view text) {
  auto result = parse_template(text);
  EXPECT_TRUE(result.ok()) << text << ": " << (result.ok() ? "" : result.error().message());
  return result.ok() ? *result : std::vector<TemplateSegment>{};
}

std::string fault(std::string_view text) {
  const auto result = parse_template(text);
  EXPECT_FALSE(result.ok()) << text;
  if (result.ok()) return "";
  EXPECT_TRUE(result.error().is(TemplateError::kSyntax));
  return result.error().message();
}

TEST(TemplateText, LiteralsAndDollars) {
  EXPECT_TRUE(split("").empty());
  EXPECT_EQ(split("telemetry"), std::vector{literal("telemetry", 0)});
  EXPECT_EQ(split("a$$b$$"), std::vector{literal("a$b$", 0)});
  EXPECT_EQ(split("$${topic}"), std::vector{literal("${topic}", 0)});
  EXPECT_EQ(split("}{"), std::vector{literal("}{", 0)});
  EXPECT_EQ(literal_text(split("5$$")), "5$");
  EXPECT_EQ(literal_text(split("")), "");
  EXPECT_TRUE(is_literal(split("a$$b")));
  EXPECT_TRUE(is_literal(split("")));
  EXPECT_FALSE(is_literal(split("a${qos}b")));
}

TEST(TemplateText, EveryVariable) {
  EXPECT_EQ(split("${topic}"), std::vector{variable(Kind::kTopic, 0)});
  EXPECT_EQ(split("${clientid}"), std::vector{variable(Kind::kClientId, 0)});
  EXPECT_EQ(split("${qos}"), std::vector{variable(Kind::kQos, 0)});
  EXPECT_EQ(split("${retain}"), std::vector{variable(Kind::kRetain, 0)});
  EXPECT_EQ(split("${payload}"), std::vector{variable(Kind::kPayload, 0)});
  auto level = variable(Kind::kTopicLevel, 0);
  level.level = 127;
  EXPECT_EQ(split("${topic[127]}"), std::vector{level});
  auto property = variable(Kind::kUserProperty, 0);
  property.text = "x.y [z] ü";
  EXPECT_EQ(split("${userProperty.x.y [z] ü}"), std::vector{property});
  auto path = variable(Kind::kPayload, 0);
  path.path = {std::string("items"), std::size_t{0}, std::size_t{12}, std::string("größe-1"),
               std::string("x")};
  EXPECT_EQ(split("${payload.items[0][12].größe-1.x}"), std::vector{path});
  auto list = variable(Kind::kPayload, 0);
  list.path = {std::size_t{3}};
  EXPECT_EQ(split("${payload[3]}"), std::vector{list});
}

TEST(TemplateText, MixesKeepOrderAndOffsets) {
  auto level = variable(Kind::kTopicLevel, 2);
  level.level = 1;
  EXPECT_EQ(split("a.${topic[1]}$$-${qos}${retain}.z"),
            (std::vector{literal("a.", 0), level, literal("$-", 13), variable(Kind::kQos, 16),
                         variable(Kind::kRetain, 22), literal(".z", 31)}));
}

TEST(TemplateText, FaultsNamePositionAndRemedy) {
  const std::string known =
      "known: ${topic}, ${topic[n]}, ${clientid}, ${qos}, ${retain}, ${payload}, ${payload.field}, "
      "${userProperty.name}";
  const std::string dollar = "\"$\" starts no variable; write $$ for a literal $, or ${name} for a variable";
  const std::string open = "\"${\" without \"}\"; close the variable with }, or write $${ for a literal ${";
  const std::string level = "write a number from 0 to 127 between brackets, as in [0]";
  const std::string index = "write a number from 0 to 1000000 between brackets, as in [0]";
  const std::string field = "write ${payload.field}; names hold no white space, quotes, brackets or $";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"$", "character 1: " + dollar},
      {"ab$c", "character 3: " + dollar},
      {"$$$", "character 3: " + dollar},
      {"x${topic", "character 2: " + open},
      {"${a${qos}", "character 1: " + open},
      {"${}", "character 3: a variable needs a name; " + known},
      {"${.a}", "character 3: a variable needs a name; " + known},
      {"-${topc}", "character 4: unknown variable \"topc\"; did you mean ${topic}?"},
      {"${clientId}", "character 3: unknown variable \"clientId\"; did you mean ${clientid}?"},
      {"${userproperty.a}",
       "character 3: unknown variable \"userproperty\"; did you mean ${userProperty.name}?"},
      {"${temperature}", "character 3: unknown variable \"temperature\"; " + known},
      {"${ topic}", "character 3: unknown variable \" topic\"; did you mean ${topic}?"},
      {"${topic[128]}", "character 8: \"[128]\" is no index; " + level},
      {"${topic[]}", "character 8: \"[]\" is no index; " + level},
      {"${topic[-1]}", "character 8: \"[-1]\" is no index; " + level},
      {"${topic[1x]}", "character 8: \"[1x]\" is no index; " + level},
      {"${topic[99999999999999999999999]}",
       "character 8: \"[99999999999999999999999]\" is no index; " + level},
      {"${topic[1}", "character 8: \"[\" without \"]\"; write a number from 0 between brackets, as in [0]"},
      {"${topic[1]x}",
       "character 11: unexpected \"x\" after topic; write ${topic}, or ${topic[n]} for its level n from 0"},
      {"${topic.a}",
       "character 8: unexpected \".a\" after topic; write ${topic}, or ${topic[n]} for its level n from 0"},
      {"${qos[0]}", "character 6: unexpected \"[0]\" after qos; write ${qos}"},
      {"${clientid.x}", "character 11: unexpected \".x\" after clientid; write ${clientid}"},
      {"${payload.}", "character 10: \"\" is no field name; " + field},
      {"${payload.a..b}", "character 12: \"\" is no field name; " + field},
      {"${payload.a b}", "character 10: \"a b\" is no field name; " + field},
      {"${payload.'a'}", "character 10: \"'a'\" is no field name; " + field},
      {"${payload[1000001]}", "character 10: \"[1000001]\" is no index; " + index},
      {"${payload[0]a}",
       "character 13: unexpected \"a\" after payload; write ${payload.field} or ${payload.list[0]}"},
      {"${userProperty}", "character 15: userProperty needs the property's name; write ${userProperty.name}"},
      {"${userProperty.}",
       "character 15: userProperty needs the property's name; write ${userProperty.name}"},
      {"${userProperty[x]}",
       "character 15: userProperty needs the property's name; write ${userProperty.name}"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(fault(text), message) << text;
}

TEST(TemplateText, PathsAreBounded) {
  std::string path;
  for (std::size_t i = 0; i < kMaxPayloadSteps; ++i) path += ".a";
  EXPECT_EQ(split("${payload" + path + "}").front().path.size(), kMaxPayloadSteps);
  EXPECT_EQ(fault("${payload" + path + "[0]}"),
            "character 74: the path into the payload is too long; at most 32 steps");
}

TEST(TemplateText, LongNamesAreCutInMessages) {
  EXPECT_LT(fault("${" + std::string(100'000, 'x') + "}").size(), 400u);
  EXPECT_LT(fault("${topic" + std::string(1, '[') + std::string(100'000, '1') + "]}").size(), 400u);
}

TEST(TemplateText, SegmentsBeforeAFaultRemain) {
  std::vector<TemplateSegment> segments = {literal("stale", 0)};
  const auto wrong = split_template("a${qos}$", segments);
  ASSERT_TRUE(wrong.has_value());
  EXPECT_EQ(wrong->offset, 7u);
  EXPECT_EQ(segments, (std::vector{literal("a", 0), variable(Kind::kQos, 1)}));
}

// Writes segments back as text: the inverse of the grammar.
std::string written(const std::vector<TemplateSegment>& segments) {
  std::string text;
  for (const auto& segment : segments) {
    switch (segment.kind) {
      case Kind::kLiteral:
        for (char c : segment.text) text += c == '$' ? std::string("$$") : std::string(1, c);
        break;
      case Kind::kTopic:
        text += "${topic}";
        break;
      case Kind::kTopicLevel:
        text += "${topic[" + std::to_string(segment.level) + "]}";
        break;
      case Kind::kClientId:
        text += "${clientid}";
        break;
      case Kind::kQos:
        text += "${qos}";
        break;
      case Kind::kRetain:
        text += "${retain}";
        break;
      case Kind::kPayload:
        text += "${payload";
        for (const auto& step : segment.path) {
          if (const auto* name = std::get_if<std::string>(&step)) {
            text += "." + *name;
          } else {
            text += "[" + std::to_string(std::get<std::size_t>(step)) + "]";
          }
        }
        text += "}";
        break;
      case Kind::kUserProperty:
        text += "${userProperty." + segment.text + "}";
        break;
    }
  }
  return text;
}

TEST(TemplateText, WhatIsAcceptedIsWrittenBackTheSame) {
  static const std::vector<std::string> pieces = {"$$",
                                                  "${",
                                                  "}",
                                                  "$",
                                                  "topic",
                                                  "payload",
                                                  "[1]",
                                                  "[0]",
                                                  ".",
                                                  "a",
                                                  "{",
                                                  "x.",
                                                  "qos",
                                                  "${topic}",
                                                  "${topic[3]}",
                                                  "${payload.a[2].b}",
                                                  "${userProperty.k}",
                                                  "${retain}"};
  std::mt19937 random(20240611);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const auto count = random() % 8;
    for (unsigned i = 0; i < count; ++i) text += pieces[random() % pieces.size()];
    std::vector<TemplateSegment> segments;
    if (split_template(text, segments)) continue;
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
  EXPECT_GT(accepted, 2'000);
}

}  // namespace
}  // namespace mkb::api
