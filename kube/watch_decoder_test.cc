#include "kube/watch_decoder.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mkb::kube {
namespace {

using nlohmann::json;

/// What a decoder says of a body cut at `cuts`: `TYPE {object}` per event, then the error's message.
std::vector<std::string> said(WatchDecoder& decoder, const std::vector<std::string_view>& pieces) {
  constexpr const char* kNames[] = {"ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"};
  std::vector<std::string> events;
  Result<void> last;
  for (const std::string_view piece : pieces) {
    last = decoder.feed(piece, [&](const WatchEvent& event) {
      events.push_back(std::string(kNames[static_cast<int>(event.type)]) + " " + event.object.dump());
      return true;
    });
  }
  if (!last.ok()) {
    events.push_back("! " + last.error().message());
  }
  return events;
}

std::vector<std::string> said(std::string_view body) {
  WatchDecoder decoder;
  return said(decoder, {body});
}

using Said = std::vector<std::string>;

constexpr std::string_view kBody =
    "{\"type\":\"ADDED\",\"object\":{\"a\":\"\\\"{\\n\"}}\n"
    "\n"
    "{\"type\":\"MODIFIED\",\"object\":{\"a\":\"\xc3\xa9\"}}\r\n"
    "{\"type\":\"DELETED\",\"object\":{\"a\":3}}\n"
    "{\"object\":{\"metadata\":{\"resourceVersion\":\"12\"}},\"type\":\"BOOKMARK\"}\n"
    "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410}}\n";

const Said kSaid = {R"(ADDED {"a":"\"{\n"})", "MODIFIED {\"a\":\"\xc3\xa9\"}", R"(DELETED {"a":3})",
                    R"(BOOKMARK {"metadata":{"resourceVersion":"12"}})",
                    R"(ERROR {"code":410,"kind":"Status"})"};

TEST(WatchDecoder, ReadsEveryTypeOfEvent) {
  EXPECT_EQ(said(kBody), kSaid);
}

TEST(WatchDecoder, SaysTheSameWhereverTheBodyIsCut) {
  for (std::size_t cut = 0; cut <= kBody.size(); ++cut) {
    WatchDecoder decoder;
    ASSERT_EQ(said(decoder, {kBody.substr(0, cut), kBody.substr(cut)}), kSaid) << cut;
  }
  std::vector<std::string_view> bytes;
  bytes.reserve(kBody.size());
  for (std::size_t i = 0; i < kBody.size(); ++i) {
    bytes.push_back(kBody.substr(i, 1));
  }
  WatchDecoder decoder;
  EXPECT_EQ(said(decoder, bytes), kSaid);
}

TEST(WatchDecoder, EmptyLinesAndPiecesMeanNothing) {
  EXPECT_EQ(said("\n\r\n \t \n"), Said{});
  WatchDecoder decoder;
  EXPECT_EQ(said(decoder, {"", "\n", ""}), Said{});
}

TEST(WatchDecoder, ALineWithoutItsEndIsNoEvent) {
  EXPECT_EQ(said(R"({"type":"ADDED","object":{}})"), Said{});
  EXPECT_EQ(said(R"({"type":"ADDED","obj)"), Said{});
}

TEST(WatchDecoder, SaysWhatIsWrongWithALine) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"no json\n", "! an event that is no JSON object: no json"},
      {"[1]\n", "! an event that is no JSON object: [1]"},
      {"{\"type\":\"ADDED\",\"object\":{}} x\n", "! an event that is no JSON object"},
      {"{\"object\":{}}\n", "! an event that has no type"},
      {"{\"type\":3,\"object\":{}}\n", "! an event that has no type"},
      {"{\"type\":\"added\",\"object\":{}}\n", "! an event that has an unknown type"},
      {"{\"type\":\"ADDED\"}\n", "! an event that has no object"},
      {"{\"type\":\"ADDED\",\"object\":[]}\n", "! an event that has no object"},
      {"{\"type\":\"ADDED\",\"object\":{\"a\":\"\xff\"}}\n", "! an event that is no JSON object"},
      {"\x01\xff\n", "! an event that is no JSON object: ??"},
  };
  for (const auto& [body, message] : cases) {
    const Said got = said(body);
    ASSERT_EQ(got.size(), 1u) << body;
    EXPECT_EQ(got[0].substr(0, message.size()), message);
  }
}

TEST(WatchDecoder, AQuotedLineIsShort) {
  EXPECT_LT(said(std::string(5000, 'x') + "\n").at(0).size(), 200u);
}

TEST(WatchDecoder, NothingAfterGarbageIsRead) {
  WatchDecoder decoder;
  const Said got =
      said(decoder, {"{\"type\":\"ADDED\",\"object\":{}}\nbad\n{\"type\":\"ADDED\",\"object\":{}}\n",
                     "{\"type\":\"ADDED\",\"object\":{}}\n"});
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0], "ADDED {}");
  EXPECT_EQ(got[1], "! an event that is no JSON object: bad");
}

TEST(WatchDecoder, TheErrorTellsItsKind) {
  const auto ignore = [](const WatchEvent&) { return true; };
  WatchDecoder garbage;
  EXPECT_TRUE(garbage.feed("x\n", ignore).error().is(WatchError::kGarbage));
  WatchDecoder small(3);
  EXPECT_TRUE(small.feed("1234", ignore).error().is(WatchError::kTooLong));
}

TEST(WatchDecoder, BoundsTheLengthOfALineWhateverTheSplit) {
  const std::string line = R"({"type":"ADDED","object":{}})";
  const std::string two = line + "\n" + line + " \n";
  for (std::size_t cut = 0; cut <= two.size(); ++cut) {
    WatchDecoder decoder(line.size());
    EXPECT_EQ(said(decoder, {std::string_view(two).substr(0, cut), std::string_view(two).substr(cut)}),
              (Said{"ADDED {}", "! an event longer than 28 bytes"}));
  }
}

TEST(WatchDecoder, DeepNestingIsGarbageNotACrash) {
  const std::string deep = "{\"type\":\"ADDED\",\"object\":{\"a\":" + std::string(100'000, '[') +
                           std::string(100'000, ']') + "}}\n";
  EXPECT_EQ(said(deep).at(0).substr(0, 37), "! an event that is nested too deep: {");
}

TEST(WatchDecoder, EndsWhenNothingMoreIsWanted) {
  WatchDecoder decoder;
  int events = 0;
  const auto one = [&](const WatchEvent&) { return ++events < 1; };
  EXPECT_TRUE(decoder.feed(kBody, one).ok());
  EXPECT_TRUE(decoder.feed(kBody, one).ok());
  EXPECT_TRUE(decoder.feed("garbage\n", one).ok());
  EXPECT_EQ(events, 1);
}

TEST(WatchDecoder, AnyBodyInAnyPiecesSaysTheSame) {
  std::mt19937_64 random(11);
  const std::string_view parts[] = {"{\"type\":\"ADDED\",\"object\":{\"n\":1}}",
                                    "\n",
                                    "\n",
                                    "\r\n",
                                    " ",
                                    "{\"type\":\"BOOKMARK\",\"object\":{}}\n",
                                    "x",
                                    "{\"type\":\"ERROR\"}\n"};
  for (int round = 0; round < 2000; ++round) {
    std::string body;
    for (std::uint64_t i = random() % 12; i > 0; --i) {
      body += parts[std::min<std::uint64_t>(random() % 24, 7) % 8];
    }
    std::vector<std::string_view> pieces;
    for (std::string_view rest = body; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 20, rest.size());
      pieces.push_back(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    WatchDecoder whole(60);
    WatchDecoder cut(60);
    ASSERT_EQ(said(cut, pieces), said(whole, {body})) << body;
  }
}

}  // namespace
}  // namespace mkb::kube
