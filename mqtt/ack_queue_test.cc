#include "mqtt/ack_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace mkb::mqtt {
namespace {

std::vector<std::uint16_t> release_all(AckQueue& queue) {
  std::vector<std::uint16_t> released;
  while (queue.ready()) {
    released.push_back(queue.release().packet_id);
  }
  return released;
}

TEST(AckQueue, HoldsBackUntilTheOldestIsComplete) {
  AckQueue queue;
  const auto first = queue.push(10, 1);
  const auto second = queue.push(11, 1);
  const auto third = queue.push(12, 2);
  EXPECT_TRUE(queue.complete(third));
  EXPECT_TRUE(queue.complete(second));
  EXPECT_FALSE(queue.ready());
  EXPECT_TRUE(queue.complete(first));
  EXPECT_EQ(release_all(queue), (std::vector<std::uint16_t>{10, 11, 12}));
  EXPECT_TRUE(queue.empty());
}

TEST(AckQueue, KeepsTheQosOfEachEntry) {
  AckQueue queue;
  queue.complete(queue.push(5, 2));
  ASSERT_TRUE(queue.ready());
  EXPECT_EQ(queue.release().qos, 2);
}

TEST(AckQueue, CompletingTwiceIsRefused) {
  AckQueue queue;
  const auto head = queue.push(1, 1);
  const auto next = queue.push(2, 1);
  EXPECT_TRUE(queue.complete(next));
  EXPECT_FALSE(queue.complete(next));
  EXPECT_TRUE(queue.complete(head));
  release_all(queue);
  EXPECT_FALSE(queue.complete(head));
}

TEST(AckQueue, CompletionsFromBeforeClearAreStale) {
  AckQueue queue;
  const auto old_one = queue.push(1, 1);
  queue.clear();
  const auto new_one = queue.push(1, 1);
  EXPECT_NE(old_one, new_one);
  EXPECT_FALSE(queue.complete(old_one));
  EXPECT_FALSE(queue.ready());
  EXPECT_TRUE(queue.complete(new_one));
}

TEST(AckQueue, NeverGivesOutSequenceZero) {
  AckQueue queue;
  EXPECT_NE(queue.push(1, 1), 0u);
  EXPECT_FALSE(queue.complete(0));
}

// Random interleavings of arrivals, completions and lost connections against a plain model.
TEST(AckQueue, ReleasesInArrivalOrderWhateverTheCompletionOrder) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    AckQueue queue;
    std::vector<std::uint16_t> expected;
    std::vector<std::uint16_t> released;
    std::vector<AckQueue::Sequence> open;
    std::uint16_t next_id = 1;
    for (int step = 0; step < 2000; ++step) {
      const auto what = static_cast<unsigned>(random() % 100);
      if (what < 55) {
        open.push_back(queue.push(next_id, 1));
        expected.push_back(next_id++);
      } else if (what < 98 && !open.empty()) {
        const std::size_t index = random() % std::min<std::size_t>(open.size(), 40);
        ASSERT_TRUE(queue.complete(open[index]));
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(index));
      } else if (what == 99) {
        queue.clear();
        open.clear();
        expected = released;
      }
      for (const std::uint16_t id : release_all(queue)) {
        released.push_back(id);
      }
      ASSERT_EQ(queue.size(), expected.size() - released.size());
      ASSERT_TRUE(std::equal(released.begin(), released.end(), expected.begin()));
    }
  }
}

}  // namespace
}  // namespace mkb::mqtt
