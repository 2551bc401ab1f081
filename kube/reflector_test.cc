#include <gtest/gtest.h>

#include <algorithm>

#include "kube/reflector_fixture.h"

namespace mkb::kube {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using Event = WatchEvent::Type;

TEST_F(ReflectorTest, ListsThenWatchesFromTheListsVersion) {
  watch();
  EXPECT_TRUE(store_.synced());
  EXPECT_EQ(store_.find("ns/a"), object("a", 5));
  EXPECT_EQ(reflector_.problem(), "");
}

TEST_F(ReflectorTest, ListsInPages) {
  expect_list("limit=500");
  reflector_.on_list_page(page({object("a", 1)}, "10", "t/1"), now_);
  EXPECT_FALSE(store_.synced());
  expect_list("limit=500&continue=t%2F1");
  reflector_.on_list_page(page({object("b", 2)}, "10", "t2"), now_);
  expect_list("limit=500&continue=t2");
  reflector_.on_list_page(page({}, "10"), now_);
  EXPECT_EQ(store_.keys(), (std::vector<std::string>{"ns/a", "ns/b"}));
  EXPECT_TRUE(store_.synced());
  expect_watch_from("10");
}

TEST_F(ReflectorTest, SelectorsGoWithListAndWatch) {
  ObjectStore store;
  Reflector reflector({"/api/v1/pods", "pods", "v1", "Pod", "app=x,b!=c", "metadata.name=y"}, store,
                      [] { return 0; });
  const std::string selectors = "&labelSelector=app%3Dx%2Cb%21%3Dc&fieldSelector=metadata.name%3Dy";
  EXPECT_EQ(reflector.next(now_).target, "/api/v1/pods?limit=500" + selectors);
  reflector.on_list_page(page({}, "3"), now_);
  EXPECT_EQ(
      reflector.next(now_).target,
      "/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=3&timeoutSeconds=300" + selectors);
}

TEST_F(ReflectorTest, PutsInWhatListsOfBuiltInKindsLeaveOut) {
  json bare = object("a", 1);
  bare.erase("kind");
  bare.erase("apiVersion");
  reflector_.on_list_page(page({bare}, "10"), now_);
  EXPECT_EQ(store_.find("ns/a"), object("a", 1));
}

TEST_F(ReflectorTest, WatchesFiveToTenMinutesAndFiveSecondsOfSilenceMore) {
  reflector_.on_list_page(page({}, "10"), now_);
  seconds shortest{1000};
  seconds longest{0};
  for (int i = 0; i < 500; ++i) {
    const ReflectorAction action = next();
    const auto timeout = seconds(std::stoi(action.target.substr(action.target.rfind('=') + 1)));
    EXPECT_EQ(action.silence, timeout + seconds(5));
    shortest = std::min(shortest, timeout);
    longest = std::max(longest, timeout);
    now_ += timeout;
    reflector_.on_watch_end(now_);
  }
  EXPECT_GE(shortest, seconds(300));
  EXPECT_LT(shortest, seconds(310));
  EXPECT_LE(longest, seconds(600));
  EXPECT_GT(longest, seconds(590));
}

TEST_F(ReflectorTest, EventsChangeTheStore) {
  watch();
  EXPECT_TRUE(event(Event::kAdded, object("b", 11)));
  EXPECT_TRUE(event(Event::kModified, object("a", 12)));
  EXPECT_TRUE(event(Event::kDeleted, object("b", 13)));
  EXPECT_EQ(told_, (std::vector<std::string>{"+ns/a", "+ns/b", "+ns/a", "-ns/b"}));
  EXPECT_EQ(store_.find("ns/a"), object("a", 12));
  reflector_.on_watch_end(now_);
  expect_watch_from("13");
}

TEST_F(ReflectorTest, ResumesFromABookmark) {
  watch();
  EXPECT_TRUE(event(Event::kBookmark, {{"metadata", {{"resourceVersion", "77"}}}}));
  now_ += seconds(300);
  reflector_.on_watch_end(now_);
  expect_watch_from("77");
  EXPECT_EQ(told_.size(), 1u);
}

TEST_F(ReflectorTest, WhatIsGoneAfterARelistIsRemoved) {
  watch();
  event(Event::kAdded, object("b", 11));
  reflector_.on_watch_end(now_);
  expect_watch_from("11");
  reflector_.on_refused(refusal(410), now_);
  expect_list("limit=500");
  reflector_.on_list_page(page({object("b", 11), object("c", 20)}, "20"), now_);
  EXPECT_EQ(told_, (std::vector<std::string>{"+ns/a", "+ns/b", "+ns/c", "-ns/a"}));
}

}  // namespace
}  // namespace mkb::kube
