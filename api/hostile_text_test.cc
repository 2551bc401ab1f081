#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "api/sample_bridge.h"
#include "api/text_guard.h"

namespace mkb::api {
namespace {

std::string filled(std::string_view piece) {
  std::string text;
  text.reserve(kMaxDocumentBytes);
  while (text.size() + piece.size() <= kMaxDocumentBytes) text += piece;
  return text;
}

// A megabyte of what a YAML parser may recurse or loop on. What is asked for is an answer, and soon.
TEST(HostileText, GetsAnAnswer) {
  for (const std::string_view piece :
       {"[",     "{",     "[{",  "[]",         "{}",    "- ",       "? ",       ": ",  "- - - a\n",
        "? a\n", ": a\n", "a: ", "a: b\n",     "[a: ",  "{a: ",     "\"]\"[",   "&a ", "*a ",
        "!a ",   "!",     "%",   "%TAG ! x\n", "---\n", "...\n",    "- a\n",    "a,",  "'",
        "''",    "\"",    "\\",  "\"\\\n",     "|",     "a: |\n",   "  x\n",    "#",   "\n",
        " ",     "\t",    "a",   "a ",         "a\n",   "\xC3\xBC", "<<: *a\n", "${",  "a:\n "}) {
    const auto start = std::chrono::steady_clock::now();
    const ParseOutcome outcome = parse_bridge(filled(piece), "f");
    EXPECT_FALSE(outcome.ok()) << piece;
    EXPECT_FALSE(outcome.problems.empty()) << piece;
    EXPECT_LE(outcome.problems.size(), Report::kMostKept + 1) << piece;
    EXPECT_LT(render(outcome.problems).size(), 200'000u) << piece;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60)) << piece;
  }
}

TEST(HostileText, DeepIndentation) {
  std::string text;
  for (int i = 0; i < 1400; ++i) text += std::string(i, ' ') + "a:\n";
  EXPECT_EQ(problems_of(text), "f:64:64: nested more than 64 levels deep\n");
}

TEST(HostileText, HugeValuesAreCutInMessages) {
  const std::string huge(500'000, 'x');
  for (const std::string& text :
       {bridge_with_mqtt("keepAlive: " + huge), bridge_with_mqtt(huge + ": 1"),
        bridge_with_mqtt("servers: [" + huge + "]"), bridge_with_route("filters: ['" + huge + "']"),
        bridge_with_route("topic: $" + huge), bridge_with_route("topic: '${" + huge + "}'"),
        bridge_with_route("sharding: " + huge), bridge_with_kafka("properties: {'" + huge + "': []}"),
        bridge_with_kafka("bootstrapServers: [" + huge + "]")}) {
    const std::string problems = problems_of(text);
    EXPECT_NE(problems, "");
    EXPECT_LT(problems.size(), 3'000u) << problems.substr(0, 400);
  }
}

// Damaged copies of a good resource: whatever comes out, it comes out in order.
TEST(HostileText, SurvivesMutations) {
  const std::string good = bridge_with_routes(
      "- {name: a, filters: &f [x/+, 'y/#'], topic: 't.${topic[0]}', key: '${payload.a[0]}', qos: 2}\n"
      "- name: b\n"
      "  filters: *f\n"
      "  topic: t\n"
      "  headers: {h: \"${userProperty.x}\"}\n"
      "  partition: {strategy: Fixed, partition: 1}\n"
      "  onError: {deadLetterTopic: d}\n"
      "kafkaToMqtt:\n"
      "- name: c\n"
      "  topics: [c, '^c\\.[a-z]{1,9}(x|y)*$']\n"
      "  topic: 'c/${key}/${value.a[0]}'\n"
      "  qos: ${headers.mqtt.qos}\n"
      "  start: {at: Timestamp, timestamp: 2026-11-24T10:00:00.5+01:00}\n"
      "  userProperties: {h: '${headers.h}'}\n"
      "  messageExpiry: 1m\n"
      "  onError: {retryDelay: 10ms, deadLetterTopic: d}");
  ASSERT_TRUE(parse_bridge(good, "f").ok());
  static constexpr std::string_view kBytes = "[]{}:,-?&*!|>'\"%@`#\n \t$\\/+\r\0\x80\xff~0a";
  std::mt19937 random(99);
  int refused = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string text = good;
    for (auto edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = kBytes[random() % kBytes.size()];
          break;
        case 1:
          text.insert(at, 1, kBytes[random() % kBytes.size()]);
          break;
        case 2:
          text.erase(at, 1 + random() % 20);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 40));
      }
      if (text.empty()) text = "x";
    }
    const ParseOutcome outcome = parse_bridge(text, "f");
    ASSERT_EQ(outcome.ok(), outcome.problems.empty()) << text;
    refused += outcome.ok() ? 0 : 1;
    for (const Problem& problem : outcome.problems) {
      ASSERT_NE(problem.what, "") << text;
      for (const char c : render(problem)) {
        ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) << render(problem);
      }
    }
  }
  EXPECT_GT(refused, 2'500);
}

}  // namespace
}  // namespace mkb::api
