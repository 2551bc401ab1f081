#include "kube/work_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "kube/manual_clock.h"

namespace mkb::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class WorkQueueTest : public testing::Test {
 protected:
  ManualClock clock_;
  WorkQueue queue_{clock_};
};

TEST_F(WorkQueueTest, GivesKeysInTheOrderTheyCame) {
  queue_.add("b");
  queue_.add("a");
  EXPECT_EQ(queue_.try_take(), "b");
  EXPECT_EQ(queue_.try_take(), "a");
  EXPECT_EQ(queue_.try_take(), std::nullopt);
}

TEST_F(WorkQueueTest, AWaitingKeyIsThereOnce) {
  queue_.add("a");
  queue_.add("a");
  EXPECT_EQ(queue_.stats().depth, 1u);
  EXPECT_EQ(queue_.stats().adds, 1u);
  EXPECT_EQ(queue_.try_take(), "a");
  queue_.done("a");
  EXPECT_EQ(queue_.try_take(), std::nullopt);
}

TEST_F(WorkQueueTest, AThousandAddsWhileAKeyIsWorkedOnBecomeOne) {
  queue_.add("a");
  ASSERT_EQ(queue_.try_take(), "a");
  for (int i = 0; i < 1000; ++i) {
    queue_.add("a");
  }
  EXPECT_EQ(queue_.try_take(), std::nullopt) << "nobody else may work on it";
  EXPECT_EQ(queue_.stats().adds, 2u);
  queue_.done("a");
  EXPECT_EQ(queue_.try_take(), "a");
  queue_.done("a");
  EXPECT_EQ(queue_.try_take(), std::nullopt);
}

TEST_F(WorkQueueTest, DoneOfWhatNobodyTookIsIgnored) {
  queue_.done("a");
  queue_.add("a");
  queue_.done("a");
  EXPECT_EQ(queue_.try_take(), "a");
  EXPECT_EQ(queue_.try_take(), std::nullopt);
}

TEST_F(WorkQueueTest, ADelayedKeyComesWhenItIsDue) {
  queue_.add_after("a", milliseconds(100));
  EXPECT_EQ(queue_.stats().delayed, 1u);
  EXPECT_EQ(queue_.next_due(), clock_.now() + milliseconds(100));
  clock_.advance(milliseconds(99));
  EXPECT_EQ(queue_.try_take(), std::nullopt);
  clock_.advance(milliseconds(1));
  EXPECT_EQ(queue_.try_take(), "a");
  EXPECT_EQ(queue_.next_due(), std::nullopt);
}

TEST_F(WorkQueueTest, TheEarlierTimeStays) {
  const TimePoint start = clock_.now();
  queue_.add_after("a", seconds(5));
  queue_.add_after("a", seconds(9));
  EXPECT_EQ(queue_.next_due(), start + seconds(5));
  queue_.add_after("a", seconds(2));
  EXPECT_EQ(queue_.next_due(), start + seconds(2));
  EXPECT_EQ(queue_.stats().delayed, 1u);
  clock_.advance(seconds(10));
  EXPECT_EQ(queue_.try_take(), "a");
  queue_.done("a");
  EXPECT_EQ(queue_.try_take(), std::nullopt);
}

TEST_F(WorkQueueTest, NoDelayMeansNow) {
  queue_.add_after("a", Duration::zero());
  queue_.add_after("b", seconds(-1));
  EXPECT_EQ(queue_.try_take(), "a");
  EXPECT_EQ(queue_.try_take(), "b");
}

TEST_F(WorkQueueTest, DelayedKeysComeInTheOrderOfTheirTimes) {
  queue_.add_after("late", seconds(3));
  queue_.add_after("early", seconds(1));
  queue_.add_after("middle", seconds(2));
  clock_.advance(seconds(3));
  EXPECT_EQ(queue_.try_take(), "early");
  EXPECT_EQ(queue_.try_take(), "middle");
  EXPECT_EQ(queue_.try_take(), "late");
}

TEST_F(WorkQueueTest, FailuresDoubleTheDelayUpToAThousandSeconds) {
  Duration expected = milliseconds(5);
  for (unsigned failures = 0; failures < 40; ++failures) {
    EXPECT_EQ(queue_.failures("a"), failures);
    queue_.add_rate_limited("a");
    ASSERT_EQ(queue_.next_due(), clock_.now() + std::min<Duration>(expected, seconds(1000))) << failures;
    clock_.advance(seconds(1000));
    ASSERT_EQ(queue_.try_take(), "a");
    queue_.done("a");
    expected = std::min<Duration>(expected * 2, seconds(2000));
  }
}

TEST_F(WorkQueueTest, ForgottenFailuresStartAgain) {
  queue_.add_rate_limited("a");
  queue_.add_rate_limited("a");
  queue_.add_rate_limited("b");
  EXPECT_EQ(queue_.failures("a"), 2u);
  queue_.forget("a");
  EXPECT_EQ(queue_.failures("a"), 0u);
  EXPECT_EQ(queue_.failures("b"), 1u);
  EXPECT_EQ(queue_.stats().retries, 3u);
}

TEST_F(WorkQueueTest, AFailedKeyThatIsAddedComesAtOnceAndAgain) {
  queue_.add_after("a", seconds(1));
  queue_.add("a");
  EXPECT_EQ(queue_.try_take(), "a");
  queue_.done("a");
  clock_.advance(seconds(1));
  EXPECT_EQ(queue_.try_take(), "a");
}

TEST_F(WorkQueueTest, ShutDownDropsWhatWaitsAndRefusesWhatComes) {
  queue_.add("busy");
  ASSERT_EQ(queue_.try_take(), "busy");
  queue_.add("busy");
  queue_.add("a");
  queue_.add_after("b", seconds(1));
  queue_.shut_down();
  queue_.add("c");
  queue_.add_after("d", seconds(1));
  queue_.add_rate_limited("e");
  queue_.done("busy");
  clock_.advance(seconds(2000));
  EXPECT_EQ(queue_.try_take(), std::nullopt);
  EXPECT_EQ(queue_.take(), std::nullopt);
  const WorkQueueStats stats = queue_.stats();
  EXPECT_EQ(stats.depth + stats.delayed + stats.processing, 0u);
}

TEST_F(WorkQueueTest, AgesOfWhatIsWorkedOn) {
  queue_.add("a");
  queue_.add("b");
  EXPECT_EQ(queue_.stats().longest, Duration::zero()) << "nothing is worked on yet";
  clock_.advance(seconds(5));
  ASSERT_EQ(queue_.try_take(), "a");
  clock_.advance(seconds(3));
  ASSERT_EQ(queue_.try_take(), "b");
  clock_.advance(seconds(1));
  EXPECT_EQ(queue_.stats().unfinished, seconds(5)) << "four of a, one of b";
  EXPECT_EQ(queue_.stats().longest, seconds(4));
  queue_.done("a");
  EXPECT_EQ(queue_.stats().unfinished, seconds(1));
  EXPECT_EQ(queue_.stats().longest, seconds(1));
  queue_.done("b");
  EXPECT_EQ(queue_.stats().unfinished, Duration::zero());
  EXPECT_EQ(queue_.stats().longest, Duration::zero());
}

class WorkQueueWaits : public testing::Test {
 protected:
  ManualClock clock_;
  std::vector<Duration> waits_;
  WorkQueue queue_{clock_, [this](Duration waited) { waits_.push_back(waited); }};
};

TEST_F(WorkQueueWaits, CountFromTheFirstAdd) {
  queue_.add("a");
  clock_.advance(seconds(2));
  queue_.add("a");
  clock_.advance(seconds(1));
  ASSERT_EQ(queue_.try_take(), "a");
  EXPECT_EQ(waits_, std::vector<Duration>{seconds(3)});
}

TEST_F(WorkQueueWaits, CountWhileTheKeyIsStillWorkedOn) {
  queue_.add("a");
  ASSERT_EQ(queue_.try_take(), "a");
  queue_.add("a");
  clock_.advance(seconds(4));
  queue_.done("a");
  clock_.advance(seconds(1));
  ASSERT_EQ(queue_.try_take(), "a");
  EXPECT_EQ(waits_, (std::vector<Duration>{Duration::zero(), seconds(5)}));
}

TEST_F(WorkQueueWaits, CountFromWhenADelayedKeyWasDue) {
  queue_.add_after("a", seconds(10));
  clock_.advance(seconds(12));  // every worker is busy
  ASSERT_EQ(queue_.try_take(), "a");
  EXPECT_EQ(waits_, std::vector<Duration>{seconds(2)}) << "the delay is no waiting";
}

TEST_F(WorkQueueWaits, AreNotCountedWhenNothingIsTaken) {
  queue_.add("a");
  queue_.shut_down();
  EXPECT_EQ(queue_.try_take(), std::nullopt);
  EXPECT_TRUE(waits_.empty());
}

TEST(WorkQueueThreads, TakeWaitsForAKeyAndForItsTime) {
  const SystemClock clock;
  WorkQueue queue(clock);
  std::atomic<int> taken = 0;
  std::vector<std::thread> workers;
  workers.reserve(4);
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([&] {
      while (const auto key = queue.take()) {
        queue.done(*key);
        ++taken;
        taken.notify_all();
      }
    });
  }
  const auto wait_for_taken = [&](int count) {
    for (int seen = taken; seen < count; seen = taken) {
      taken.wait(seen);
    }
  };
  queue.add("a");
  wait_for_taken(1);
  const TimePoint start = clock.now();
  queue.add_after("later", std::chrono::hours(1));
  queue.add_after("b", milliseconds(20));
  wait_for_taken(2);
  EXPECT_GE(clock.now() - start, milliseconds(20));
  queue.shut_down();
  for (std::thread& worker : workers) {
    worker.join();
  }
  EXPECT_EQ(taken, 2);
}

TEST(WorkQueueThreads, NoTwoWorkersHaveTheSameKeyAndNoAddIsForgotten) {
  const SystemClock clock;
  WorkQueue queue(clock);
  constexpr int kKeys = 5;
  struct Work {
    std::atomic<int> wanted = 0;  // the newest state that was asked for
    std::atomic<int> reached = 0;
    std::atomic<int> workers = 0;
    std::atomic<bool> shared = false;
  };
  std::map<std::string, Work> work;
  for (int key = 0; key < kKeys; ++key) {
    work[std::to_string(key)];
  }
  std::vector<std::thread> workers;
  workers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      while (const auto key = queue.take()) {
        Work& mine = work.at(*key);
        mine.shared = mine.shared || mine.workers.fetch_add(1) != 0;
        const int wanted = mine.wanted;
        --mine.workers;
        mine.reached = wanted;
        mine.reached.notify_all();
        queue.done(*key);
      }
    });
  }
  for (int i = 0; i < 5000; ++i) {
    const std::string key = std::to_string(i % kKeys);
    ++work.at(key).wanted;
    i % 7 == 0 ? queue.add_after(key, std::chrono::microseconds(50)) : queue.add(key);
  }
  for (auto& [key, mine] : work) {
    for (int reached = mine.reached; reached < mine.wanted; reached = mine.reached) {
      mine.reached.wait(reached);
    }
    EXPECT_FALSE(mine.shared) << key;
  }
  queue.shut_down();
  for (std::thread& worker : workers) {
    worker.join();
  }
}

}  // namespace
}  // namespace mkb::kube
