#include "kube/leader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace mkb::kube {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

enum class StoreError { kDown = 1, kConflict };

/// The server's Lease, which several Leaders share, and what they were told, in order.
class LeaseStore {
 public:
  LeaseIo io_for(const std::string& who) {
    return {[this, who](const std::stop_token& stop) { return read(who, stop); },
            [this, who](const json& lease, bool create, const std::stop_token& stop) {
              return write(who, lease, create, stop);
            }};
  }

  Result<std::optional<json>> read(const std::string& who, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!pass(lock, who, stop)) {
      return Error(StoreError::kDown, "read lease: down");
    }
    return lease_;
  }

  Result<json> write(const std::string& who, json lease, bool create, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!pass(lock, who, stop)) {
      return Error(StoreError::kDown, "update lease: down");
    }
    const bool fits = create ? !lease_.has_value()
                             : lease_.has_value() && lease.at("metadata").at("resourceVersion") ==
                                                         lease_->at("metadata").at("resourceVersion");
    if (!fits) {
      return Error(StoreError::kConflict, "update lease: conflict");
    }
    put(std::move(lease));
    if (answers_lost_) {
      return Error(StoreError::kDown, "update lease: no answer");
    }
    return *lease_;
  }

  /// Writes come to pass, but those who write do not hear of it.
  void lose_answers() {
    const std::lock_guard lock(mutex_);
    answers_lost_ = true;
  }

  /// As somebody else would write it.
  void meddle(const std::string& holder) {
    const std::lock_guard lock(mutex_);
    json lease = lease_.value_or(json{{"metadata", json::object()}});
    lease["spec"]["holderIdentity"] = holder;
    lease["spec"]["leaseDurationSeconds"] = 1;
    put(std::move(lease));
  }
  /// All calls of `who` fail.
  void fail(const std::string& who) {
    const std::lock_guard lock(mutex_);
    failing_.push_back(who);
  }
  /// All calls of `who` hang, even when stopped, until thaw().
  void freeze(const std::string& who) {
    const std::lock_guard lock(mutex_);
    frozen_.push_back(who);
  }
  void thaw() {
    const std::lock_guard lock(mutex_);
    frozen_.clear();
    changed_.notify_all();
  }
  [[nodiscard]] std::string holder() {
    const std::lock_guard lock(mutex_);
    return lease_.has_value() ? (*lease_)["spec"]["holderIdentity"].get<std::string>() : "none";
  }
  [[nodiscard]] int writes() {
    const std::lock_guard lock(mutex_);
    return version_;
  }

  void note(const std::string& what) {
    const std::lock_guard lock(mutex_);
    noted_.push_back(what);
    changed_.notify_all();
  }
  /// Waits for that note; false when it does not come.
  bool await(const std::string& what) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience,
                             [&] { return std::find(noted_.begin(), noted_.end(), what) != noted_.end(); });
  }
  bool await_notes(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return noted_.size() >= count; });
  }
  /// Waits until there were so many writes in all.
  bool await_writes(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return version_ >= count; });
  }
  /// Waits until `who` is held up in a call.
  bool await_frozen(const std::string& who) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return held_up_ == who; });
  }
  std::vector<std::string> noted() {
    const std::lock_guard lock(mutex_);
    return noted_;
  }

 private:
  static constexpr seconds kPatience{30};

  bool pass(std::unique_lock<std::mutex>& lock, const std::string& who, const std::stop_token& stop) {
    const auto among = [&](const std::vector<std::string>& all) {
      return std::find(all.begin(), all.end(), who) != all.end();
    };
    if (among(frozen_)) {
      held_up_ = who;
      changed_.notify_all();
      changed_.wait(lock, [&] { return !among(frozen_); });
    }
    return !among(failing_) && !stop.stop_requested();
  }

  void put(json lease) {
    lease["metadata"]["resourceVersion"] = std::to_string(++version_);
    lease_ = std::move(lease);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<json> lease_;
  int version_ = 0;
  std::vector<std::string> failing_;
  std::vector<std::string> frozen_;
  std::string held_up_;
  bool answers_lost_ = false;
  std::vector<std::string> noted_;
};

class LeaderTest : public testing::Test {
 protected:
  static LeaseOptions options_of(const std::string& identity) {
    return {"ns", "lease", identity, seconds(2), milliseconds(1200), milliseconds(100)};
  }

  std::unique_ptr<Leader> make(const std::string& identity) {
    return std::make_unique<Leader>(options_of(identity), store_.io_for(identity),
                                    LeaderCallbacks{[this, identity] { store_.note(identity + " started"); },
                                                    [this, identity] { store_.note(identity + " stopped"); }},
                                    clock_);
  }

  std::unique_ptr<Leader> start(const std::string& identity) {
    auto leader = make(identity);
    leader->start();
    return leader;
  }

  SystemClock clock_;
  LeaseStore store_;
};

using Noted = std::vector<std::string>;

TEST_F(LeaderTest, TheOnlyCandidateLeadsAndGoesOnRenewing) {
  const auto leader = start("a");
  ASSERT_TRUE(store_.await("a started"));
  EXPECT_TRUE(leader->is_leader());
  EXPECT_EQ(leader->holder(), "a");
  EXPECT_EQ(leader->problem(), "");
  ASSERT_TRUE(store_.await_writes(4));
  EXPECT_TRUE(leader->is_leader());
  EXPECT_EQ(store_.noted(), Noted{"a started"});
}

TEST_F(LeaderTest, DoesNothingBeforeItIsStarted) {
  const auto leader = make("a");
  EXPECT_FALSE(leader->is_leader());
  EXPECT_EQ(leader->holder(), "");
  leader->release();
  EXPECT_EQ(store_.writes(), 0);
}

TEST_F(LeaderTest, GivenUpLeadershipIsTakenWithinARetry) {
  const auto first = start("a");
  ASSERT_TRUE(store_.await("a started"));
  const auto second = start("b");
  while (second->holder() != "a") {
    std::this_thread::yield();
  }
  EXPECT_FALSE(second->is_leader());
  first->release();
  EXPECT_FALSE(first->is_leader());
  const TimePoint released = clock_.now();
  ASSERT_TRUE(store_.await("b started"));
  EXPECT_LT(clock_.now() - released, seconds(1)) << "or it has waited for the lease to run out";
  EXPECT_EQ(store_.noted(), (Noted{"a started", "a stopped", "b started"}));
  first->release();
  EXPECT_EQ(store_.holder(), "b") << "what is no longer ours is left alone";
}

TEST_F(LeaderTest, ALeaderCutOffStopsInTimeAndOnlyThenIsReplaced) {
  const auto first = start("a");
  ASSERT_TRUE(store_.await("a started"));
  const auto second = start("b");
  store_.fail("a");
  const TimePoint cut_off = clock_.now();
  ASSERT_TRUE(store_.await("a stopped"));
  EXPECT_LT(clock_.now() - cut_off, seconds(2));
  EXPECT_FALSE(first->is_leader());
  EXPECT_NE(first->problem(), "");
  ASSERT_TRUE(store_.await("b started"));
  EXPECT_EQ(store_.noted(), (Noted{"a started", "a stopped", "b started"}));
}

TEST_F(LeaderTest, ACallThatHangsDoesNotKeepItFromStopping) {
  const auto leader = start("a");
  ASSERT_TRUE(store_.await("a started"));
  store_.freeze("a");
  ASSERT_TRUE(store_.await_frozen("a"));
  ASSERT_TRUE(store_.await("a stopped"));
  EXPECT_FALSE(leader->is_leader());
  store_.thaw();
}

TEST_F(LeaderTest, StopsAtOnceWhenAnotherHoldsTheLease) {
  const auto leader = start("a");
  ASSERT_TRUE(store_.await("a started"));
  const TimePoint taken = clock_.now();
  store_.meddle("b");
  ASSERT_TRUE(store_.await("a stopped"));
  EXPECT_LT(clock_.now() - taken, milliseconds(1000));
  EXPECT_FALSE(leader->is_leader());
  EXPECT_EQ(leader->holder(), "b");
}

TEST_F(LeaderTest, OnceItHasLostItIsNotElectedAgain) {
  const auto leader = start("a");
  ASSERT_TRUE(store_.await("a started"));
  store_.meddle("b");
  ASSERT_TRUE(store_.await("a stopped"));
  store_.meddle("");
  const int writes = store_.writes();
  const auto other = start("c");
  ASSERT_TRUE(store_.await("c started"));
  EXPECT_EQ(store_.noted(), (Noted{"a started", "a stopped", "c started"}));
  EXPECT_GT(store_.writes(), writes);
}

TEST_F(LeaderTest, EndsAsACrashWouldWithoutRelease) {
  auto leader = start("a");
  ASSERT_TRUE(store_.await("a started"));
  leader.reset();
  EXPECT_EQ(store_.noted(), (Noted{"a started", "a stopped"}));
  EXPECT_EQ(store_.holder(), "a");
}

TEST_F(LeaderTest, ACandidateLeavesTheLeaseAlone) {
  store_.meddle("other");
  const auto leader = start("a");
  while (leader->holder() != "other") {
    std::this_thread::yield();
  }
  leader->release();
  EXPECT_EQ(store_.holder(), "other");
  EXPECT_EQ(store_.writes(), 1);
  EXPECT_EQ(store_.noted(), Noted{});
}

TEST_F(LeaderTest, AReleaseThatConflictsIsTriedOnWhatTheLeaseIsNow) {
  const auto leader = start("a");
  ASSERT_TRUE(store_.await("a started"));
  // As if a renewal had come to pass whose answer was lost.
  store_.freeze("a");
  ASSERT_TRUE(store_.await_frozen("a"));
  store_.meddle("a");
  store_.thaw();
  leader->release();
  EXPECT_EQ(store_.holder(), "");
}

TEST_F(LeaderTest, ALeaseThatItDoesNotKnowToHoldIsGivenUpToo) {
  store_.lose_answers();
  const auto leader = start("a");
  ASSERT_TRUE(store_.await_writes(1));
  leader->release();
  EXPECT_EQ(store_.holder(), "");
  EXPECT_EQ(store_.noted(), Noted{});
}

TEST_F(LeaderTest, ReleaseEndsThoughTheServerIsDown) {
  const auto leader = start("a");
  ASSERT_TRUE(store_.await("a started"));
  store_.fail("a");
  leader->release();
  EXPECT_FALSE(leader->is_leader());
  EXPECT_EQ(store_.noted(), (Noted{"a started", "a stopped"}));
  EXPECT_EQ(store_.holder(), "a");
}

TEST_F(LeaderTest, AProblemIsForgottenWhenItIsOver) {
  store_.freeze("a");
  const auto leader = start("a");
  ASSERT_TRUE(store_.await_frozen("a"));
  store_.meddle("");
  store_.thaw();
  ASSERT_TRUE(store_.await("a started"));
  store_.meddle("a");  // a conflict for the next renewal
  while (leader->problem().empty()) {
    std::this_thread::yield();
  }
  EXPECT_EQ(leader->problem(), "update lease: conflict");
  while (!leader->problem().empty()) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(leader->is_leader());
}

TEST_F(LeaderTest, NoTwoOfManyLeadAtOnceThoughTheyAreCutOffInTurn) {
  std::vector<std::unique_ptr<Leader>> all;
  const auto leaders = [&] {
    return std::count_if(all.begin(), all.end(), [](const auto& leader) { return leader->is_leader(); });
  };
  std::atomic<bool> two = false;
  for (const std::string name : {"a", "b", "c"}) {
    all.push_back(std::make_unique<Leader>(options_of(name), store_.io_for(name),
                                           LeaderCallbacks{[&, name] {
                                                             two = two || leaders() > 1;
                                                             store_.note(name);
                                                           },
                                                           [&] { store_.note("stopped"); }},
                                           clock_));
  }
  for (const auto& leader : all) {
    leader->start();
  }
  for (std::size_t turn = 0; turn < all.size(); ++turn) {
    ASSERT_TRUE(store_.await_notes(2 * turn + 1));
    store_.fail(store_.noted().back());
    ASSERT_TRUE(store_.await_notes(2 * turn + 2));
    EXPECT_EQ(store_.noted()[2 * turn + 1], "stopped") << "before another has started";
  }
  EXPECT_FALSE(two);
}

}  // namespace
}  // namespace mkb::kube
