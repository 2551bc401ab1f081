#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "kube/manual_clock.h"
#include "kube/work_queue.h"

// The queue against a model that is as simple as can be: what waits, in order, and what is due when.

namespace mkb::kube {
namespace {

using std::chrono::milliseconds;

class Model {
 public:
  void add(const std::string& key) {
    if (std::find(waiting_.begin(), waiting_.end(), key) != waiting_.end()) {
      return;
    }
    if (taken_.contains(key)) {
      again_.insert(key);
    } else {
      waiting_.push_back(key);
    }
  }

  void add_at(const std::string& key, TimePoint time) {
    const auto [due, added] = due_.emplace(key, time);
    due->second = std::min(due->second, time);
  }

  std::optional<std::string> take(TimePoint now) {
    std::vector<std::pair<TimePoint, std::string>> ready;
    for (const auto& [key, time] : due_) {
      if (time <= now) {
        ready.emplace_back(time, key);
      }
    }
    std::sort(ready.begin(), ready.end());
    for (const auto& [time, key] : ready) {
      due_.erase(key);
      add(key);
    }
    if (waiting_.empty()) {
      return std::nullopt;
    }
    const std::string key = waiting_.front();
    waiting_.erase(waiting_.begin());
    taken_.insert(key);
    return key;
  }

  void done(const std::string& key) {
    if (taken_.erase(key) != 0 && again_.erase(key) != 0) {
      waiting_.push_back(key);
    }
  }

  [[nodiscard]] const std::set<std::string>& taken() const { return taken_; }
  [[nodiscard]] std::size_t delayed() const { return due_.size(); }

 private:
  std::vector<std::string> waiting_;
  std::set<std::string> taken_;
  std::set<std::string> again_;
  std::map<std::string, TimePoint> due_;
};

TEST(WorkQueueProperty, DoesWhatASimpleModelDoes) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    ManualClock clock;
    WorkQueue queue(clock);
    Model model;
    std::map<std::string, unsigned> failures;
    for (int step = 0; step < 100; ++step) {
      const std::string key(1, static_cast<char>('a' + random() % 5));
      switch (random() % 8) {
        case 0:
        case 1:
          queue.add(key);
          model.add(key);
          break;
        case 2: {
          const auto delay = milliseconds(1 + random() % 50);
          queue.add_after(key, delay);
          model.add_at(key, clock.now() + delay);
          break;
        }
        case 3: {
          const Duration delay = milliseconds(5) * (1LL << std::min(failures[key]++, 18U));
          queue.add_rate_limited(key);
          model.add_at(key, clock.now() + std::min<Duration>(delay, std::chrono::seconds(1000)));
          break;
        }
        case 4:
          clock.advance(milliseconds(random() % 40));
          break;
        case 5:
        case 6:
          ASSERT_EQ(queue.try_take(), model.take(clock.now()));
          break;
        default:
          if (!model.taken().empty()) {
            const std::string taken = *model.taken().begin();
            if (random() % 4 == 0) {
              queue.forget(taken);
              failures.erase(taken);
            }
            queue.done(taken);
            model.done(taken);
          }
      }
      ASSERT_EQ(queue.stats().processing, model.taken().size());
      ASSERT_EQ(queue.stats().delayed, model.delayed());
      ASSERT_EQ(queue.failures(key), failures.contains(key) ? failures.at(key) : 0);
    }
  }
}

}  // namespace
}  // namespace mkb::kube
