// Routes and sources that change while messages are in flight.
#include "dataplane/flow/dispatcher_test_fixture.h"

namespace mkb::dataplane {
namespace {

class DispatcherChangesTest : public DispatcherTest {
 protected:
  void change(const std::vector<api::MqttToKafkaRoute>& routes) {
    std::vector<CompiledRoute> compiled;
    std::vector<std::vector<std::string>> filters;
    for (const auto& each : routes) {
      auto result = CompiledRoute::compile(each, static_cast<std::uint32_t>(compiled.size()));
      ASSERT_TRUE(result.ok()) << result.error().message();
      compiled.push_back(std::move(*result));
      filters.push_back(each.filters);
    }
    dispatcher->change_routes(std::move(compiled), std::move(filters));
  }
  std::vector<std::string> route_names() {
    std::vector<std::string> names;
    for (const RouteSnapshot& each : snapshot().routes) {
      names.push_back(each.name);
    }
    return names;
  }
  static DeliveryFailure rejected() {
    return {DeliveryFailure::Kind::kPermanent, DropReason::kRejected, "INVALID_RECORD", "refused"};
  }
};

TEST_F(DispatcherChangesTest, ARouteKeepsItsCountsThroughAChange) {
  make({route("a", "out")});
  send(1);
  producer.deliver(0);
  change({route("a", "other")});
  EXPECT_EQ(route_counts().delivered, 1u);
  EXPECT_EQ(route_counts().target, "other");
  send(2);
  EXPECT_EQ(producer.records.at(1).topic, "other");
  producer.deliver(1);
  EXPECT_EQ(route_counts().delivered, 2u);
  expect_balanced();
}

TEST_F(DispatcherChangesTest, WhatIsInFlightEndsUnderItsOldRules) {
  make({route("a", "out", "out.dlq")});
  send(1);
  change({route("a", "other", "other.dlq")});
  EXPECT_EQ(route_counts().in_flight, 1u);
  producer.fail(0, rejected());
  ASSERT_EQ(producer.records.size(), 2u);
  EXPECT_EQ(producer.records[1].topic, "out.dlq");
  producer.deliver(1);
  EXPECT_EQ(route_counts().dead_lettered, 1u);
  dispatcher->on_batch_end();
  EXPECT_EQ(source.confirmed, (std::vector<std::uint16_t>{1}));
  expect_balanced();
}

TEST_F(DispatcherChangesTest, ARouteThatIsGoneIsShownUntilTheLastOfItIsDone) {
  make({route("a"), route("b")});
  send(1, {0, 1});
  change({route("b")});
  EXPECT_EQ(route_names(), (std::vector<std::string>{"b", "a"}));
  expect_balanced();
  producer.deliver(0);
  EXPECT_EQ(route_names(), (std::vector<std::string>{"b"}));
  producer.deliver(1);
  dispatcher->tick();
  EXPECT_EQ(route_counts().delivered, 1u);
  EXPECT_EQ(source.confirmed.size(), 1u);
  expect_balanced();
}

TEST_F(DispatcherChangesTest, ARouteThatComesBackBeforeItIsDoneGoesOnCounting) {
  make({route("a")});
  send(1);
  change({});
  change({route("a")});
  EXPECT_EQ(route_names(), (std::vector<std::string>{"a"}));
  EXPECT_EQ(route_counts().received, 1u);
  producer.deliver(0);
  expect_balanced();
  EXPECT_EQ(route_counts().delivered, 1u);
}

TEST_F(DispatcherChangesTest, RoutesMayChangePlaces) {
  make({route("a", "out-a"), route("b", "out-b")});
  send(1, {0});
  change({route("b", "out-b"), route("c", "out-c"), route("a", "out-a")});
  send(2, {0});
  send(3, {2});
  EXPECT_EQ(producer.records.at(1).topic, "out-b");
  EXPECT_EQ(producer.records.at(2).topic, "out-a");
  EXPECT_EQ(route_counts(2).received, 2u);
  EXPECT_EQ(route_counts(0).received, 1u);
  expect_balanced();
}

TEST_F(DispatcherChangesTest, ATopicThatARouteNamesNowIsWaitedFor) {
  make({route("a", "${topic[1]}")});
  send(1);
  change({route("a", "car")});
  send(2);
  producer.fail(1, unknown_topic());
  EXPECT_EQ(route_counts().parked, 1u) << "the resource names it: it may yet be created";
  EXPECT_EQ(route_counts().dropped, Counts{});
}

TEST_F(DispatcherChangesTest, SourcesCountWhatIsHeldOfThem) {
  make({route("a"), route("b")});
  send(1, {0, 1});
  send(2);
  EXPECT_EQ(source.held, 2u);
  EXPECT_FALSE(dispatcher->settled(source));
  producer.deliver(0);
  EXPECT_EQ(source.held, 2u) << "its other record is under way";
  producer.deliver(1);
  producer.deliver(2);
  EXPECT_EQ(source.held, 0u);
  EXPECT_TRUE(dispatcher->settled(source));
}

TEST_F(DispatcherChangesTest, SettledMeansThatTheRestOnlyWaits) {
  make({route("a", "lost"), route("b", "out")});
  send(1, {0, 1});
  producer.fail(0, unknown_topic());
  EXPECT_FALSE(dispatcher->settled(source)) << "one of its records is with Kafka";
  producer.deliver(1);
  EXPECT_TRUE(dispatcher->settled(source));
  send(2, {1});
  EXPECT_FALSE(dispatcher->settled(source));
  producer.fail(2, rejected());
  EXPECT_EQ(route_counts(1).blocked, 1u);
  EXPECT_TRUE(dispatcher->settled(source));
}

TEST_F(DispatcherChangesTest, AClosedSourceGivesBackWhatWaits) {
  make({route("a", "lost"), route("b", "out")});
  send(1);
  send(2, {0}, 2);
  send(3, {1});
  producer.fail(0, unknown_topic());
  producer.fail(1, unknown_topic());
  producer.fail(2, rejected());
  EXPECT_EQ(source.held, 3u);
  dispatcher->on_source_closed(source);
  EXPECT_EQ(source.held, 0u);
  EXPECT_EQ(route_counts(0).dropped[index(DropReason::kReturned)], 2u);
  EXPECT_EQ(route_counts(1).dropped[index(DropReason::kReturned)], 1u);
  expect_balanced();
}

TEST_F(DispatcherChangesTest, AClosedSourceKeepsWhatDoesNotComeAgain) {
  make({route("a", "out")});
  send(1);
  send_qos0(2);
  send(3);
  producer.status = ProduceStatus::kQueueFull;
  send_qos0(4);
  source.connection = source.session = 2;
  send(5);
  dispatcher->on_source_closed(source);
  EXPECT_EQ(route_counts().dropped[index(DropReason::kReturned)], 1u) << "only 5 waits and comes again";
  EXPECT_EQ(source.held, 4u);
  producer.status = ProduceStatus::kQueued;
  dispatcher->tick();
  EXPECT_EQ(producer.values(),
            (std::vector<std::string>{"payload-1", "payload-2", "payload-3", "payload-4"}));
  for (std::size_t i = 0; i < 4; ++i) {
    producer.deliver(i);
  }
  EXPECT_EQ(source.held, 0u);
  expect_balanced();
}

TEST_F(DispatcherChangesTest, ASourceThatIsRemovedIsNotCalledAgain) {
  make({route("a")});
  FakeSource other;
  dispatcher->add_source(other);
  send(1);
  producer.status = ProduceStatus::kQueueFull;
  send(2);
  EXPECT_FALSE(dispatcher->accepting());
  dispatcher->remove_source(other);
  producer.status = ProduceStatus::kQueued;
  producer.deliver(0);
  dispatcher->on_batch_end();
  EXPECT_TRUE(dispatcher->accepting());
  EXPECT_EQ(source.resumes, 1);
  EXPECT_EQ(source.flushes, 1);
  EXPECT_EQ(other.resumes, 0);
}

TEST_F(DispatcherChangesTest, TellsWhatIsHeldByOldRules) {
  make({route("a", "out"), route("b", "lost")});
  send(1);
  send(2, {1});
  EXPECT_FALSE(dispatcher->held_by_old_rules(source));
  producer.fail(0, rejected());
  producer.fail(1, unknown_topic());
  EXPECT_FALSE(dispatcher->held_by_old_rules(source)) << "the rules are in use";
  change({route("a", "out", "dlq"), route("b", "lost")});
  EXPECT_TRUE(dispatcher->held_by_old_rules(source));
  // The session connects again, and the broker delivers what was held.
  ++source.connection;
  dispatcher->on_session_resumed(source);
  EXPECT_FALSE(dispatcher->held_by_old_rules(source));
  expect_balanced();
}

}  // namespace
}  // namespace mkb::dataplane
