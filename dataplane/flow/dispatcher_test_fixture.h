#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/flow/dispatcher.h"

namespace mkb::dataplane {

class ManualClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return time; }
  [[nodiscard]] std::int64_t unix_millis() const override { return 1; }
  TimePoint time{std::chrono::hours(1)};
};

/// A producer whose outcomes the test decides. kafka_producer_test.cc and the end-to-end tests hold the real
/// one to the same contract.
class FakeProducer final : public RecordProducer {
 public:
  struct Record {
    std::string topic;
    std::optional<std::string> key;
    std::string value;
    std::vector<std::pair<std::string, std::string>> headers;
    RecordTag* tag = nullptr;  // null: reported

    [[nodiscard]] std::string header(const std::string& name) const {
      for (const auto& [each, content] : headers) {
        if (each == name) {
          return content;
        }
      }
      return "(none)";
    }
  };

  TopicHandle* topic(const std::string& name) override {
    auto& handle = topics_[name];
    if (!handle) {
      handle = std::make_unique<Topic>(name);
    }
    return handle.get();
  }
  ProduceStatus produce(TopicHandle* topic, const OutgoingRecord& record, RecordTag* tag) override {
    if (topic->name() == too_large_topic) {
      return ProduceStatus::kTooLarge;
    }
    if (status == ProduceStatus::kQueued) {
      Record kept{topic->name(), {}, std::string(record.value), {}, tag};
      if (record.key) {
        kept.key.emplace(*record.key);
      }
      for (std::size_t i = 0; record.headers != nullptr && i < record.headers->size(); ++i) {
        kept.headers.emplace_back((*record.headers)[i].name, (*record.headers)[i].value);
      }
      records.push_back(std::move(kept));
    }
    return status;
  }
  [[nodiscard]] const DeliveryFailure& failure() const override { return sync_failure; }
  [[nodiscard]] std::size_t outstanding() const override {
    return static_cast<std::size_t>(std::count_if(records.begin(), records.end(),
                                                  [](const Record& each) { return each.tag != nullptr; }));
  }

  void deliver(std::size_t index) { events->on_delivered(std::exchange(records.at(index).tag, nullptr)); }
  void fail(std::size_t index, const DeliveryFailure& failure) {
    const Record record = records.at(index);
    records.at(index).tag = nullptr;
    events->on_failed(record.tag, failure, OwnedRecord{record.key, record.value, record.headers});
  }
  [[nodiscard]] std::optional<std::size_t> oldest_open() const {
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (records[i].tag != nullptr) {
        return i;
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] std::vector<std::string> values() const {
    std::vector<std::string> all;
    for (const Record& record : records) {
      all.push_back(record.value);
    }
    return all;
  }

  ProducerEvents* events = nullptr;
  ProduceStatus status = ProduceStatus::kQueued;
  DeliveryFailure sync_failure;
  std::string too_large_topic;
  std::vector<Record> records;

 private:
  class Topic final : public TopicHandle {
   public:
    explicit Topic(std::string name) : name_(std::move(name)) {}
    [[nodiscard]] const std::string& name() const override { return name_; }

   private:
    std::string name_;
  };
  std::map<std::string, std::unique_ptr<Topic>> topics_;
};

class FakeSource final : public MessageSource {
 public:
  [[nodiscard]] std::string_view client_id() const override { return "mkb-uid-0"; }
  [[nodiscard]] std::uint64_t epoch() const override { return connection; }
  [[nodiscard]] std::uint64_t session_epoch() const override { return session; }
  void confirm(const mqtt::Ticket& ticket) override { confirmed.push_back(ticket.packet_id); }
  void flush() override { ++flushes; }
  void resume() override { ++resumes; }

  std::uint64_t connection = 1;
  std::uint64_t session = 1;
  std::vector<std::uint16_t> confirmed;
  int flushes = 0;
  int resumes = 0;
};

class DispatcherTest : public testing::Test {
 protected:
  using Counts = std::array<std::uint64_t, kDropReasons>;

  static std::size_t index(DropReason reason) { return static_cast<std::size_t>(reason); }

  static api::MqttToKafkaRoute route(std::string name, std::string topic = "out",
                                     std::optional<std::string> dead_letter_topic = {}) {
    api::MqttToKafkaRoute spec;
    spec.name = std::move(name);
    spec.filters = {"v/+/t"};
    spec.topic = std::move(topic);
    spec.key = "${topic[1]}";
    spec.on_error.dead_letter_topic = std::move(dead_letter_topic);
    return spec;
  }
  static DeliveryFailure unknown_topic() {
    return {DeliveryFailure::Kind::kTopic, DropReason::kUnknownTopic, "UNKNOWN_TOPIC", "no such topic"};
  }

  void make(const std::vector<api::MqttToKafkaRoute>& routes) {
    std::vector<CompiledRoute> compiled;
    std::vector<std::vector<std::string>> filters;
    for (const auto& each : routes) {
      auto result = CompiledRoute::compile(each, static_cast<std::uint32_t>(compiled.size()));
      ASSERT_TRUE(result.ok()) << result.error().message();
      compiled.push_back(std::move(*result));
      filters.push_back(each.filters);
    }
    dispatcher.emplace(
        std::move(compiled), std::move(filters), "uid", clock, [] { return 1ULL; }, options);
    producer.events = isolated.events = &*dispatcher;
    dispatcher->start(producer, [this] { return &isolated; });
    dispatcher->add_source(source);
  }
  void reset() {
    dispatcher.reset();
    producer = {};
    isolated = {};
    source = {};
  }

  void send(std::uint16_t id, const std::vector<std::uint32_t>& routes = {0}, std::uint8_t qos = 1) {
    publish(id, routes, qos, {});
  }
  void send_qos0(std::uint16_t id) { send(id, {0}, 0); }
  void publish(std::uint16_t id, const std::vector<std::uint32_t>& routes, std::uint8_t qos,
               mqtt::PropertyView properties) {
    const std::string payload = "payload-" + std::to_string(id);
    mqtt::PublishView view;
    view.topic = "v/car/t";
    view.payload = payload;
    view.packet_id = id;
    view.qos = qos;
    view.properties = properties;
    dispatcher->dispatch(source, view, mqtt::Ticket{id, id, qos}, clock.now(), routes);
  }

  Snapshot snapshot() {
    Snapshot result;
    dispatcher->fill(result);
    return result;
  }
  RouteSnapshot route_counts(std::size_t which = 0) { return snapshot().routes.at(which); }

  /// The accounting invariant, and in_flight against what the test knows to be open.
  void expect_balanced() {
    std::uint64_t in_flight = 0;
    for (const RouteSnapshot& each : snapshot().routes) {
      const std::uint64_t dropped =
          std::accumulate(each.dropped.begin(), each.dropped.end(), std::uint64_t{0});
      ASSERT_EQ(each.received,
                each.delivered + each.filtered + each.dead_lettered + dropped + each.in_flight);
      ASSERT_LE(each.blocked + each.parked, each.in_flight);
      in_flight += each.in_flight;
    }
    ASSERT_EQ(in_flight, dispatcher->in_flight());
  }

  ManualClock clock;
  DispatcherOptions options;
  FakeProducer producer;
  FakeProducer isolated;
  FakeSource source;
  std::optional<Dispatcher> dispatcher;
};

}  // namespace mkb::dataplane
