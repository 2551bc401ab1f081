#include "e2e/egress_fixture.h"

// Two programs with the same resource share the partitions, and take over from each other.
namespace mkb::e2e {
namespace {

constexpr int kMaxInFlight = 500;
constexpr std::uint64_t kPartitions = 6;
/// A static member that is gone keeps its partitions until its session times out.
constexpr auto kTakeover = 120s;

class EgressRebalanceE2eTest : public EgressFixture {
 protected:
  EgressRebalanceE2eTest()
      : yaml_(to_yaml(commands("  maxInFlight: " + std::to_string(kMaxInFlight) + "\n"))),
        a_(dir(), yaml_, instance("a"), "bridge-a"),
        b_(dir(), yaml_, instance("b"), "bridge-b") {
    admin().create_topic(topic(), static_cast<int>(kPartitions));
  }

  void wait_shared() {
    lab::wait_until(
        [&] {
          const auto with_a = route_count(a_, "/partitions");
          const auto with_b = route_count(b_, "/partitions");
          return with_a > 0 && with_b > 0 && with_a + with_b == kPartitions;
        },
        kTakeover, "both bridges to have partitions");
    flows();
  }

  void wait_alone(const lab::Bridge& bridge) {
    lab::wait_until([&] { return route_count(bridge, "/partitions") == kPartitions; }, kTakeover,
                    "one bridge to have every partition");
    flows();
  }

  // The stream moves on: messages arrive that were written from now on.
  void flows() {
    wait_received(*subscriber_, stream_->sent());
    wait_received(*subscriber_, subscriber_->count() + 1'000);
  }

  void start_stream() {
    subscriber_ = subscribe();
    stream_ = std::make_unique<lab::CommandStream>(
        lab::CommandOptions{kafka().bootstrap(), topic(), 100, 1'000, 0});
    stream_->start();
  }

  // The survivor delivers the rest; the books.
  lab::Ledger::Totals settle(lab::Bridge& survivor) {
    stream_->stop();
    stream_->join();
    wait_settled({&survivor}, *subscriber_, stream_->sent());
    EXPECT_EQ(lab::imbalance(survivor.status()), "");
    EXPECT_EQ(route_count(survivor, "/partitions"), kPartitions);
    expect_drains(survivor);
    expect_last_states(subscriber_->messages());
    return audit(*stream_, *subscriber_);
  }

  std::string yaml_;
  lab::Bridge a_;
  lab::Bridge b_;
  std::unique_ptr<lab::PahoSubscriber> subscriber_;
  std::unique_ptr<lab::CommandStream> stream_;
};

TEST_F(EgressRebalanceE2eTest, JoiningAndLeavingLosesNothing) {
  a_.start_ready();
  start_stream();
  wait_alone(a_);
  b_.start_ready();
  wait_shared();
  const auto end = a_.terminate();
  EXPECT_EQ(end.code, 0) << "signal " << end.signal;
  wait_alone(b_);
  a_.start_ready();
  wait_shared();
  EXPECT_EQ(b_.terminate().code, 0);
  wait_alone(a_);
  // Each of the four times partitions change hands, what is published and not committed may come again.
  expect_balanced(settle(a_), 4 * 2 * kMaxInFlight);
}

TEST_F(EgressRebalanceE2eTest, SurvivorTakesOverFromTheKilled) {
  a_.start_ready();
  b_.start_ready();
  start_stream();
  wait_shared();
  b_.kill();
  wait_alone(a_);
  b_.start_ready();
  wait_shared();
  a_.kill();
  wait_alone(b_);
  // The start of two makes one change more.
  expect_balanced(settle(b_), 4 * 2 * kMaxInFlight);
}

// A static member that is back before its session times out has its partitions at once.
TEST_F(EgressRebalanceE2eTest, KilledAndStartedAgainKeepsItsPartitions) {
  a_.start_ready();
  b_.start_ready();
  start_stream();
  wait_shared();
  const auto with_b = route_count(b_, "/partitions");
  a_.kill();
  a_.start_ready();
  wait_shared();
  EXPECT_EQ(route_count(b_, "/partitions"), with_b);
  a_.terminate();
  wait_alone(b_);
  expect_balanced(settle(b_), 3 * 2 * kMaxInFlight);
}

}  // namespace
}  // namespace mkb::e2e
