#include "dataplane/kafka/first_record_gate.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <map>
#include <random>

namespace mkb::dataplane {
namespace {

constexpr std::int32_t kTopic = FirstRecordGate::kTopic;

class FirstRecordGateTest : public testing::Test {
 protected:
  static DeferredRecord held(RecordTag& tag) { return {&tag, {}, false}; }
  static std::vector<RecordTag*> tags_of(const std::list<DeferredRecord>& records) {
    std::vector<RecordTag*> tags;
    for (const DeferredRecord& each : records) tags.push_back(each.tag);
    return tags;
  }
  /// The topic is known, by a record in partition 0.
  void open_topic() {
    ASSERT_TRUE(gate.enter(kTopic, &first));
    ASSERT_TRUE(gate.delivered(&first, 0));
  }

  FirstRecordGate gate;
  RecordTag first;
  std::array<RecordTag, 5> tags;
};

TEST_F(FirstRecordGateTest, OneRecordOfTheTopicGoesBeforeAllOthers) {
  EXPECT_TRUE(gate.enter(kTopic, &tags[0]));
  EXPECT_TRUE(gate.is_unknown());
  EXPECT_FALSE(gate.enter(kTopic, &tags[1]));
  gate.hold(kTopic, held(tags[1]));
  EXPECT_FALSE(gate.next(kTopic)) << "not before the first is acknowledged";
  EXPECT_TRUE(gate.delivered(&tags[0], 3));
  EXPECT_FALSE(gate.is_unknown());
  EXPECT_EQ(gate.next(kTopic)->tag, &tags[1]);
  EXPECT_TRUE(gate.enter(3, &tags[1])) << "its partition has a record now";
  EXPECT_TRUE(gate.enter(3, &tags[2]));
}

TEST_F(FirstRecordGateTest, OneRecordOfEachPartitionGoesAlone) {
  open_topic();
  EXPECT_TRUE(gate.enter(kTopic, &tags[0]));
  EXPECT_TRUE(gate.enter(1, &tags[0]));
  EXPECT_FALSE(gate.enter(1, &tags[1]));
  gate.hold(1, held(tags[1]));
  EXPECT_TRUE(gate.enter(2, &tags[2])) << "partitions do not wait for each other";
  EXPECT_FALSE(gate.enter(1, &tags[3]));
  gate.hold(1, held(tags[3]));
  EXPECT_EQ(gate.waiting(), std::vector<std::int32_t>{1});
  EXPECT_TRUE(gate.delivered(&tags[0], 1));
  EXPECT_EQ(gate.next(1)->tag, &tags[1]);
  EXPECT_FALSE(gate.enter(1, &tags[4])) << "tags[3] still waits";
  EXPECT_EQ(gate.next(1)->tag, &tags[3]);
  EXPECT_TRUE(gate.enter(1, &tags[4]));
  EXPECT_TRUE(gate.waiting().empty());
}

TEST_F(FirstRecordGateTest, AnOpenLaneOpensNothingMore) {
  open_topic();
  EXPECT_TRUE(gate.enter(0, &tags[0]));
  EXPECT_FALSE(gate.delivered(&tags[0], 0));
  EXPECT_FALSE(gate.failed(&tags[0]));
  EXPECT_TRUE(gate.enter(0, &tags[1])) << "a failure closes no lane that is open";
}

TEST_F(FirstRecordGateTest, AKnownTopicHoldsOnlyTheRecordsOfTheSamePartition) {
  EXPECT_TRUE(gate.enter(kTopic, &tags[0]));
  EXPECT_TRUE(gate.enter(1, &tags[0]));
  gate.topic_known(&tags[0]);
  EXPECT_TRUE(gate.enter(kTopic, &tags[1]));
  EXPECT_FALSE(gate.enter(1, &tags[1]));
  EXPECT_TRUE(gate.enter(2, &tags[1])) << "partition 1 may have no leader for hours";
}

TEST_F(FirstRecordGateTest, AFirstThatGetsItsPartitionLaterHoldsOnlyThatFromThenOn) {
  EXPECT_TRUE(gate.enter(kTopic, &tags[0]));
  gate.topic_unknown(&tags[0]);
  gate.hold(kTopic, held(tags[1]));
  gate.first_assigned(1);
  EXPECT_EQ(gate.next(kTopic)->tag, &tags[1]);
  EXPECT_FALSE(gate.enter(1, &tags[1]));
  EXPECT_TRUE(gate.enter(2, &tags[1]));
  EXPECT_TRUE(gate.delivered(&tags[0], 1));
  EXPECT_TRUE(gate.enter(1, &tags[2]));
  gate.first_assigned(3);
  EXPECT_TRUE(gate.enter(3, &tags[2])) << "nobody waited for it";
}

TEST_F(FirstRecordGateTest, ATopicThatIsForgottenTakesOneRecordAtATimeAgain) {
  open_topic();
  EXPECT_TRUE(gate.enter(kTopic, &tags[0]));
  gate.topic_unknown(&tags[0]);
  EXPECT_FALSE(gate.enter(kTopic, &tags[1]));
  EXPECT_TRUE(gate.delivered(&tags[0], 0));
  EXPECT_TRUE(gate.enter(kTopic, &tags[1]));
}

TEST_F(FirstRecordGateTest, AfterAFailedFirstTheNextOneIsFirst) {
  for (const std::int32_t lane : {kTopic, 1}) {
    if (lane == 1) open_topic();
    EXPECT_TRUE(gate.enter(lane, &tags[0]));
    gate.hold(lane, held(tags[1]));
    gate.hold(lane, held(tags[2]));
    EXPECT_FALSE(gate.failed(&tags[3])) << "not a first one";
    EXPECT_EQ(gate.failed(&tags[0]), lane);
    EXPECT_FALSE(gate.enter(lane, &tags[4])) << "others came before";
    EXPECT_EQ(gate.next(lane)->tag, &tags[1]);
    EXPECT_FALSE(gate.next(lane)) << "it goes alone as well";
    EXPECT_EQ(gate.failed(&tags[1]), lane);
    EXPECT_EQ(tags_of(gate.take_waiting(lane)), std::vector<RecordTag*>{&tags[2]});
    EXPECT_TRUE(gate.enter(lane, &tags[4])) << "the lane is as new";
    gate.reset();
  }
}

TEST_F(FirstRecordGateTest, AFirstThatCouldNotGoAfterAllIsNoFirst) {
  open_topic();
  EXPECT_TRUE(gate.enter(1, &tags[0]));
  gate.hold(1, held(tags[1]));
  EXPECT_EQ(gate.failed(&tags[0]), 1);
  auto next = gate.next(1);
  ASSERT_TRUE(next);
  gate.put_back(1, std::move(*next));
  EXPECT_EQ(gate.next(1)->tag, &tags[1]);
}

TEST_F(FirstRecordGateTest, ATopicThatIsMadeAnewBeginsAnew) {
  open_topic();
  EXPECT_TRUE(gate.enter(1, &tags[0]));
  gate.forget_open();
  EXPECT_FALSE(gate.enter(1, &tags[1])) << "its first is still under way";
  EXPECT_TRUE(gate.enter(kTopic, &tags[1]));
  EXPECT_FALSE(gate.enter(kTopic, &tags[2]));
}

TEST_F(FirstRecordGateTest, AnAbandonedFirstLeavesTheLaneAsNew) {
  EXPECT_TRUE(gate.enter(kTopic, &tags[0]));
  gate.abandon(kTopic, &tags[1]);
  EXPECT_FALSE(gate.enter(kTopic, &tags[1])) << "only the first one's";
  gate.abandon(kTopic, &tags[0]);
  EXPECT_TRUE(gate.enter(kTopic, &tags[1]));
}

TEST_F(FirstRecordGateTest, WhatCouldNotGoKeepsItsPlace) {
  open_topic();
  EXPECT_TRUE(gate.enter(1, &tags[0]));
  gate.hold(1, held(tags[1]));
  gate.hold(1, held(tags[2]));
  gate.delivered(&tags[0], 1);
  auto next = gate.next(1);
  ASSERT_TRUE(next);
  gate.put_back(1, std::move(*next));
  EXPECT_EQ(gate.next(1)->tag, &tags[1]);
  EXPECT_EQ(gate.next(1)->tag, &tags[2]);
}

TEST_F(FirstRecordGateTest, ANewIdentityBeginsAnew) {
  EXPECT_TRUE(gate.enter(kTopic, &tags[0]));
  gate.hold(kTopic, held(tags[1]));
  EXPECT_EQ(tags_of(gate.reset()), std::vector<RecordTag*>{&tags[1]});
  open_topic();
  EXPECT_TRUE(gate.enter(2, &tags[2]));
  gate.hold(2, held(tags[3]));
  EXPECT_EQ(tags_of(gate.reset()), std::vector<RecordTag*>{&tags[3]});
  EXPECT_TRUE(gate.enter(kTopic, &tags[4]));
  EXPECT_FALSE(gate.enter(kTopic, &tags[0]));
}

TEST_F(FirstRecordGateTest, APartitionThatNoClusterHasTakesNoMemory) {
  open_topic();
  EXPECT_TRUE(gate.enter(std::numeric_limits<std::int32_t>::max(), &tags[0]));
  EXPECT_TRUE(gate.enter(std::numeric_limits<std::int32_t>::max(), &tags[1])) << "not held: Kafka refuses it";
  EXPECT_FALSE(gate.delivered(&tags[0], -1));
}

// Whatever is refused or taken, in every partition the first is acknowledged before the second goes, and
// records go in the order in which they came.
TEST(FirstRecordGatePropertyTest, FirstAloneThenInOrder) {
  struct Numbered : RecordTag {
    int number = 0;
    std::int32_t lane = 0;
  };
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    FirstRecordGate gate;
    std::deque<Numbered> tags;
    struct Partition {
      std::deque<Numbered*> in_flight;
      bool proven = false;
      int last_sent = -1;
    };
    std::map<std::int32_t, Partition> partitions;
    bool topic_known = false;
    std::size_t done = 0;
    const auto go = [&](Numbered* tag) {
      Partition& partition = partitions[tag->lane];
      ASSERT_LT(partition.last_sent, tag->number) << "overtaken, seed " << seed;
      ASSERT_TRUE(partition.proven || partition.in_flight.empty()) << "not alone, seed " << seed;
      partition.last_sent = tag->number;
      partition.in_flight.push_back(tag);
    };
    const auto send = [&](Numbered* tag) {
      if (!topic_known) {
        go(tag);
        gate.topic_unknown(tag);
        return;
      }
      gate.topic_known(tag);
      if (gate.enter(tag->lane, tag)) {
        go(tag);
      } else {
        gate.hold(tag->lane, {tag, {}, false});
      }
    };
    const auto release = [&](std::int32_t lane) {
      while (auto next = gate.next(lane)) {
        auto* tag = static_cast<Numbered*>(next->tag);
        lane == kTopic ? send(tag) : go(tag);
      }
    };
    for (int step = 0; step < 300 || done < tags.size(); ++step) {
      if (step < 300 && random() % 2 == 0) {
        Numbered& tag = tags.emplace_back();
        tag.number = step;
        tag.lane = static_cast<std::int32_t>(random() % 4);
        if (gate.enter(kTopic, &tag)) {
          send(&tag);
        } else {
          gate.hold(kTopic, {&tag, {}, false});
        }
        continue;
      }
      Partition& partition = partitions[static_cast<std::int32_t>(random() % 4)];
      if (partition.in_flight.empty()) continue;
      Numbered* tag = partition.in_flight.front();
      partition.in_flight.pop_front();
      ++done;
      if (!partition.proven && random() % 3 == 0) {
        const auto lane = gate.failed(tag);
        ASSERT_TRUE(lane) << "it was a first one";
        if (random() % 2 == 0) {
          done += gate.take_waiting(*lane).size();
        } else {
          release(*lane);
        }
        continue;
      }
      if (!topic_known && random() % 2 == 0) {
        topic_known = true;
        gate.first_assigned(tag->lane);
        release(kTopic);
      }
      partition.proven = topic_known = true;
      if (gate.delivered(tag, tag->lane)) {
        release(kTopic);
        release(tag->lane);
      }
    }
    EXPECT_TRUE(gate.waiting().empty());
  }
}

}  // namespace
}  // namespace mkb::dataplane
