#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "dataplane/flow/message_source.h"
#include "dataplane/flow/snapshot.h"
#include "dataplane/kafka/record_producer.h"
#include "dataplane/route/route.h"

namespace mkb::dataplane {

struct TopicState;
struct RouteState;

/// A received message until the last of its records is done with.
struct HeldMessage {
  MessageSource* source = nullptr;
  mqtt::Ticket ticket;
  std::uint64_t epoch = 0;    ///< of the source when it was received
  std::uint32_t pending = 0;  ///< records
};

/// One record of a message: the message for one route.
struct Delivery : RecordTag {
  HeldMessage* message = nullptr;
  TopicState* topic = nullptr;  ///< where it goes now
  TimePoint received{};
  std::uint64_t sequence = 0;  ///< grows with each record: the order in which they came
  RouteState* route = nullptr;
  DropReason reason = DropReason::kRejected;  ///< why it is a dead letter or blocked
  bool dead_letter = false;
  bool isolated = false;  ///< travels alone, after a refusal for size
};

/// A record that waits: for room in the producer's queue, or for its topic.
struct WaitingRecord {
  Delivery* delivery = nullptr;
  OwnedRecord record;
};

/// A Kafka topic as the dispatcher knows it.
struct TopicState {
  TopicState(std::string topic_name, bool named_in_resource, Duration retry_base, Duration retry_cap)
      : name(std::move(topic_name)), configured(named_in_resource), backoff(retry_base, retry_cap) {}

  std::string name;
  bool configured;  ///< named in the resource, not made from a message
  TopicHandle* handle = nullptr;
  TopicHandle* isolated_handle = nullptr;
  std::deque<WaitingRecord> parked;  ///< in order; records behind them join them
  FullJitterBackoff backoff;
  TimePoint retry_at{};
  bool troubled = false;  ///< between the first failure and the next success
  std::string problem;    ///< reported for a configured topic before any record failed
};

/// What is counted of a route, through all changes of its rules.
struct RouteBooks {
  RouteSnapshot counts;
  std::map<DropReason, TimePoint> logged;  ///< when a permanent error was last logged
};

/// The rules of a route. A change makes a new one that goes on with the books; the old one stays until what
/// was received under it is done with.
struct RouteState {
  RouteState(CompiledRoute route, std::shared_ptr<RouteBooks> kept)
      : compiled(std::move(route)), books(std::move(kept)) {}

  [[nodiscard]] RouteSnapshot& counts() const { return books->counts; }

  CompiledRoute compiled;
  TopicState* topic = nullptr;        ///< of a literal topic
  TopicState* dead_letter = nullptr;  ///< of onError.deadLetterTopic
  std::shared_ptr<RouteBooks> books;
  std::uint64_t live = 0;  ///< deliveries that point here
};

}  // namespace mkb::dataplane
