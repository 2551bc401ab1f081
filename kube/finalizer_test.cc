#include "kube/finalizer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace mkb::kube {
namespace {

using nlohmann::json;

constexpr const char* kOurs = "mqttkafka.io/sessions";

json bridge_with(const std::optional<json>& finalizers) {
  json object = {{"metadata", {{"name", "fleet"}, {"uid", "u1"}, {"resourceVersion", "7"}}}};
  if (finalizers.has_value()) {
    object["metadata"]["finalizers"] = *finalizers;
  }
  return object;
}

/// As the server does: nullopt when a test fails.
std::optional<json> applied(const json& object, const json& patch) {
  try {
    return object.patch(patch);
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

json finalizers_after(const json& object, const std::optional<json>& patch) {
  return (*applied(object, *patch))["metadata"]["finalizers"];
}

TEST(Finalizer, TellsWhetherItIsThere) {
  EXPECT_TRUE(has_finalizer(bridge_with({{"x", kOurs}}), kOurs));
  EXPECT_FALSE(has_finalizer(bridge_with(json::array({"x"})), kOurs));
  EXPECT_FALSE(has_finalizer(bridge_with(std::nullopt), kOurs));
  EXPECT_FALSE(has_finalizer(bridge_with(json(kOurs)), kOurs));
  EXPECT_FALSE(has_finalizer(json(), kOurs));
}

TEST(Finalizer, IsAddedToNone) {
  for (const auto& finalizers : {std::optional<json>(), std::optional<json>(json::array())}) {
    const json object = bridge_with(finalizers);
    EXPECT_EQ(finalizers_after(object, add_finalizer(object, kOurs)), json::array({kOurs}));
  }
}

TEST(Finalizer, IsAddedAfterOthers) {
  const json object = bridge_with(json::array({"a", "b"}));
  EXPECT_EQ(finalizers_after(object, add_finalizer(object, kOurs)), json::array({"a", "b", kOurs}));
}

TEST(Finalizer, IsAddedOnceAndNotToWhatIsBeingDeleted) {
  EXPECT_EQ(add_finalizer(bridge_with(json::array({kOurs})), kOurs), std::nullopt);
  json object = bridge_with(std::nullopt);
  object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  EXPECT_EQ(add_finalizer(object, kOurs), std::nullopt);
}

TEST(Finalizer, IsRemovedFromAmongOthers) {
  const json object = bridge_with(json::array({"a", kOurs, "b"}));
  EXPECT_EQ(remove_finalizer(object, kOurs),
            (json{{{"op", "test"}, {"path", "/metadata/uid"}, {"value", "u1"}},
                  {{"op", "test"}, {"path", "/metadata/finalizers/1"}, {"value", kOurs}},
                  {{"op", "remove"}, {"path", "/metadata/finalizers/1"}}}));
  EXPECT_EQ(finalizers_after(object, remove_finalizer(object, kOurs)), json::array({"a", "b"}));
}

TEST(Finalizer, RemovingIsPossibleDuringDeletion) {
  json object = bridge_with(json::array({kOurs}));
  object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  EXPECT_EQ(finalizers_after(object, remove_finalizer(object, kOurs)), json::array());
}

TEST(Finalizer, EveryCopyIsRemoved) {
  const json object = bridge_with(json::array({kOurs, "a", kOurs}));
  EXPECT_EQ(finalizers_after(object, remove_finalizer(object, kOurs)), json::array({"a"}));
}

TEST(Finalizer, NothingIsRemovedWhereNothingIs) {
  EXPECT_EQ(remove_finalizer(bridge_with(std::nullopt), kOurs), std::nullopt);
  EXPECT_EQ(remove_finalizer(bridge_with(json::array({"a"})), kOurs), std::nullopt);
  EXPECT_EQ(remove_finalizer(json::array(), kOurs), std::nullopt);
}

TEST(Finalizer, ALaterObjectOfThatNameIsLeftAlone) {
  const json seen = bridge_with(json::array({"a", kOurs}));
  json later = seen;
  later["metadata"]["uid"] = "u2";
  EXPECT_EQ(applied(later, *remove_finalizer(seen, kOurs)), std::nullopt);
  const json bare = bridge_with(json::array({"a"}));
  later = bare;
  later["metadata"]["uid"] = "u2";
  EXPECT_EQ(applied(later, *add_finalizer(bare, kOurs)), std::nullopt);
}

TEST(Finalizer, NobodyElsesFinalizerIsLostWhateverHappensMeanwhile) {
  std::mt19937_64 random(3);
  const auto some = [&]() -> json {
    json all = json::array();
    for (const char* name : {"a", "b", kOurs, "c"}) {
      if (random() % 2 == 0) {
        all.push_back(name);
      }
    }
    return all;
  };
  int refused = 0;
  int done = 0;
  for (int round = 0; round < 2000; ++round) {
    const json seen = bridge_with(random() % 4 == 0 ? std::nullopt : std::optional(some()));
    json now = seen;
    if (random() % 2 == 0) {
      now["metadata"]["finalizers"] = some();
      now["metadata"]["resourceVersion"] = "8";
    }
    const bool add = random() % 2 == 0;
    const auto patch = add ? add_finalizer(seen, kOurs) : remove_finalizer(seen, kOurs);
    if (!patch.has_value()) {
      continue;
    }
    const std::optional<json> after = applied(now, *patch);
    if (!after.has_value()) {
      ++refused;
      ASSERT_NE(now, seen) << "nothing stood against it";
      continue;
    }
    ++done;
    EXPECT_EQ(has_finalizer(*after, kOurs), add);
    for (const char* name : {"a", "b", "c"}) {
      ASSERT_EQ(has_finalizer(*after, name), has_finalizer(now, name)) << now << *patch;
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(done, 100);
}

}  // namespace
}  // namespace mkb::kube
