#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kube/lease_elector.h"

// Electors against one server in simulated time: every request and answer takes as long as it likes or is
// lost, electors crash and stop for a while, clocks are set wrong, jump and drift. Nothing of that may make
// two leaders, and in quiet times there must be one.

namespace mkb::kube {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// What an API server does with one Lease.
class LeaseServer {
 public:
  [[nodiscard]] const std::optional<json>& read() const { return lease_; }

  std::optional<json> write(json lease, bool create) {
    const auto version = std::to_string(version_);
    const bool fits =
        create ? !lease_.has_value() : lease_.has_value() && lease["metadata"]["resourceVersion"] == version;
    if (!fits) {
      return std::nullopt;
    }
    lease["metadata"]["resourceVersion"] = std::to_string(++version_);
    lease_ = lease;
    return lease;
  }

 private:
  std::optional<json> lease_;
  int version_ = 0;
};

struct Weather {
  int lost_of_hundred = 0;
  int slow_of_hundred = 0;
  int crash_of_ten_thousand = 0;
  int stop_of_ten_thousand = 0;
  double drift = 0;
};

/// One process: its elector, its clocks and what it has under way.
class Candidate {
 public:
  Candidate(LeaseServer& server, std::mt19937_64& random, Weather weather, int number)
      : server_(server), random_(random), weather_(weather), number_(number) {
    rate_ = 1.0 + weather.drift * (number % 2 == 0 ? 1 : -1);
    restart(Duration::zero());
  }

  void step(Duration time) {
    if (chance(weather_.crash_of_ten_thousand, 10'000)) {
      restart(time);
      sleeps_until_ = time + milliseconds(random_() % 20'000);
    }
    if (chance(weather_.stop_of_ten_thousand, 10'000)) {
      sleeps_until_ = time + milliseconds(random_() % 40'000);
    }
    if (chance(1, 500)) {
      wall_ms_ += static_cast<std::int64_t>(random_() % 7'200'000) - 3'600'000;
    }
    arrive(time);
    if (time < sleeps_until_) {
      return;
    }
    if (answer_.has_value() && time >= answer_->at) {
      take_answer(time);
    }
    if (!answer_.has_value() && !request_.has_value() && time >= next_) {
      send(time, nullptr, false);
    }
  }

  /// As the process would find, had it just looked: a stopped one does nothing meanwhile.
  [[nodiscard]] bool leading(Duration time) const {
    return time >= sleeps_until_ && elector_->leading(local(time));
  }

 private:
  struct Request {
    Duration at;
    std::optional<json> write;
    bool create = false;
  };
  struct Answer {
    Duration at;
    bool failed = false;
    bool written = false;
    std::optional<json> lease;
  };

  bool chance(int part, int of) { return static_cast<int>(random_() % of) < part; }

  void restart(Duration time) {
    elector_ = std::make_unique<LeaseElector>(
        LeaseOptions{"ns", "l", "pod-" + std::to_string(number_) + "-" + std::to_string(life_++)});
    offset_ = seconds(random_() % 1'000'000);
    wall_ms_ = static_cast<std::int64_t>(random_() % 2'000'000'000'000);
    answer_.reset();
    next_ = time;
    // A request that is on its way reaches the server though its sender is dead.
    orphan_ = std::exchange(request_, std::nullopt);
  }

  [[nodiscard]] TimePoint local(Duration time) const {
    return TimePoint(offset_ + std::chrono::duration_cast<Duration>(time * rate_));
  }

  Duration travel() {
    return milliseconds(chance(weather_.slow_of_hundred, 100) ? random_() % 15'000 : random_() % 50);
  }

  void send(Duration time, const json* write, bool create) {
    request_ = Request{time + travel(), write == nullptr ? std::nullopt : std::optional(*write), create};
  }

  void arrive(Duration time) {
    if (orphan_.has_value() && time >= orphan_->at) {
      if (orphan_->write.has_value()) {
        server_.write(*orphan_->write, orphan_->create);
      }
      orphan_.reset();
    }
    if (!request_.has_value() || time < request_->at) {
      return;
    }
    const bool lost = chance(weather_.lost_of_hundred, 100);
    answer_ = Answer{.at = time + travel(), .failed = false, .written = false, .lease = {}};
    answer_->written = request_->write.has_value();
    if (lost && chance(1, 2)) {
      answer_->failed = true;  // it never reached the server
    } else if (answer_->written) {
      answer_->lease = server_.write(*request_->write, request_->create);
      answer_->failed = lost || !answer_->lease.has_value();
    } else {
      answer_->lease = server_.read();
      answer_->failed = lost;
    }
    request_.reset();
  }

  void take_answer(Duration time) {
    const Answer answer = *std::exchange(answer_, std::nullopt);
    next_ = time + milliseconds(1000 + random_() % 1000);
    if (answer.failed) {
      elector_->on_failure(local(time));
    } else if (answer.written) {
      elector_->on_written(*answer.lease, local(time));
    } else if (const LeaseElector::Step step = elector_->on_read(answer.lease, local(time), wall_ms_);
               step.write.has_value()) {
      send(time, &*step.write, step.create);
    }
  }

  LeaseServer& server_;
  std::mt19937_64& random_;
  Weather weather_;
  int number_;
  int life_ = 0;
  double rate_ = 1;
  Duration offset_{};
  std::int64_t wall_ms_ = 0;  // stands still between jumps: the worst a wall clock can do
  std::unique_ptr<LeaseElector> elector_;
  std::optional<Request> request_;
  std::optional<Request> orphan_;
  std::optional<Answer> answer_;
  Duration next_{};
  Duration sleeps_until_{};
};

struct Outcome {
  int two_leaders = 0;
  Duration led{};
  Duration longest_gap{};
  int changes = 0;
};

Outcome simulate(std::uint64_t seed, int candidates, Weather weather, Duration length) {
  std::mt19937_64 random(seed);
  LeaseServer server;
  std::vector<std::unique_ptr<Candidate>> all;
  all.reserve(candidates);
  for (int i = 0; i < candidates; ++i) {
    all.push_back(std::make_unique<Candidate>(server, random, weather, i));
  }
  constexpr Duration kTick = milliseconds(10);
  Outcome outcome;
  Duration gap{};
  std::size_t last = all.size();
  for (Duration time{}; time < length; time += kTick) {
    int leaders = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i]->step(time);
      if (all[i]->leading(time)) {
        ++leaders;
        outcome.changes += i == last ? 0 : 1;
        last = i;
      }
    }
    outcome.two_leaders += leaders > 1 ? 1 : 0;
    gap = leaders == 0 ? gap + kTick : Duration::zero();
    outcome.led += leaders == 0 ? Duration::zero() : kTick;
    outcome.longest_gap = std::max(outcome.longest_gap, gap);
  }
  return outcome;
}

constexpr Duration kLength = std::chrono::minutes(5);

TEST(LeaseElectorSimulation, QuietTimesHaveOneLeaderAllAlong) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome outcome = simulate(seed, 3, {}, kLength);
    EXPECT_EQ(outcome.two_leaders, 0);
    EXPECT_LT(outcome.longest_gap, seconds(1)) << seed;
    EXPECT_EQ(outcome.changes, 1) << seed;
  }
}

TEST(LeaseElectorSimulation, ACrashedLeaderIsReplacedWithinTheLeaseAndARetry) {
  int changes = 0;
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    // Three candidates, so that one is nearly always alive.
    const Outcome outcome = simulate(seed, 3, {.crash_of_ten_thousand = 1}, kLength);
    EXPECT_EQ(outcome.two_leaders, 0) << seed;
    EXPECT_LT(outcome.longest_gap, seconds(45)) << seed;
    changes += outcome.changes;
  }
  EXPECT_GT(changes, 30);
}

TEST(LeaseElectorSimulation, NeverTwoLeadersInAnyWeather) {
  Duration led{};
  int changes = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Weather weather{.lost_of_hundred = static_cast<int>(seed % 4) * 10,
                          .slow_of_hundred = static_cast<int>(seed % 5) * 8,
                          .crash_of_ten_thousand = static_cast<int>(seed % 3),
                          .stop_of_ten_thousand = static_cast<int>(seed % 7),
                          .drift = seed % 2 == 0 ? 0.1 : 0};
    const Outcome outcome = simulate(seed, 2 + static_cast<int>(seed % 2), weather, kLength);
    EXPECT_EQ(outcome.two_leaders, 0) << seed;
    led += outcome.led;
    changes += outcome.changes;
  }
  EXPECT_GT(led, kLength * 40 / 4) << "the weather must leave something to test";
  EXPECT_GT(changes, 100);
}

}  // namespace
}  // namespace mkb::kube
