#include "api/nearest_name.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

namespace mkb::api {
namespace {

constexpr std::array<std::string_view, 4> kKnown = {"filters", "topic", "qos", "keepAlive"};

TEST(NearestName, CountsEachKindOfSlipOnce) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("topic", "tpic"), 1u);
  EXPECT_EQ(edit_distance("topic", "toppic"), 1u);
  EXPECT_EQ(edit_distance("topic", "tobic"), 1u);
  EXPECT_EQ(edit_distance("topic", "tpoic"), 1u);
  EXPECT_EQ(edit_distance("topic", "TOPIC"), 0u);
  EXPECT_EQ(edit_distance("ca", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

// The definition of optimal string alignment, by plain recursion.
std::size_t slow_distance(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a.size() + b.size();
  const std::string a1 = a.substr(0, a.size() - 1);
  const std::string b1 = b.substr(0, b.size() - 1);
  std::size_t best = std::min(slow_distance(a1, b), slow_distance(a, b1)) + 1;
  best = std::min(best, slow_distance(a1, b1) + (a.back() == b.back() ? 0 : 1));
  if (a.size() > 1 && b.size() > 1 && a.back() == b1.back() && a1.back() == b.back()) {
    best = std::min(best, slow_distance(a1.substr(0, a1.size() - 1), b1.substr(0, b1.size() - 1)) + 1);
  }
  return best;
}

TEST(NearestName, AgreesWithTheDefinition) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string a;
    std::string b;
    for (auto n = random() % 6; n > 0; --n) a += static_cast<char>('a' + random() % 3);
    for (auto n = random() % 6; n > 0; --n) b += static_cast<char>('a' + random() % 3);
    ASSERT_EQ(edit_distance(a, b), slow_distance(a, b)) << a << " " << b;
  }
}

TEST(NearestName, FindsSlipsAndNothingElse) {
  EXPECT_EQ(nearest_name("filter", kKnown), "filters");
  EXPECT_EQ(nearest_name("flters", kKnown), "filters");
  EXPECT_EQ(nearest_name("keepalive", kKnown), "keepAlive");
  EXPECT_EQ(nearest_name("qs", kKnown), "qos");
  EXPECT_EQ(nearest_name("q0s", kKnown), "qos");
  EXPECT_EQ(nearest_name("keep", kKnown), "keepAlive");
  EXPECT_EQ(nearest_name("kee", kKnown), std::nullopt);
  EXPECT_EQ(nearest_name("zzz", kKnown), std::nullopt);
  EXPECT_EQ(nearest_name("retention", kKnown), std::nullopt);
  EXPECT_EQ(nearest_name("", kKnown), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(1'000'000, 'q'), kKnown), std::nullopt);
}

TEST(NearestName, TakesTheStartOfOneNameOnly) {
  static constexpr std::array<std::string_view, 3> kSecrets = {"caSecretRef", "certSecretRef",
                                                               "certChainLimit"};
  EXPECT_EQ(nearest_name("casecret", kSecrets), "caSecretRef");
  EXPECT_EQ(nearest_name("certSecret", kSecrets), "certSecretRef");
  EXPECT_EQ(nearest_name("cert", kSecrets), std::nullopt);
}

TEST(NearestName, SuggestsOrLists) {
  EXPECT_EQ(suggest_name("topics", kKnown), "did you mean \"topic\"?");
  EXPECT_EQ(suggest_name("colour", kKnown), "known: filters, topic, qos, keepAlive");
}

}  // namespace
}  // namespace mkb::api
