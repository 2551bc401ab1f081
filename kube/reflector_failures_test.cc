#include <gtest/gtest.h>

#include <set>

#include "kube/reflector_fixture.h"

namespace mkb::kube {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Type = ReflectorAction::Type;
using Event = WatchEvent::Type;

TEST_F(ReflectorTest, AnExpiredTokenListsAnewAtOnceButOnlyOnce) {
  reflector_.on_list_page(page({object("old", 1)}, "10", "t1"), now_);
  expect_list("limit=500&continue=t1");
  reflector_.on_refused(refusal(410), now_);
  expect_list("limit=500");
  reflector_.on_list_page(page({object("a", 2)}, "20", "t2"), now_);
  expect_list("limit=500&continue=t2");
  reflector_.on_refused(refusal(410), now_);
  expect_backoff(milliseconds(800));
  EXPECT_EQ(reflector_.problem(), "list pods: gone: as told");
  expect_list("limit=500");
  reflector_.on_list_page(page({object("a", 2)}, "20"), now_);
  EXPECT_EQ(store_.keys(), std::vector<std::string>{"ns/a"}) << "`old` was on a page of a list given up";
}

TEST_F(ReflectorTest, APageThatFailsIsAskedForAgain) {
  reflector_.on_list_page(page({object("a", 1)}, "10", "t1"), now_);
  reflector_.on_failure("connection refused", now_);
  EXPECT_EQ(reflector_.problem(), "list pods: connection refused");
  expect_backoff(milliseconds(800));
  expect_list("limit=500&continue=t1");
  reflector_.on_refused(refusal(500), now_);
  expect_backoff(milliseconds(1600));
  expect_list("limit=500&continue=t1");
  reflector_.on_refused(refusal(400), now_);
  expect_backoff(milliseconds(3200));
  expect_list("limit=500");
}

TEST_F(ReflectorTest, FailuresBackOffUpToThirtySecondsForEver) {
  for (const int longest : {800, 1600, 3200, 6400, 12'800, 25'600, 30'000, 30'000, 30'000}) {
    expect_list("limit=500");
    reflector_.on_refused(refusal(403), now_);
    EXPECT_EQ(reflector_.problem(), "list pods: forbidden: as told");
    expect_backoff(milliseconds(longest));
  }
  for (int i = 0; i < 100; ++i) {
    expect_list("limit=500");
    reflector_.on_refused(refusal(403), now_);
    expect_backoff(seconds(30));
  }
  reflector_.on_list_page(page({}, "10"), now_);
  EXPECT_EQ(reflector_.problem(), "");
}

TEST_F(ReflectorTest, BackoffsDiffer) {
  std::set<Duration> delays;
  for (int i = 0; i < 50; ++i) {
    reflector_.on_failure("x", now_);
    delays.insert(next().until - now_);
    now_ += seconds(60);
  }
  EXPECT_GT(delays.size(), 40u);
}

TEST_F(ReflectorTest, WaitsAsLongAsRetryAfterSays) {
  ApiStatus busy = refusal(429);
  busy.retry_after = seconds(7);
  reflector_.on_refused(busy, now_);
  EXPECT_EQ(next().until, now_ + seconds(7));
  now_ += seconds(7);
  expect_list("limit=500");
  busy.retry_after = seconds(100'000);
  reflector_.on_refused(busy, now_);
  EXPECT_EQ(next().until, now_ + seconds(300)) << "within reason";
  now_ += seconds(300);
  busy.retry_after.reset();
  reflector_.on_refused(busy, now_);
  expect_backoff(milliseconds(3200));
}

TEST_F(ReflectorTest, AWatchRefusedAsTooOldListsAtOnce) {
  watch();
  reflector_.on_refused(refusal(410), now_);
  expect_list("limit=500");
  EXPECT_EQ(reflector_.problem(), "") << "nothing is wrong";
}

TEST_F(ReflectorTest, AnErrorEventOfTooOldListsAtOnce) {
  watch();
  EXPECT_FALSE(event(Event::kError, status(410, "Expired", "too old resource version")));
  reflector_.on_watch_end(now_);
  expect_list("limit=500");
  EXPECT_EQ(reflector_.problem(), "");
}

TEST_F(ReflectorTest, AServerThatCallsItsOwnVersionTooOldIsNotAskedAllTheTime) {
  watch();
  reflector_.on_refused(refusal(410), now_);
  watch();
  reflector_.on_refused(refusal(410), now_);
  EXPECT_EQ(reflector_.problem(), "watch pods: gone: as told");
  expect_backoff(milliseconds(800));
  watch();
  event(Event::kError, status(410, "Expired", "again"));
  expect_backoff(milliseconds(1600));
  watch();
  EXPECT_TRUE(event(Event::kModified, object("a", 11)));
  reflector_.on_watch_end(now_);
  expect_watch_from("11");
  reflector_.on_refused(refusal(410), now_);
  expect_list("limit=500");
}

TEST_F(ReflectorTest, OtherErrorEventsListAnewAfterAPause) {
  watch();
  EXPECT_FALSE(event(Event::kError, status(500, "InternalError", "etcd has no leader")));
  EXPECT_EQ(reflector_.problem(), "watch pods: server error (status 500): etcd has no leader");
  expect_backoff(milliseconds(800));
  expect_list("limit=500");
}

TEST_F(ReflectorTest, AnErrorEventOfTooManyRequestsKeepsTheVersion) {
  watch();
  json busy = status(429, "TooManyRequests", "slow down");
  busy["details"] = {{"retryAfterSeconds", 3}};
  EXPECT_FALSE(event(Event::kError, busy));
  EXPECT_EQ(next().until, now_ + seconds(3));
  now_ += seconds(3);
  expect_watch_from("10");
}

TEST_F(ReflectorTest, AWatchThatEndsAtOnceIsAFailure) {
  watch();
  for (const int longest : {800, 1600, 3200, 6400}) {
    reflector_.on_watch_started();
    now_ += milliseconds(999);
    reflector_.on_watch_end(now_);
    EXPECT_EQ(reflector_.problem(), "watch pods: the server ended it at once");
    expect_backoff(milliseconds(longest));
    expect_watch_from("10");
    EXPECT_NE(reflector_.problem(), "") << "not before it has started";
  }
  reflector_.on_watch_started();
  EXPECT_EQ(reflector_.problem(), "");
  now_ += seconds(1);
  reflector_.on_watch_end(now_);
  expect_watch_from("10");
}

TEST_F(ReflectorTest, BookmarksThatSayNothingNewDoNotMakeAWatchWork) {
  watch();
  event(Event::kBookmark, {{"metadata", {{"resourceVersion", "10"}}}});
  reflector_.on_watch_end(now_);
  expect_backoff(milliseconds(800));
}

TEST_F(ReflectorTest, AWatchThatBreaksResumesAtOnce) {
  watch();
  event(Event::kModified, object("a", 12));
  reflector_.on_failure("connection reset", now_);
  EXPECT_EQ(reflector_.problem(), "watch pods: connection reset");
  expect_watch_from("12");
  reflector_.on_failure("connection refused", now_);
  expect_backoff(milliseconds(800));
  expect_watch_from("12");
  reflector_.on_watch_started();
  EXPECT_EQ(reflector_.problem(), "");
}

TEST_F(ReflectorTest, ASilentWatchResumes) {
  watch();
  reflector_.on_watch_started();
  now_ += seconds(605);
  reflector_.on_failure("nothing came for 605 s", now_);
  expect_watch_from("10");
}

TEST_F(ReflectorTest, AWatchThatNeverStartedIsAFailureHoweverLongItTook) {
  watch();
  now_ += seconds(605);
  reflector_.on_failure("no answer", now_);
  expect_backoff(milliseconds(800));
  expect_watch_from("10");
}

TEST_F(ReflectorTest, AForbiddenWatchGoesOnRetryingAndListsNowAndThen) {
  watch();
  for (int i = 0; i < 4; ++i) {
    reflector_.on_refused(refusal(403), now_);
    EXPECT_EQ(reflector_.problem(), "watch pods: forbidden: as told");
    now_ += seconds(30);
    expect_watch_from("10");
  }
  reflector_.on_refused(refusal(403), now_);
  now_ += seconds(30);
  expect_list("limit=500");
  reflector_.on_list_page(page({}, "20"), now_);
  EXPECT_EQ(reflector_.problem(), "watch pods: forbidden: as told") << "a list does not mend the watch";
  expect_watch_from("20");
  reflector_.on_refused(refusal(403), now_);
  expect_backoff(seconds(25) + milliseconds(600));
}

TEST_F(ReflectorTest, AWatchRefusedAsInvalidListsAnew) {
  watch();
  reflector_.on_refused(refusal(400), now_);
  expect_backoff(milliseconds(800));
  expect_list("limit=500");
}

TEST_F(ReflectorTest, AVersionFromTheFutureIsGivenUpAfterFiveTries) {
  watch();
  for (int i = 0; i < 5; ++i) {
    reflector_.on_refused(refusal(504), now_);  // "Too large resource version"
    now_ += seconds(60);
    if (i < 4) {
      expect_watch_from("10");
    }
  }
  expect_list("limit=500");
}

TEST_F(ReflectorTest, GarbageListsAnewAfterAPause) {
  watch();
  reflector_.on_garbage("an event that is no JSON object: x", now_);
  EXPECT_EQ(reflector_.problem(), "watch pods: the server sent an event that is no JSON object: x");
  reflector_.on_watch_end(now_);
  expect_backoff(milliseconds(800));
  expect_list("limit=500");
}

TEST_F(ReflectorTest, EventsWithoutVersionOrNameAreGarbage) {
  const json cases[] = {json::object(),
                        {{"metadata", 3}},
                        {{"metadata", {{"name", "a"}}}},
                        {{"metadata", {{"name", "a"}, {"resourceVersion", 7}}}},
                        {{"metadata", {{"name", ""}, {"resourceVersion", "7"}}}},
                        {{"metadata", {{"resourceVersion", "7"}}}}};
  for (const json& garbage : cases) {
    ObjectStore store;
    Reflector reflector({"/p", "pods", "v1", "Pod", "", ""}, store, [] { return 0; });
    reflector.on_list_page(page({}, "10"), now_);
    static_cast<void>(reflector.next(now_));
    EXPECT_FALSE(reflector.on_event({Event::kAdded, garbage}, now_)) << garbage;
    EXPECT_EQ(store.size(), 0u);
    static_cast<void>(reflector.next(now_ + seconds(1)));
    EXPECT_EQ(reflector.next(now_ + seconds(1)).type, Type::kList) << garbage;
  }
}

TEST_F(ReflectorTest, ListsThatAreNoneAreFailures) {
  expect_list("limit=500");
  reflector_.on_list_page("<html>", now_);
  EXPECT_EQ(reflector_.problem(), "list pods: the server sent a list that is no JSON object");
  expect_backoff(milliseconds(800));
  expect_list("limit=500");
  reflector_.on_list_page(page({json::object()}, "10"), now_);
  EXPECT_EQ(reflector_.problem(), "list pods: the server sent an object without a name");
  expect_backoff(milliseconds(1600));
  EXPECT_FALSE(store_.synced());
}

TEST_F(ReflectorTest, AFailureDoesNotEmptyTheStore) {
  watch();
  reflector_.on_refused(refusal(410), now_);
  for (int i = 0; i < 10; ++i) {
    reflector_.on_refused(refusal(404), now_);
    now_ += seconds(30);
  }
  EXPECT_EQ(store_.size(), 1u);
}

TEST_F(ReflectorTest, WhatComesAfterTheEndOfAWatchIsIgnored) {
  watch();
  event(Event::kError, status(410, "", ""));
  EXPECT_FALSE(event(Event::kAdded, object("late", 50)));
  reflector_.on_watch_started();
  reflector_.on_garbage("late", now_);
  reflector_.on_watch_end(now_);
  EXPECT_EQ(store_.find("ns/late"), std::nullopt);
  EXPECT_EQ(reflector_.problem(), "");
  expect_list("limit=500");
}

}  // namespace
}  // namespace mkb::kube
