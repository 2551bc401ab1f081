#include "dataplane/route/template.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mkb::dataplane {
namespace {

using mqtt::PropertyId;

/// A message with something for every variable.
class CompiledTemplateTest : public testing::Test {
 protected:
  CompiledTemplateTest() {
    publish_.topic = "vehicles/42/telemetry";
    publish_.payload = R"({"fleet": "north", "pos": {"xy": [1.50, -2]}, "ok": true, "gone": null})";
    publish_.qos = 1;
    publish_.properties.add(PropertyId::kContentType, "region")
        .add_user_property("region", "eu west")
        .add_user_property("region", "second")
        .add_user_property("empty", "")
        .add_user_property("a.b[0]", "odd name");
    reset();
  }

  void reset() { message_.reset(publish_.view(), "mkb-uid-7"); }

  /// The value, or the error's description in angle brackets; checks that a failure leaves the output alone.
  std::string render(std::string_view text) {
    const auto compiled = CompiledTemplate::compile(text);
    if (!compiled) {
      return "<no template>";
    }
    std::string out = "before ";
    const RenderOutcome outcome = compiled->render(message_, out);
    EXPECT_EQ(out.substr(0, 7), "before ");
    if (!outcome.ok()) {
      EXPECT_EQ(out, "before ") << text;
      return "<" + compiled->describe(outcome) + ">";
    }
    return out.substr(7);
  }

  RenderOutcome outcome(std::string_view text) {
    std::string out;
    return CompiledTemplate::compile(text)->render(message_, out);
  }

  mqtt::Publish publish_;
  MessageContext message_;
};

TEST_F(CompiledTemplateTest, RendersEveryVariable) {
  EXPECT_EQ(render("${topic}"), "vehicles/42/telemetry");
  EXPECT_EQ(render("${topic[0]}"), "vehicles");
  EXPECT_EQ(render("${topic[2]}"), "telemetry");
  EXPECT_EQ(render("${clientid}"), "mkb-uid-7");
  EXPECT_EQ(render("${qos}"), "1");
  EXPECT_EQ(render("${retain}"), "false");
  EXPECT_EQ(render("${payload}"), publish_.payload);
  EXPECT_EQ(render("${payload.fleet}"), "north");
  EXPECT_EQ(render("${payload.pos.xy[0]}"), "1.50");
  EXPECT_EQ(render("${payload.ok}"), "true");
  EXPECT_EQ(render("${userProperty.region}"), "eu west");
  EXPECT_EQ(render("${userProperty.empty}"), "");
  EXPECT_EQ(render("${userProperty.a.b[0]}"), "odd name");
}

TEST_F(CompiledTemplateTest, RendersEveryQosAndRetain) {
  publish_.retain = true;
  for (std::uint8_t qos = 0; qos <= 2; ++qos) {
    publish_.qos = qos;
    reset();
    EXPECT_EQ(render("${qos}${retain}"), std::to_string(qos) + "true");
  }
}

TEST_F(CompiledTemplateTest, MixesTextAndVariables) {
  EXPECT_EQ(render("telemetry.${topic[1]}-${payload.fleet}.raw"), "telemetry.42-north.raw");
  EXPECT_EQ(render("${topic[1]}${topic[1]}"), "4242");
  EXPECT_EQ(render("$$${qos}$$"), "$1$");
  EXPECT_EQ(render("$${qos}"), "${qos}");
  EXPECT_EQ(render("}{"), "}{");
}

TEST_F(CompiledTemplateTest, ValuesAreNotTemplates) {
  publish_.payload = R"({"fleet": "${topic} $$"})";
  reset();
  EXPECT_EQ(render("${payload.fleet}"), "${topic} $$");
}

TEST_F(CompiledTemplateTest, ReadsPayloadFieldsInAnyOrder) {
  EXPECT_EQ(render("${payload.ok} ${payload.pos.xy[1]} ${payload.fleet} ${payload.pos.xy[0]} ${payload.ok}"),
            "true -2 north 1.50 true");
}

TEST_F(CompiledTemplateTest, PayloadIsBytes) {
  publish_.payload = std::string("\0\xff{", 3);
  reset();
  EXPECT_EQ(render("${payload}"), publish_.payload);
  publish_.payload.clear();
  reset();
  EXPECT_EQ(render("${payload}"), "");
}

TEST_F(CompiledTemplateTest, SaysWhichVariableHasNoValueAndWhy) {
  EXPECT_EQ(render("a ${topic[3]} b"), "<${topic[3]}: the MQTT topic has no such level>");
  EXPECT_EQ(render("${payload.speed}"), "<${payload.speed}: the payload has no such field>");
  EXPECT_EQ(render("${payload.gone}"), "<${payload.gone}: the payload has no such field>");
  EXPECT_EQ(render("${payload.pos.xy[2]}"), "<${payload.pos.xy[2]}: the payload has no such field>");
  EXPECT_EQ(render("${payload[0]}"), "<${payload[0]}: the payload has no such field>");
  EXPECT_EQ(render("${payload.pos}"), "<${payload.pos}: the field is an object or a list>");
  EXPECT_EQ(render("${payload.pos.xy}"), "<${payload.pos.xy}: the field is an object or a list>");
  EXPECT_EQ(render("${userProperty.Region}"),
            "<${userProperty.Region}: the message has no such user property>");
  publish_.payload = "hello";
  reset();
  EXPECT_EQ(render("x${qos}${payload.fleet}"), "<${payload.fleet}: the payload is not JSON>");
}

TEST_F(CompiledTemplateTest, NamesTheSegmentOfTheFirstError) {
  const RenderOutcome first = outcome("a${qos}b${topic[9]}c${payload.none}");
  EXPECT_EQ(first.error, RenderError::kTopicLevelMissing);
  EXPECT_EQ(first.segment, 3u);
  EXPECT_FALSE(first.ok());
  EXPECT_EQ(outcome("${payload.none}").error, RenderError::kFieldMissing);
  EXPECT_EQ(outcome("${payload.pos}").error, RenderError::kFieldNotScalar);
  EXPECT_EQ(outcome("${userProperty.x}").error, RenderError::kUserPropertyMissing);
  publish_.payload = "{";
  reset();
  EXPECT_EQ(outcome("${payload.x}").error, RenderError::kPayloadNotJson);
  EXPECT_TRUE(outcome("${payload}").ok());
}

TEST_F(CompiledTemplateTest, DescriptionsDoNotShowTheMessage) {
  publish_.payload = "secret";
  publish_.topic = "secret";
  reset();
  for (const char* text : {"${payload.a}", "${topic[1]}", "${userProperty.x}"}) {
    EXPECT_EQ(render(text).find("secret"), std::string::npos);
  }
}

TEST_F(CompiledTemplateTest, RendersOneMessageAfterAnother) {
  const auto compiled = CompiledTemplate::compile("${topic[1]}:${payload.v}");
  ASSERT_TRUE(compiled.ok());
  std::string out;
  for (int i = 0; i < 50; ++i) {
    publish_.topic = "t/" + std::to_string(i);
    publish_.payload = R"({"v": )" + std::to_string(i * i) + "}";
    reset();
    out.clear();
    ASSERT_TRUE(compiled->render(message_, out).ok());
    EXPECT_EQ(out, std::to_string(i) + ":" + std::to_string(i * i));
  }
}

TEST_F(CompiledTemplateTest, KnowsWhenItIsLiteral) {
  const auto literal = CompiledTemplate::compile("cost in $$");
  ASSERT_TRUE(literal.ok());
  EXPECT_TRUE(literal->is_literal());
  EXPECT_EQ(literal->literal(), "cost in $");
  EXPECT_EQ(literal->text(), "cost in $$");
  EXPECT_EQ(render("cost in $$"), "cost in $");

  const auto empty = CompiledTemplate::compile("");
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE(empty->is_literal());
  EXPECT_EQ(empty->literal(), "");
  EXPECT_EQ(render(""), "");

  const auto variable = CompiledTemplate::compile("a${qos}");
  ASSERT_TRUE(variable.ok());
  EXPECT_FALSE(variable->is_literal());
  EXPECT_EQ(variable->literal(), "");
  EXPECT_EQ(variable->text(), "a${qos}");
}

TEST_F(CompiledTemplateTest, RefusesWhatIsNoTemplate) {
  for (const char* text : {"${nothing}", "$", "${topic", "${topic[x]}", "${}"}) {
    const auto compiled = CompiledTemplate::compile(text);
    ASSERT_FALSE(compiled.ok()) << text;
    EXPECT_TRUE(compiled.error().is(api::TemplateError::kSyntax)) << text;
  }
}

}  // namespace
}  // namespace mkb::dataplane
