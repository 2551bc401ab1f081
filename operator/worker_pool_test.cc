#include "operator/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <set>

namespace mkb::operators {
namespace {

enum class Trouble { kAny = 1 };

class WorkerPoolTest : public testing::Test {
 protected:
  SystemClock clock_;
  kube::WorkQueue queue_{clock_};
  OperatorMetrics metrics_{2};
};

TEST_F(WorkerPoolTest, WorksOnEveryKey) {
  std::mutex mutex;
  std::set<std::string> seen;
  std::promise<void> all;
  WorkerPool pool(
      queue_,
      [&](const std::string& key, const std::stop_token&) -> reconcile::RoundOutcome {
        const std::lock_guard lock(mutex);
        if (seen.insert(key).second && seen.size() == 50) all.set_value();
        return {};
      },
      metrics_, clock_);
  for (int i = 0; i < 50; ++i) queue_.add("n/" + std::to_string(i));
  pool.start(3);
  EXPECT_EQ(all.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  pool.stop(std::chrono::seconds(30));
  EXPECT_EQ(seen.size(), 50U);
}

TEST_F(WorkerPoolTest, TriesAgainWhatFailedAndComesBackWhenAsked) {
  std::atomic<int> rounds = 0;
  std::promise<void> fourth;
  WorkerPool pool(
      queue_,
      [&](const std::string&, const std::stop_token&) -> reconcile::RoundOutcome {
        const int round = ++rounds;
        if (round == 4) fourth.set_value();
        if (round <= 2) return {std::nullopt, Error(Trouble::kAny, "no")};
        if (round == 3) return {std::chrono::milliseconds(1), std::nullopt};
        return {};
      },
      metrics_, clock_);
  queue_.add("n/a");
  pool.start(2);
  EXPECT_EQ(fourth.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  pool.stop(std::chrono::seconds(30));
  EXPECT_EQ(rounds, 4);
  EXPECT_EQ(queue_.failures("n/a"), 0U) << "success forgets the failures";
}

TEST_F(WorkerPoolTest, LetsARoundUnderWayEnd) {
  std::promise<void> begun;
  std::promise<void> go_on;
  bool ended = false;
  WorkerPool pool(
      queue_,
      [&](const std::string&, const std::stop_token&) -> reconcile::RoundOutcome {
        begun.set_value();
        go_on.get_future().wait();
        ended = true;
        return {};
      },
      metrics_, clock_);
  queue_.add("n/a");
  pool.start(1);
  begun.get_future().wait();
  auto stopping = std::async(std::launch::async, [&pool] { pool.stop(std::chrono::seconds(30)); });
  go_on.set_value();
  stopping.get();
  EXPECT_TRUE(ended);
}

TEST_F(WorkerPoolTest, CancelsARoundThatOutlastsThePatience) {
  std::promise<void> begun;
  std::promise<void> cancelled;
  WorkerPool pool(
      queue_,
      [&](const std::string&, const std::stop_token& stop) -> reconcile::RoundOutcome {
        const std::stop_callback callback(stop, [&cancelled] { cancelled.set_value(); });
        begun.set_value();
        cancelled.get_future().wait();
        return {std::nullopt, Error(Trouble::kAny, "cancelled")};
      },
      metrics_, clock_);
  queue_.add("n/a");
  pool.start(1);
  begun.get_future().wait();
  pool.stop(std::chrono::milliseconds(1));
}

TEST_F(WorkerPoolTest, KeepsTheTimesOfRoundsThatFail) {
  std::atomic<int> rounds = 0;
  std::promise<void> thirtieth;
  WorkerPool pool(
      queue_,
      [&](const std::string&, const std::stop_token&) -> reconcile::RoundOutcome {
        // Backoff alone would take 5 ms x 2^29.
        if (++rounds == 30) thirtieth.set_value();
        return {std::chrono::milliseconds(5), Error(Trouble::kAny, "one kind is forbidden")};
      },
      metrics_, clock_);
  queue_.add("n/a");
  pool.start(1);
  EXPECT_EQ(thirtieth.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  pool.stop(std::chrono::seconds(30));
}

TEST_F(WorkerPoolTest, SurvivesAnObjectOfAnyShape) {
  std::atomic<int> rounds = 0;
  std::promise<void> second;
  WorkerPool pool(
      queue_,
      [&](const std::string&, const std::stop_token&) -> reconcile::RoundOutcome {
        if (++rounds == 2) second.set_value();
        if (rounds == 1) (void)nlohmann::json(7).at("spec");
        return {};
      },
      metrics_, clock_);
  queue_.add("n/a");
  pool.start(1);
  EXPECT_EQ(second.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  pool.stop(std::chrono::seconds(30));
}

}  // namespace
}  // namespace mkb::operators
