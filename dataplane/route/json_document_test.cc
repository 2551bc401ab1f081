#include "dataplane/route/json_document.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mkb::dataplane {
namespace {

using Path = std::vector<api::PayloadStep>;

api::PayloadStep field(std::string name) {
  return name;
}
api::PayloadStep item(std::size_t index) {
  return index;
}

/// The value found, or the name of the failure in angle brackets.
std::string look_up(JsonDocument& document, const Path& path) {
  std::string out = "kept:";
  switch (document.append_scalar(path, out)) {
    case JsonLookup::kFound:
      EXPECT_EQ(out.substr(0, 5), "kept:");
      return out.substr(5);
    case JsonLookup::kNotJson:
      EXPECT_EQ(out, "kept:");
      return "<not json>";
    case JsonLookup::kMissing:
      EXPECT_EQ(out, "kept:");
      return "<missing>";
    case JsonLookup::kNotScalar:
      EXPECT_EQ(out, "kept:");
      return "<not scalar>";
  }
  return "<unknown>";
}

std::string look_up(std::string_view text, const Path& path) {
  JsonDocument document;
  document.reset(text);
  return look_up(document, path);
}

TEST(JsonDocument, FindsScalarsAtAnyDepth) {
  const std::string text = R"({"a": {"b": [10, {"c": "deep"}]}, "n": 7})";
  EXPECT_EQ(look_up(text, {field("n")}), "7");
  EXPECT_EQ(look_up(text, {field("a"), field("b"), item(0)}), "10");
  EXPECT_EQ(look_up(text, {field("a"), field("b"), item(1), field("c")}), "deep");
  EXPECT_EQ(look_up("[[1, 2], [3]]", {item(1), item(0)}), "3");
}

TEST(JsonDocument, RendersNumbersAsTheyAreWritten) {
  for (const std::string number :
       {"0", "-0", "1.50", "1e400", "-12.5E+3", "123456789012345678901234567890"}) {
    EXPECT_EQ(look_up("{\"a\": " + number + " , \"b\": 1}", {field("a")}), number);
    EXPECT_EQ(look_up("{\"a\":" + number + "}", {field("a")}), number);
  }
}

TEST(JsonDocument, RefusesWhatOnlyLooksLikeANumber) {
  for (const std::string number : {"01", "-", "1.", ".5", "1e", "1e+", "+1", "12x", "1.2.3", "--1", "0x10"}) {
    EXPECT_EQ(look_up("{\"a\":" + number + "}", {field("a")}), "<not json>") << number;
  }
}

TEST(JsonDocument, RendersBooleansAndUnescapesStrings) {
  EXPECT_EQ(look_up(R"({"a":true})", {field("a")}), "true");
  EXPECT_EQ(look_up(R"({"a":false})", {field("a")}), "false");
  EXPECT_EQ(look_up(R"({"a":""})", {field("a")}), "");
  EXPECT_EQ(look_up(R"({"a":"x\n\"y\"\u00e9\ud83d\ude00"})", {field("a")}), "x\n\"y\"é😀");
}

TEST(JsonDocument, TellsMissingFromNotScalar) {
  const std::string text = R"({"null": null, "object": {"x": 1}, "list": [1], "text": "t"})";
  EXPECT_EQ(look_up(text, {field("null")}), "<missing>");
  EXPECT_EQ(look_up(text, {field("nowhere")}), "<missing>");
  EXPECT_EQ(look_up(text, {field("object"), field("y")}), "<missing>");
  EXPECT_EQ(look_up(text, {field("list"), item(1)}), "<missing>");
  EXPECT_EQ(look_up(text, {field("list"), field("x")}), "<missing>");
  EXPECT_EQ(look_up(text, {field("object"), item(0)}), "<missing>");
  EXPECT_EQ(look_up(text, {field("text"), field("x")}), "<missing>");
  EXPECT_EQ(look_up(text, {item(0)}), "<missing>");
  EXPECT_EQ(look_up(text, {field("object")}), "<not scalar>");
  EXPECT_EQ(look_up(text, {field("list")}), "<not scalar>");
}

TEST(JsonDocument, ALoneScalarHasNoFields) {
  for (const std::string text : {"12.5", " true ", "false", "null", "\"text\""}) {
    EXPECT_EQ(look_up(text, {field("a")}), "<missing>") << text;
    EXPECT_EQ(look_up(text, {item(0)}), "<missing>") << text;
  }
}

TEST(JsonDocument, OfFieldsWithTheSameNameTheFirstCounts) {
  EXPECT_EQ(look_up(R"({"a":1,"a":2})", {field("a")}), "1");
}

TEST(JsonDocument, ComparesKeysByWhatTheyMean) {
  EXPECT_EQ(look_up(R"({"\u0061b":1})", {field("ab")}), "1");
  EXPECT_EQ(look_up(R"({"a\\b":1})", {field("a\\b")}), "1");
  EXPECT_EQ(look_up(R"({"a\tb":1})", {field("a\\tb")}), "<missing>");
  EXPECT_EQ(look_up(R"({"ab":1,"a":2})", {field("a")}), "2");
}

TEST(JsonDocument, AcceptsNamesLongerThanTheText) {
  EXPECT_EQ(look_up(R"({"a":1})", {field(std::string(5000, 'a'))}), "<missing>");
  const std::string name(5000, 'a');
  EXPECT_EQ(look_up("{\"" + name + "\":1}", {field(name)}), "1");
}

TEST(JsonDocument, SaysWhenTheTextIsNotJson) {
  for (const std::string text :
       {"", " ", "hello", "t=21", "nil", "12:30", "{", "{\"a\"", "{\"a\":", "{\"a\":tru}", "{\"a\":nulx}",
        "{\"a\":\"open", "{\"a\":\"\\q\"}", "{\"b\":1 \"a\":2}", "\xff\xfe"}) {
    EXPECT_EQ(look_up(text, {field("a")}), "<not json>") << text;
  }
}

TEST(JsonDocument, SurvivesLookupsAfterASyntaxError) {
  JsonDocument document;
  document.reset(R"({"a":1 "b":2})");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(look_up(document, {field("b")}), "<not json>");
    EXPECT_EQ(look_up(document, {field("a")}), "1");
  }
  document.reset(R"({"b":3})");
  EXPECT_EQ(look_up(document, {field("b")}), "3");
}

TEST(JsonDocument, LooksOnlyAtTheNewTextAfterReset) {
  JsonDocument document;
  document.reset(R"({"a":"a long text that fills the buffer","b":2})");
  EXPECT_EQ(look_up(document, {field("b")}), "2");
  document.reset(R"({"a":1})");
  EXPECT_EQ(look_up(document, {field("b")}), "<missing>");
  EXPECT_EQ(look_up(document, {field("a")}), "1");
  document.reset("");
  EXPECT_EQ(look_up(document, {field("a")}), "<not json>");
}

TEST(JsonDocument, ReadsATextThatEndsItsMemory) {
  // Exactly sized on the heap, so that AddressSanitizer sees a read beyond it.
  const std::string text = R"({"a":12})";
  const std::vector<char> exact(text.begin(), text.end());
  EXPECT_EQ(look_up(std::string_view(exact.data(), exact.size()), {field("a")}), "12");
}

TEST(JsonDocument, MovesWithItsText) {
  JsonDocument first;
  first.reset(R"({"a":1})");
  EXPECT_EQ(look_up(first, {field("a")}), "1");
  JsonDocument second = std::move(first);
  EXPECT_EQ(look_up(second, {field("a")}), "1");
}

/// A valid text with one to five bytes changed, removed or cut off.
std::string damaged(std::mt19937& random, std::string text) {
  static const std::string kBytes = std::string("{}[],:\"\\0123tfnu \n\x80") + '\0';
  for (auto changes = 1 + random() % 5; changes > 0 && !text.empty(); --changes) {
    switch (random() % 3) {
      case 0:
        text[random() % text.size()] = kBytes[random() % kBytes.size()];
        break;
      case 1:
        text.erase(random() % text.size(), 1 + random() % 3);
        break;
      default:
        text.resize(random() % (text.size() + 1));
        break;
    }
  }
  return text;
}

TEST(JsonDocument, DamageNeverMakesALookupDependOnEarlierOnes) {
  const std::string valid = R"({"a":{"b":[1,2,{"c":"x\u0041\n"}]},"d":null,"e":true,"f":-1.5e3,"g":[[],{}]})";
  const std::vector<Path> paths = {{field("a")},       {field("a"), field("b"), item(2), field("c")},
                                   {field("d")},       {field("e")},
                                   {field("f")},       {field("g"), item(1)},
                                   {field("nowhere")}, {item(0)}};
  std::mt19937 random(20261124);
  JsonDocument reused;
  unsigned found = 0;
  unsigned refused = 0;
  for (int round = 0; round < 5000; ++round) {
    const std::string text = damaged(random, valid);
    reused.reset(text);
    for (int lookup = 0; lookup < 12; ++lookup) {
      const Path& path = paths[random() % paths.size()];
      const std::string alone = look_up(text, path);
      ASSERT_EQ(look_up(reused, path), alone) << text;
      found += alone.empty() || alone.front() != '<' ? 1 : 0;
      refused += alone == "<not json>" ? 1 : 0;
    }
  }
  EXPECT_GT(found, 1000U);
  EXPECT_GT(refused, 1000U);
}

}  // namespace
}  // namespace mkb::dataplane
