// Random histories of one flow: whatever comes in whatever order, nothing is lost, no key is out of order,
// and no offset is committed before everything below it is settled.
#include <random>

#include "dataplane/egress/egress_flow_fixture.h"

namespace mkb::dataplane {
namespace {

using namespace std::chrono_literals;

class EgressHistory : public EgressFlowFixture, public testing::WithParamInterface<int> {
 protected:
  struct Flight {
    std::uint64_t id;
    std::string key;
    std::string payload;
  };

  std::size_t pick(std::size_t below) { return random() % below; }

  void read_one() {
    const auto partition = static_cast<std::int32_t>(pick(2));
    if (source.paused.count({"commands", partition}) != 0) {
      return;
    }
    const std::string key = "k" + std::to_string(pick(5));
    read(key, std::to_string(partition) + ":" + std::to_string(next_offset[partition]), partition);
  }

  /// Moves what was published since into flight.
  void take_published() {
    for (const auto& each : publisher.sent) {
      const std::string& payload = each.message.payload;
      // A key is in flight once per partition: whatever is sent again replaces what a lost session forgot.
      const std::string lane = payload.substr(0, 2) + each.message.topic;
      ASSERT_EQ(lanes.count(lane), 0U) << "two records of " << lane << " at a time";
      lanes[lane] = payload;
      flights.push_back({each.id, lane, payload});
    }
    publisher.sent.clear();
  }

  void settle_one() {
    if (flights.empty()) {
      return;
    }
    const auto chosen = flights.begin() + static_cast<std::ptrdiff_t>(pick(flights.size()));
    const Flight flight = *chosen;
    flights.erase(chosen);
    lanes.erase(flight.key);
    switch (pick(8)) {
      case 0:
        flow->on_refused(flight.id, "refused");
        break;
      case 1:
        flow->on_unsent(flight.id);
        break;
      default: {
        const std::int64_t offset = std::stoll(flight.payload.substr(2));
        auto& last = acknowledged.try_emplace(flight.key, -1).first->second;
        ASSERT_GT(offset, last) << flight.key << " out of order or twice";
        last = offset;
        settled[flight.payload[0] - '0'].insert(offset);
        flow->on_published(flight.id);
      }
    }
  }

  void reconnect() {
    const bool resumed = pick(2) == 0;
    publisher.is_connected = false;
    for (std::size_t n = pick(3); n > 0; --n) {
      read_one();
    }
    if (!resumed) {
      flights.clear();
      lanes.clear();
    }
    publisher.is_connected = true;
    flow->on_connected(resumed);
  }

  void check_commits() {
    for (; checked < source.commits.size(); ++checked) {
      for (const auto& [id, offset] : source.commits[checked]) {
        for (std::int64_t below = committed[id.partition]; below < offset; ++below) {
          ASSERT_EQ(settled[id.partition].count(below), 1U)
              << id.partition << ":" << below << " is committed and was not acknowledged";
        }
        committed[id.partition] = std::max(committed[id.partition], offset);
      }
      flow->on_committed(pick(5) == 0 ? Offsets{} : source.commits[checked], "");
    }
  }

  std::mt19937 random{static_cast<std::uint32_t>(GetParam())};
  std::vector<Flight> flights;
  std::map<std::string, std::string> lanes;
  std::map<std::string, std::int64_t> acknowledged;
  std::map<int, std::set<std::int64_t>> settled;
  std::map<std::int32_t, std::int64_t> committed;
  std::size_t checked = 0;
};

TEST_P(EgressHistory, NothingIsLostInvertedOrCommittedTooEarly) {
  route.topic = "${key}";
  route.max_in_flight = 1 + static_cast<int>(pick(12));
  route.on_error.retries = 1'000'000;  // a broker that refuses now and then, not for good
  route.on_error.retry_delay = 10ms;
  start();
  for (int step = 0; step < 400; ++step) {
    switch (pick(10)) {
      case 0:
        reconnect();
        break;
      case 1:
        clock.advance(std::chrono::milliseconds(pick(700)));
        flow->tick();
        break;
      case 2:
      case 3:
      case 4:
      case 5:
        read_one();
        break;
      default:
        settle_one();
        flow->commit_if_due();
    }
    ASSERT_NO_FATAL_FAILURE(take_published());
    ASSERT_NO_FATAL_FAILURE(check_commits());
    ASSERT_LE(counts().in_flight, static_cast<std::uint64_t>(route.max_in_flight) + 2);
  }
  for (int step = 0; step < 100'000 && counts().in_flight > 0; ++step) {
    settle_one();
    clock.advance(1min * 60);
    flow->tick();
    ASSERT_NO_FATAL_FAILURE(take_published());
    ASSERT_NO_FATAL_FAILURE(check_commits());
  }
  for (int step = 0; step < 20; ++step) {
    clock.advance(1s);
    flow->tick();
    ASSERT_NO_FATAL_FAILURE(check_commits());
  }
  for (const auto& [partition, next] : next_offset) {
    EXPECT_EQ(settled[partition].size(), static_cast<std::size_t>(next)) << "a record was lost";
    EXPECT_EQ(committed[partition], next);
  }
  EXPECT_EQ(counts().received, counts().delivered);
}

INSTANTIATE_TEST_SUITE_P(Seeds, EgressHistory, testing::Range(0, 300));

}  // namespace
}  // namespace mkb::dataplane
