#include "dataplane/egress/offset_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace mkb::dataplane {
namespace {

TEST(OffsetTrackerTest, NothingIsCommittableBeforeTheFirstRecordIsDone) {
  OffsetTracker tracker;
  EXPECT_EQ(tracker.committable(), std::nullopt);
  tracker.add(5);
  tracker.add(6);
  tracker.done(6);
  EXPECT_EQ(tracker.committable(), std::nullopt);
  EXPECT_EQ(tracker.size(), 2U);
}

TEST(OffsetTrackerTest, CommitsUpToTheLowestRecordThatIsNotDone) {
  OffsetTracker tracker;
  for (std::int64_t offset = 5; offset < 10; ++offset) {
    tracker.add(offset);
  }
  tracker.done(6);
  tracker.done(5);
  tracker.done(8);
  EXPECT_EQ(tracker.committable(), 7);
  tracker.done(7);
  EXPECT_EQ(tracker.committable(), 9);
  EXPECT_EQ(tracker.done_in_a_row(), 4U);
}

TEST(OffsetTrackerTest, GapsAreNoRecords) {
  OffsetTracker tracker;
  tracker.add(10);
  tracker.add(17);
  tracker.done(17);
  tracker.done(10);
  EXPECT_EQ(tracker.committable(), 18);
}

TEST(OffsetTrackerTest, WhatIsConfirmedIsForgotten) {
  OffsetTracker tracker;
  tracker.add(1);
  tracker.add(2);
  tracker.add(3);
  tracker.done(1);
  tracker.done(2);
  tracker.confirm(2);
  EXPECT_EQ(tracker.size(), 2U);
  EXPECT_EQ(tracker.committable(), 3);
  tracker.confirm(3);
  EXPECT_EQ(tracker.committable(), std::nullopt);
  tracker.confirm(100);
  EXPECT_EQ(tracker.size(), 1U) << "a record that is not done stays, whatever was committed";
}

TEST(OffsetTrackerTest, AnUnknownOffsetChangesNothing) {
  OffsetTracker tracker;
  tracker.add(4);
  tracker.done(3);
  tracker.done(5);
  EXPECT_EQ(tracker.committable(), std::nullopt);
}

TEST(OffsetTrackerTest, AgreesWithADefinitionOverRandomHistories) {
  for (std::uint32_t seed = 0; seed < 10'000; ++seed) {
    std::mt19937 random(seed);
    OffsetTracker tracker;
    std::vector<std::int64_t> open;
    std::set<std::int64_t> read;
    std::int64_t next = random() % 10;
    std::int64_t committed = next;
    for (int step = 0; step < 30; ++step) {
      if (open.empty() || random() % 2 == 0) {
        next += 1 + static_cast<std::int64_t>(random() % 3);
        tracker.add(next);
        open.push_back(next);
        read.insert(next);
      } else {
        const auto chosen = open.begin() + static_cast<std::ptrdiff_t>(random() % open.size());
        tracker.done(*chosen);
        open.erase(chosen);
      }
      const std::int64_t lowest_open = open.empty() ? next + 1 : *std::min_element(open.begin(), open.end());
      const auto below = read.lower_bound(lowest_open);
      const std::int64_t expected = below == read.begin() ? committed : *std::prev(below) + 1;
      if (expected > committed) {
        ASSERT_EQ(tracker.committable(), expected) << "seed " << seed;
      } else {
        ASSERT_EQ(tracker.committable(), std::nullopt) << "seed " << seed;
      }
      if (random() % 4 == 0 && tracker.committable()) {
        committed = *tracker.committable();
        tracker.confirm(committed);
      }
      ASSERT_EQ(tracker.size(),
                static_cast<std::size_t>(std::distance(read.lower_bound(committed), read.end())))
          << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace mkb::dataplane
