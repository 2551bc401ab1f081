#include "kube/object_store.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <thread>

namespace mkb::kube {
namespace {

using nlohmann::json;

json config_map(const std::string& name, const std::string& version, const std::string& owner = {},
                const std::string& name_space = "ns") {
  json made = {{"metadata", {{"name", name}, {"namespace", name_space}, {"resourceVersion", version}}},
               {"spec", {{"of", name}, {"at", version}}}};
  if (!owner.empty()) {
    made["metadata"]["ownerReferences"] = {{{"uid", owner}, {"name", "o"}}, {{"uid", "second"}}};
  }
  return made;
}

/// A store that notes what it tells: `+ns/a@1`, `-ns/a@1`.
class ObjectStoreTest : public testing::Test {
 protected:
  std::vector<std::string> told() { return std::exchange(told_, {}); }

  std::vector<std::string> told_;
  ObjectStore store_{[this](const json& changed, bool removed) {
    told_.push_back((removed ? "-" : "+") + object_key(changed) + "@" +
                    changed["metadata"].value("resourceVersion", ""));
  }};
};

using Told = std::vector<std::string>;

TEST(ObjectKey, IsNamespaceSlashName) {
  EXPECT_EQ(object_key("ns", "a"), "ns/a");
  EXPECT_EQ(object_key("", "node"), "node");
  EXPECT_EQ(object_key(config_map("a", "1")), "ns/a");
  EXPECT_EQ(object_key(json{{"metadata", {{"name", "node"}}}}), "node");
  EXPECT_EQ(object_key(json::array()), "");
  EXPECT_EQ(object_key(json{{"metadata", {{"name", 7}}}}), "");
}

TEST_F(ObjectStoreTest, IsEmptyAndNotSyncedAtFirst) {
  EXPECT_FALSE(store_.synced());
  EXPECT_EQ(store_.size(), 0u);
  EXPECT_EQ(store_.find("ns/a"), std::nullopt);
  EXPECT_TRUE(store_.owned_by("u").empty());
}

TEST_F(ObjectStoreTest, PutTellsWhatChanged) {
  store_.put(config_map("a", "1"));
  store_.put(config_map("a", "2"));
  EXPECT_EQ(told(), (Told{"+ns/a@1", "+ns/a@2"}));
  EXPECT_EQ(store_.find("ns/a"), config_map("a", "2"));
  EXPECT_EQ(store_.size(), 1u);
  EXPECT_FALSE(store_.synced());
}

TEST_F(ObjectStoreTest, TheSameVersionAgainIsNoChange) {
  store_.put(config_map("a", "1"));
  told();
  store_.put(config_map("a", "1"));
  store_.replace({config_map("a", "1")});
  EXPECT_EQ(told(), Told{});
}

TEST_F(ObjectStoreTest, WithoutVersionsTheContentDecides) {
  store_.put(config_map("a", ""));
  store_.put(config_map("a", ""));
  EXPECT_EQ(told(), Told{"+ns/a@"});
  json other = config_map("a", "");
  other["spec"]["more"] = 1;
  store_.put(other);
  EXPECT_EQ(told(), Told{"+ns/a@"});
}

TEST_F(ObjectStoreTest, EraseTellsTheLastStateOnce) {
  store_.put(config_map("a", "1"));
  told();
  store_.erase(config_map("a", "5"));
  store_.erase(config_map("a", "5"));
  EXPECT_EQ(told(), Told{"-ns/a@5"});
  EXPECT_EQ(store_.find("ns/a"), std::nullopt);
}

TEST_F(ObjectStoreTest, ReplaceTellsOnlyDifferences) {
  store_.replace({config_map("a", "1"), config_map("b", "1"), config_map("c", "1")});
  EXPECT_TRUE(store_.synced());
  told();
  store_.replace({config_map("c", "1"), config_map("b", "2"), config_map("d", "3")});
  EXPECT_EQ(told(), (Told{"+ns/b@2", "+ns/d@3", "-ns/a@1"}));
  EXPECT_EQ(store_.keys(), (std::vector<std::string>{"ns/b", "ns/c", "ns/d"}));
}

TEST_F(ObjectStoreTest, AnEmptyListSyncsToo) {
  store_.replace({});
  EXPECT_TRUE(store_.synced());
  EXPECT_EQ(told(), Told{});
}

TEST_F(ObjectStoreTest, RetainEndsAPagedList) {
  store_.replace({config_map("a", "1"), config_map("b", "1")});
  told();
  store_.put(config_map("c", "2"));
  store_.retain({"ns/b", "ns/c"});
  EXPECT_EQ(told(), (Told{"+ns/c@2", "-ns/a@1"}));
  ObjectStore fresh;
  fresh.retain({});
  EXPECT_TRUE(fresh.synced());
}

TEST_F(ObjectStoreTest, FindsWhatAnOwnerHas) {
  store_.put(config_map("b", "1", "u1"));
  store_.put(config_map("a", "1", "u1"));
  store_.put(config_map("c", "1", "u2"));
  store_.put(config_map("d", "1"));
  EXPECT_EQ(store_.owned_by("u1"),
            (std::vector<json>{config_map("a", "1", "u1"), config_map("b", "1", "u1")}));
  EXPECT_TRUE(store_.owned_by("second").empty());
  EXPECT_TRUE(store_.owned_by("").empty());
  store_.put(config_map("b", "2", "u2"));
  store_.erase(config_map("c", "3"));
  EXPECT_EQ(store_.owned_by("u2"), std::vector<json>{config_map("b", "2", "u2")});
  store_.replace({});
  EXPECT_TRUE(store_.owned_by("u1").empty());
}

TEST_F(ObjectStoreTest, KeepsNeitherManagedFieldsNorLastApplied) {
  json fat = config_map("a", "1");
  fat["metadata"]["managedFields"] = {{{"manager", "kubectl"}}};
  fat["metadata"]["annotations"] = {{"kubectl.kubernetes.io/last-applied-configuration", "{...}"}};
  store_.put(fat);
  EXPECT_EQ(store_.find("ns/a"), config_map("a", "1"));
  fat["metadata"]["annotations"]["mine"] = "kept";
  fat["metadata"]["resourceVersion"] = "2";
  store_.replace({fat});
  EXPECT_EQ((*store_.find("ns/a"))["metadata"]["annotations"], (json{{"mine", "kept"}}));
}

TEST(ObjectStore, TellsStrippedObjects) {
  std::vector<json> seen;
  ObjectStore store([&](const json& changed, bool /*removed*/) { seen.push_back(changed); });
  json fat = config_map("a", "1");
  fat["metadata"]["managedFields"] = {1};
  store.put(fat);
  store.erase(fat);
  EXPECT_EQ(seen, (std::vector<json>{config_map("a", "1"), config_map("a", "1")}));
}

TEST(ObjectStore, MayBeAskedFromItsOwnCallback) {
  ObjectStore* asked = nullptr;
  std::size_t size = 0;
  ObjectStore store([&](const json& changed, bool /*removed*/) {
    size = asked->size() + asked->owned_by("u").size() + (asked->find(object_key(changed)) ? 1 : 0);
  });
  asked = &store;
  store.replace({config_map("a", "1", "u")});
  EXPECT_EQ(size, 3u);
}

TEST(ObjectStore, SurvivesWhatIsNoObject) {
  ObjectStore store;
  store.put(json::array());
  store.put(json{{"metadata", {{"annotations", 3}, {"ownerReferences", "x"}, {"name", "odd"}}}});
  store.erase(json());
  EXPECT_TRUE(store.find("odd").has_value());
}

TEST(ObjectStore, InvalidTextIsReplacedNotThrown) {
  ObjectStore store;
  json broken = config_map("a", "1");
  broken["spec"]["of"] = "\xff";
  store.put(broken);
  EXPECT_EQ((*store.find("ns/a"))["spec"]["of"], "\xef\xbf\xbd");
}

TEST(ObjectStore, AgreesWithASimpleModel) {
  std::mt19937_64 random(20240611);
  for (int round = 0; round < 60; ++round) {
    std::map<std::string, json> told;
    std::map<std::string, json> model;
    ObjectStore store([&](const json& changed, bool removed) {
      removed ? void(told.erase(object_key(changed))) : void(told[object_key(changed)] = changed);
    });
    const auto pick = [&] {
      return config_map(std::string(1, static_cast<char>('a' + random() % 8)),
                        std::to_string(random() % 5 + 1),
                        random() % 2 == 0 ? "u" + std::to_string(random() % 3) : "");
    };
    for (int step = 0; step < 40; ++step) {
      // One version has one content, as on a server.
      const auto version = std::to_string(round * 1000 + step + 10);
      const auto fresh = [&](json made) {
        made["metadata"]["resourceVersion"] = version;
        return made;
      };
      const json one = fresh(pick());
      switch (random() % 4) {
        case 0:
          model.erase(object_key(one));
          store.erase(one);
          break;
        case 1: {
          std::map<std::string, json> next;
          for (const auto& [key, value] : model) {
            if (random() % 3 != 0) {
              next[key] = value;
            }
          }
          next[object_key(one)] = one;
          std::vector<json> list;
          list.reserve(next.size());
          for (const auto& [key, value] : next) {
            list.push_back(value);
          }
          std::shuffle(list.begin(), list.end(), random);
          model = next;
          store.replace(list);
          break;
        }
        default:
          model[object_key(one)] = one;
          store.put(one);
      }
      ASSERT_EQ(told, model);
      ASSERT_EQ(store.size(), model.size());
      std::size_t owned = 0;
      for (const auto& [key, value] : model) {
        ASSERT_EQ(store.find(key), value);
        owned += value["metadata"].contains("ownerReferences") ? 1 : 0;
      }
      ASSERT_EQ(store.owned_by("u0").size() + store.owned_by("u1").size() + store.owned_by("u2").size(),
                owned);
    }
  }
}

TEST(ObjectStore, IsSafeToReadWhileItChanges) {
  std::atomic<bool> end = false;
  ObjectStore store([](const json&, bool) {});
  std::thread reader([&] {
    while (!end) {
      const auto found = store.find("ns/a");
      EXPECT_TRUE(!found.has_value() || found->contains("spec"));
      EXPECT_LE(store.keys().size(), 2u);
      EXPECT_LE(store.owned_by("u").size(), 2u);
      EXPECT_LE(store.size(), 2u);
    }
  });
  for (int version = 1; version <= 300; ++version) {
    store.put(config_map("a", std::to_string(version), "u"));
    store.replace({config_map("b", std::to_string(version), "u")});
  }
  end = true;
  reader.join();
  EXPECT_EQ(store.size(), 1u);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(ObjectStore, AThousandBridgesWithTheirChildrenAreSmall) {
  constexpr int kBridges = 1000;
  constexpr int kObjects = 11;
  const auto used = [] { return mallinfo2().uordblks; };
  std::vector<std::unique_ptr<ObjectStore>> stores;
  const std::size_t before = used();
  std::size_t bytes = 0;
  for (int kind = 0; kind < kObjects; ++kind) {
    stores.push_back(std::make_unique<ObjectStore>());
    for (int bridge = 0; bridge < kBridges; ++bridge) {
      json made =
          config_map("bridge-" + std::to_string(bridge) + "-child", std::to_string(1'000'000 + bridge),
                     "0a1b2c3d-0000-4000-8000-" + std::to_string(100'000'000'000 + bridge), "namespace");
      made["spec"]["text"] = std::string(950, 'x');
      made["metadata"]["managedFields"] = json::array({std::string(3000, 'm')});
      stores.back()->put(made);
      made["metadata"].erase("managedFields");
      bytes += made.dump().size();
    }
  }
  EXPECT_GT(bytes, 13'000'000u);  // 1.2 kB each
  EXPECT_LT(used() - before, 25'000'000u);
}
#endif

}  // namespace
}  // namespace mkb::kube
