#include "operator/reconcile/conditions.h"

#include <gtest/gtest.h>

namespace mkb::reconcile {
namespace {

using nlohmann::json;

constexpr std::int64_t kThen = 1'764'000'000'000;
constexpr std::int64_t kLater = kThen + 60'000;

TEST(KubernetesTime, IsRfc3339InUtc) {
  EXPECT_EQ(kubernetes_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(kubernetes_time(1'764'000'000'999), "2025-11-24T16:00:00Z");
}

TEST(KubernetesTime, IsReadBack) {
  EXPECT_EQ(unix_ms_of("2025-11-24T16:00:00Z"), 1'764'000'000'000);
  for (const char* bad :
       {"", "yesterday", "2025-11-24", "2025-11-24T16:00:00Zx", "2025-11-24T16:00:00+01:00"}) {
    EXPECT_FALSE(unix_ms_of(bad)) << bad;
  }
}

TEST(SetCondition, AddsOne) {
  json list;
  set_condition(list, {"Ready", true, "Serving", "3 shards"}, 7, kThen);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0], (json{{"type", "Ready"},
                           {"status", "True"},
                           {"reason", "Serving"},
                           {"message", "3 shards"},
                           {"observedGeneration", 7},
                           {"lastTransitionTime", "2025-11-24T16:00:00Z"}}));
}

TEST(SetCondition, KeepsTheTimeWhileTheStatusStays) {
  json list;
  set_condition(list, {"Ready", false, "A", "a"}, 1, kThen);
  set_condition(list, {"Ready", false, "B", "b"}, 2, kLater);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["reason"], "B");
  EXPECT_EQ(list[0]["observedGeneration"], 2);
  EXPECT_EQ(list[0]["lastTransitionTime"], kubernetes_time(kThen));
}

TEST(SetCondition, MovesTheTimeWithTheStatus) {
  json list;
  set_condition(list, {"Ready", false, "A", ""}, 1, kThen);
  set_condition(list, {"Stalled", false, "A", ""}, 1, kThen);
  set_condition(list, {"Ready", true, "A", ""}, 1, kLater);
  EXPECT_EQ(list[0]["lastTransitionTime"], kubernetes_time(kLater));
  EXPECT_EQ(list[1]["lastTransitionTime"], kubernetes_time(kThen));
}

TEST(SetCondition, WritesTheSameBytesForTheSameState) {
  json list;
  set_condition(list, {"Ready", true, "A", "m"}, 1, kThen);
  const json before = list;
  set_condition(list, {"Ready", true, "A", "m"}, 1, kLater);
  EXPECT_EQ(list, before);
}

TEST(SetCondition, CutsALongMessageBetweenCharacters) {
  json list;
  std::string text(kMaxConditionMessage - 4, 'x');
  text += "\xc3\xa4\xc3\xa4\xc3\xa4";
  set_condition(list, {"Ready", true, "A", text}, 1, kThen);
  const std::string kept = list[0]["message"];
  EXPECT_LE(kept.size(), kMaxConditionMessage);
  EXPECT_TRUE(kept.ends_with("x...")) << kept.substr(kept.size() - 8);
  EXPECT_NO_THROW(list.dump());
}

}  // namespace
}  // namespace mkb::reconcile
