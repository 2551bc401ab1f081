#include "dataplane/egress/record_text.h"

#include <gtest/gtest.h>

namespace mkb::dataplane {
namespace {

ConsumedRecord sample() {
  ConsumedRecord record;
  record.topic = "commands";
  record.partition = 3;
  record.offset = 42;
  record.timestamp_ms = 1'700'000'000'123;
  record.key = "v1";
  record.value = R"({"a":{"b":"deep","n":1.50,"t":true,"o":{},"z":null},"list":[{"x":7}]})";
  record.headers = {{"h", "first"}, {"h", "last"}, {"mqtt.qos", "2"}};
  return record;
}

/// The value, or "!" and the error.
std::string rendered(const std::string& text, const ConsumedRecord& record) {
  const auto compiled = RecordText::compile(text);
  if (!compiled) {
    return "? " + compiled.error().message();
  }
  RecordContext context;
  context.reset(record);
  std::string out = ">";
  const auto problem = compiled->render(context, out);
  if (problem) {
    EXPECT_EQ(out, ">") << "an error leaves the output as it was";
    return "!" + *problem;
  }
  return out.substr(1);
}

TEST(RecordTextTest, EveryVariable) {
  const ConsumedRecord record = sample();
  EXPECT_EQ(rendered("a/${key}/$$", record), "a/v1/$");
  EXPECT_EQ(rendered("${topic}-${partition}-${offset}-${timestamp}", record), "commands-3-42-1700000000123");
  EXPECT_EQ(rendered("${headers.h}", record), "last");
  EXPECT_EQ(rendered("${headers.mqtt.qos}", record), "2");
  EXPECT_EQ(rendered("${value}", record), *record.value);
  EXPECT_EQ(rendered("${value.a.b}|${value.a.n}|${value.a.t}|${value.list[0].x}", record),
            "deep|1.50|true|7");
}

TEST(RecordTextTest, ErrorsNameTheVariableAndNotTheData) {
  ConsumedRecord record = sample();
  EXPECT_EQ(rendered("x${value.a.q}y", record), "!${value.a.q}: the value has no such field");
  EXPECT_EQ(rendered("${value.a.z}", record), "!${value.a.z}: the value has no such field");
  EXPECT_EQ(rendered("${value.a.o}", record), "!${value.a.o}: the field is an object or a list");
  EXPECT_EQ(rendered("${headers.none}", record), "!${headers.none}: the record has no such header");
  record.key.reset();
  EXPECT_EQ(rendered("${topic}${key}", record), "!${key}: the record has no key");
  record.value = "secret, not JSON";
  EXPECT_EQ(rendered("${value.a}", record), "!${value.a}: the value is not JSON");
  record.timestamp_ms = 0;
  EXPECT_EQ(rendered("${timestamp}", record), "!${timestamp}: the record has no timestamp");
}

TEST(RecordTextTest, ATombstoneIsAnEmptyValueButHasNoFields) {
  ConsumedRecord record = sample();
  record.value.reset();
  EXPECT_EQ(rendered("${value}", record), "");
  EXPECT_EQ(rendered("${value.a}", record), "!${value.a}: the record has no value");
}

TEST(RecordTextTest, OneContextServesOneRecordAfterAnother) {
  const auto compiled = RecordText::compile("${value.n}");
  ASSERT_TRUE(compiled.ok());
  RecordContext context;
  for (int i = 0; i < 100; ++i) {
    const std::string value = R"({"n":)" + std::to_string(i) + "}";
    ConsumedRecord record;
    record.value = value;
    context.reset(record);
    std::string out;
    ASSERT_EQ(compiled->render(context, out), std::nullopt);
    ASSERT_EQ(out, std::to_string(i));
  }
}

TEST(RecordTextTest, RefusesWhatIsNoTemplate) {
  EXPECT_FALSE(RecordText::compile("${payload.a}").ok());
  EXPECT_FALSE(RecordText::compile("${key").ok());
}

}  // namespace
}  // namespace mkb::dataplane
