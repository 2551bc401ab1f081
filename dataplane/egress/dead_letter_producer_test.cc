#include "dataplane/egress/dead_letter_producer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/egress/egress_flow_fixture.h"

namespace mkb::dataplane {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class ScriptedTopic final : public TopicHandle {
 public:
  [[nodiscard]] const std::string& name() const override { return topic_name; }
  std::string topic_name;
};

class ScriptedProducer final : public RecordProducer {
 public:
  TopicHandle* topic(const std::string& name) override {
    handle.topic_name = name;
    return &handle;
  }
  ProduceStatus produce(TopicHandle*, const OutgoingRecord& record, RecordTag* tag) override {
    if (next == ProduceStatus::kQueued) {
      values.emplace_back(record.tombstone ? "null" : record.value);
      headers.clear();
      for (std::size_t i = 0; record.headers != nullptr && i < record.headers->size(); ++i) {
        headers.emplace_back((*record.headers)[i].name, (*record.headers)[i].value);
      }
      tags.push_back(tag);
    }
    return next;
  }
  [[nodiscard]] const DeliveryFailure& failure() const override { return last_failure; }
  [[nodiscard]] std::size_t outstanding() const override { return tags.size(); }

  ScriptedTopic handle;
  ProduceStatus next = ProduceStatus::kQueued;
  DeliveryFailure last_failure;
  std::vector<std::string> values;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<RecordTag*> tags;
};

class DeadLetterProducerTest : public testing::Test {
 protected:
  void send(std::uint64_t id) {
    ConsumedRecord record;
    record.key = "k";
    record.value = "v";
    record.headers = {{"own", "1"}};
    letters.send(id, record, {{"mkb-dlq-reason", "refused"}});
  }
  void fail(DeliveryFailure::Kind kind) {
    DeliveryFailure failure;
    failure.kind = kind;
    failure.message = "no";
    RecordTag* tag = producer.tags.back();
    producer.tags.pop_back();
    letters.on_failed(tag, failure, {});
  }

  ManualClock clock;
  ScriptedProducer producer;
  bool there = true;
  std::vector<std::uint64_t> done;
  std::vector<std::uint64_t> refused;
  int troubles = 0;
  DeadLetterProducer letters{"dlq",
                             [this] { return there ? &producer : nullptr; },
                             clock,
                             [] { return ~std::uint64_t{0}; },
                             {[this](std::uint64_t id) { done.push_back(id); },
                              [this](std::uint64_t id, const std::string&) { refused.push_back(id); },
                              [this](const std::string&) { ++troubles; }}};
};

TEST_F(DeadLetterProducerTest, SendsTheRecordWithItsHeadersAndTheCause) {
  send(1);
  EXPECT_THAT(producer.values, IsEmpty()) << "never from inside the call";
  letters.tick();
  EXPECT_THAT(producer.values, ElementsAre("v"));
  EXPECT_THAT(producer.headers, ElementsAre(Pair("own", "1"), Pair("mkb-dlq-reason", "refused")));
  EXPECT_EQ(producer.handle.topic_name, "dlq");
  letters.tick();
  EXPECT_EQ(producer.values.size(), 1U) << "once";
  letters.on_delivered(producer.tags.back());
  EXPECT_THAT(done, ElementsAre(1U));
}

TEST_F(DeadLetterProducerTest, ATombstoneStaysOne) {
  letters.send(1, ConsumedRecord{}, {});
  letters.tick();
  EXPECT_THAT(producer.values, ElementsAre("null"));
}

TEST_F(DeadLetterProducerTest, WhatMayPassLaterIsTriedAgain) {
  send(1);
  letters.tick();
  for (const auto kind : {DeliveryFailure::Kind::kRetry, DeliveryFailure::Kind::kTopic}) {
    const std::size_t before = producer.values.size();
    fail(kind);
    letters.tick();
    EXPECT_EQ(producer.values.size(), before) << "not at once";
    clock.advance(30s);
    letters.tick();
    EXPECT_EQ(producer.values.size(), before + 1);
  }
  EXPECT_EQ(troubles, 2);
  EXPECT_THAT(done, IsEmpty());
  EXPECT_THAT(refused, IsEmpty());
}

TEST_F(DeadLetterProducerTest, WhatWasNeverSentIsSentAtOnce) {
  send(1);
  letters.tick();
  for (const auto kind : {DeliveryFailure::Kind::kBehind, DeliveryFailure::Kind::kRestart}) {
    const std::size_t before = producer.values.size();
    fail(kind);
    letters.tick();
    EXPECT_EQ(producer.values.size(), before + 1);
  }
  EXPECT_EQ(troubles, 0);
}

TEST_F(DeadLetterProducerTest, WhatIsForgottenIsNotSentAndWhatIsSentIsAnswered) {
  send(1);
  letters.forget(1);
  letters.tick();
  EXPECT_THAT(producer.values, IsEmpty());
  send(2);
  letters.tick();
  letters.forget(2);
  letters.on_delivered(producer.tags.back());
  EXPECT_THAT(done, ElementsAre(2U));
}

TEST_F(DeadLetterProducerTest, WhatCannotPassIsRefused) {
  send(1);
  letters.tick();
  fail(DeliveryFailure::Kind::kPermanent);
  EXPECT_THAT(refused, ElementsAre(1U));
  send(2);
  producer.next = ProduceStatus::kTooLarge;
  letters.tick();
  EXPECT_THAT(refused, ElementsAre(1U, 2U));
}

TEST_F(DeadLetterProducerTest, WithoutRoomOrProducerItWaits) {
  there = false;
  send(1);
  letters.tick();
  there = true;
  for (const auto status : {ProduceStatus::kQueueFull, ProduceStatus::kRestarting, ProduceStatus::kFailed}) {
    producer.next = status;
    clock.advance(30s);
    letters.tick();
  }
  EXPECT_THAT(producer.values, IsEmpty());
  producer.next = ProduceStatus::kQueued;
  clock.advance(30s);
  letters.tick();
  EXPECT_THAT(producer.values, ElementsAre("v"));
}

}  // namespace
}  // namespace mkb::dataplane
