#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dataplane/egress/egress_flow.h"

namespace mkb::dataplane {

inline const TopicPartition kFirst{"commands", 0};
inline const TopicPartition kSecond{"commands", 1};

class ManualClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return time; }
  [[nodiscard]] std::int64_t unix_millis() const override { return unix_ms; }
  void advance(Duration by) {
    time += by;
    unix_ms += std::chrono::duration_cast<std::chrono::milliseconds>(by).count();
  }

  TimePoint time{std::chrono::hours(1)};
  std::int64_t unix_ms = 1'700'000'000'000;
};

/// Kafka's side: remembers what it was told.
class ScriptedSource final : public RecordSource {
 public:
  void pause(const TopicPartition& partition) override { paused.insert(partition); }
  void resume(const TopicPartition& partition) override { paused.erase(partition); }
  void commit(const Offsets& offsets) override { commits.push_back(offsets); }
  void release(const std::vector<TopicPartition>& partitions) override {
    released.insert(released.end(), partitions.begin(), partitions.end());
  }

  std::set<TopicPartition> paused;
  std::vector<Offsets> commits;
  std::vector<TopicPartition> released;
};

/// The MQTT side: what was published, in order.
class ScriptedPublisher final : public MessagePublisher {
 public:
  struct Sent {
    std::uint64_t id;
    OutgoingMessage message;
  };

  [[nodiscard]] bool connected() const override { return is_connected; }
  [[nodiscard]] std::size_t maximum_packet_size() const override { return maximum; }
  [[nodiscard]] int maximum_qos() const override { return highest_qos; }
  [[nodiscard]] bool retain_available() const override { return retains; }
  bool publish(std::uint64_t id, const OutgoingMessage& message) override {
    if (refuses_all) {
      return false;
    }
    sent.push_back({id, message});
    return true;
  }

  bool is_connected = true;
  bool refuses_all = false;
  std::size_t maximum = 0;
  int highest_qos = 2;
  bool retains = true;
  std::vector<Sent> sent;
};

class ScriptedSink final : public DeadLetterSink {
 public:
  struct Letter {
    std::uint64_t id;
    std::string value;
    std::map<std::string, std::string> headers;
  };

  void send(std::uint64_t id, const ConsumedRecord& record,
            const std::vector<std::pair<std::string, std::string>>& more_headers) override {
    letters.push_back({id, std::string(record.value.value_or("")), {}});
    letters.back().headers.insert(more_headers.begin(), more_headers.end());
  }

  void forget(std::uint64_t id) override { forgotten.push_back(id); }

  std::vector<Letter> letters;
  std::vector<std::uint64_t> forgotten;
};

/// A flow over partitions 0 and 1 of `commands`, publishing to vehicles/${key}/cmd.
class EgressFlowFixture : public testing::Test {
 protected:
  EgressFlowFixture() {
    route.name = "commands";
    route.topics = {"commands"};
    route.topic = "vehicles/${key}/cmd";
    route.max_in_flight = 4;
  }

  void start() {
    auto builder = MessageBuilder::create(route, api::MqttVersion::k5, "uid-1");
    ASSERT_TRUE(builder.ok()) << builder.error().message();
    flow = std::make_unique<EgressFlow>(route, std::move(*builder), source, publisher, sink, clock);
    flow->on_assigned({{"commands", 0}, {"commands", 1}});
  }

  /// A record with the next offset of its partition.
  void read(const std::optional<std::string>& key, const std::string& value, std::int32_t partition = 0) {
    auto owned = std::make_shared<std::pair<std::string, std::string>>(key.value_or(""), value);
    ConsumedRecord record;
    record.topic = "commands";
    record.partition = partition;
    record.offset = next_offset[partition]++;
    record.timestamp_ms = clock.unix_ms;
    if (key) {
      record.key = owned->first;
    }
    record.value = owned->second;
    record.owner = owned;
    flow->on_record(std::move(record));
  }

  [[nodiscard]] std::vector<std::string> payloads() const {
    std::vector<std::string> all;
    for (const auto& each : publisher.sent) {
      all.push_back(each.message.payload);
    }
    return all;
  }
  /// The broker acknowledges the message sent as the `index`th.
  void acknowledge(std::size_t index) { flow->on_published(publisher.sent.at(index).id); }
  void refuse(std::size_t index) { flow->on_refused(publisher.sent.at(index).id, "not authorized"); }
  /// Lets Kafka take the last commit.
  void confirm() { flow->on_committed(source.commits.back(), ""); }

  [[nodiscard]] RouteSnapshot counts() const {
    RouteSnapshot snapshot;
    flow->fill(snapshot);
    std::uint64_t accounted =
        snapshot.delivered + snapshot.filtered + snapshot.dead_lettered + snapshot.in_flight;
    for (const std::uint64_t dropped : snapshot.dropped) {
      accounted += dropped;
    }
    EXPECT_EQ(snapshot.received, accounted);
    return snapshot;
  }
  [[nodiscard]] std::uint64_t dropped(DropReason reason) const {
    return counts().dropped.at(static_cast<std::size_t>(reason));
  }

  api::KafkaToMqttRoute route;
  ManualClock clock;
  ScriptedSource source;
  ScriptedPublisher publisher;
  ScriptedSink sink;
  std::unique_ptr<EgressFlow> flow;
  std::map<std::int32_t, std::int64_t> next_offset;
};

}  // namespace mkb::dataplane
