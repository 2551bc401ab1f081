#include "mqtt/qos2_receiver.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace mkb::mqtt {
namespace {

using Verdict = Qos2Receiver::Verdict;

TEST(Qos2Receiver, ANewMessageIsConfirmedIntoItsSlot) {
  AckQueue acks;
  Qos2Receiver receiver;
  const auto received = receiver.on_publish(1, 77, false, acks);
  EXPECT_EQ(received.verdict, Verdict::kNew);
  EXPECT_EQ(receiver.confirm(1, received.delivery), 1u);
  EXPECT_EQ(acks.size(), 1u);
  EXPECT_TRUE(receiver.on_pubrel(1));
  EXPECT_EQ(receiver.size(), 0u);
}

TEST(Qos2Receiver, PubrelOfAnUnknownIdentifierIsReported) {
  AckQueue acks;
  Qos2Receiver receiver;
  EXPECT_FALSE(receiver.on_pubrel(9));
}

TEST(Qos2Receiver, RedeliveryWhileKafkaIsBusyAttachesToTheSameDelivery) {
  AckQueue acks;
  Qos2Receiver receiver;
  const auto first = receiver.on_publish(1, 77, false, acks);
  receiver.on_disconnect();
  const auto again = receiver.on_publish(1, 77, true, acks);
  EXPECT_EQ(again.verdict, Verdict::kInProgress);
  EXPECT_EQ(again.delivery, first.delivery);
  EXPECT_EQ(receiver.confirm(1, first.delivery), 2u);
}

TEST(Qos2Receiver, ARepeatOnTheSameConnectionTakesNoSecondPlace) {
  AckQueue acks;
  Qos2Receiver receiver;
  const auto first = receiver.on_publish(1, 77, false, acks);
  EXPECT_EQ(receiver.on_publish(1, 77, true, acks).verdict, Verdict::kInProgress);
  EXPECT_EQ(acks.size(), 1u);
  EXPECT_EQ(receiver.confirm(1, first.delivery), 1u);
}

TEST(Qos2Receiver, RedeliveryAfterKafkaHasItIsAcknowledgedAtOnce) {
  AckQueue acks;
  Qos2Receiver receiver;
  const auto first = receiver.on_publish(1, 77, false, acks);
  receiver.on_disconnect();
  EXPECT_EQ(receiver.confirm(1, first.delivery), std::nullopt);
  EXPECT_EQ(receiver.on_publish(1, 77, true, acks).verdict, Verdict::kDelivered);
}

TEST(Qos2Receiver, RedeliveryAfterALostPubrecIsAcknowledgedAgain) {
  AckQueue acks;
  Qos2Receiver receiver;
  const auto first = receiver.on_publish(1, 77, false, acks);
  receiver.confirm(1, first.delivery);
  EXPECT_EQ(receiver.on_publish(1, 77, true, acks).verdict, Verdict::kDelivered);
}

TEST(Qos2Receiver, AnotherMessageUnderAUsedIdentifierIsNew) {
  AckQueue acks;
  Qos2Receiver receiver;
  const auto first = receiver.on_publish(1, 77, false, acks);
  const auto other = receiver.on_publish(1, 78, false, acks);
  EXPECT_EQ(other.verdict, Verdict::kNew);
  EXPECT_EQ(receiver.confirm(1, first.delivery), std::nullopt);
  EXPECT_EQ(receiver.confirm(1, other.delivery), 1u);
}

TEST(Qos2Receiver, WithoutDupItIsNeverARedelivery) {
  AckQueue acks;
  Qos2Receiver receiver;
  const auto first = receiver.on_publish(1, 77, false, acks);
  receiver.confirm(1, first.delivery);
  receiver.on_disconnect();
  EXPECT_EQ(receiver.on_publish(1, 77, false, acks).verdict, Verdict::kNew)
      << "a broker restored from an older state gives the identifier to an equal message";
}

TEST(Qos2Receiver, AMessageThatTakesOverAnIdentifierTakesOverItsPlace) {
  AckQueue acks;
  Qos2Receiver receiver;
  receiver.on_publish(1, 77, false, acks);
  const auto other = receiver.on_publish(1, 78, false, acks);
  ASSERT_EQ(acks.size(), 1u) << "or the first place would hold back all others for ever";
  const auto slot = receiver.confirm(1, other.delivery);
  ASSERT_TRUE(slot);
  EXPECT_TRUE(acks.complete(*slot));
  EXPECT_TRUE(acks.ready());
}

TEST(Qos2Receiver, KnowsWhichPubrecIsOwed) {
  AckQueue acks;
  Qos2Receiver receiver;
  EXPECT_FALSE(receiver.awaits_pubrec(1));
  const auto first = receiver.on_publish(1, 77, false, acks);
  EXPECT_TRUE(receiver.awaits_pubrec(1));
  receiver.confirm(1, first.delivery);
  EXPECT_FALSE(receiver.awaits_pubrec(1));
}

TEST(Qos2Receiver, ALostSessionFreesEveryIdentifier) {
  AckQueue acks;
  Qos2Receiver receiver;
  const auto first = receiver.on_publish(1, 77, false, acks);
  receiver.on_disconnect();
  receiver.on_session_lost();
  EXPECT_EQ(receiver.confirm(1, first.delivery), std::nullopt);
  EXPECT_EQ(receiver.on_publish(1, 77, true, acks).verdict, Verdict::kNew);
}

// A broker that keeps its session, a connection that breaks at random points, Kafka that confirms at random
// times: every message is produced exactly once and every one is finished.
TEST(Qos2Receiver, ProducesEachMessageOnceOverRandomReconnects) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    AckQueue acks;
    Qos2Receiver receiver;
    struct InBroker {
      std::uint64_t message;
      bool pubrec_received = false;
    };
    std::map<std::uint16_t, InBroker> broker;
    std::map<Qos2Receiver::DeliveryId, std::pair<std::uint16_t, std::uint64_t>> kafka;
    std::map<std::uint64_t, int> produced;
    std::uint64_t next_message = 1;
    const auto send = [&](std::uint16_t id, std::uint64_t message, bool dup) {
      const auto received = receiver.on_publish(id, message, dup, acks);
      if (received.verdict == Verdict::kNew) {
        kafka[received.delivery] = {id, message};
        ++produced[message];
      } else if (received.verdict == Verdict::kDelivered) {
        broker[id].pubrec_received = true;
      }
    };
    for (int step = 0; step < 3000; ++step) {
      const unsigned what = static_cast<unsigned>(random() % 10);
      if (what < 4) {
        const auto id = static_cast<std::uint16_t>(1 + random() % 20);
        if (broker.try_emplace(id, InBroker{next_message}).second) {
          send(id, next_message++, false);
        }
      } else if (what < 7 && !kafka.empty()) {
        auto chosen = kafka.begin();
        std::advance(chosen, static_cast<long>(random() % kafka.size()));
        const auto [id, message] = chosen->second;
        if (receiver.confirm(id, chosen->first)) {
          broker[id].pubrec_received = random() % 5 != 0;  // or the PUBREC is lost with the connection
        }
        kafka.erase(chosen);
      } else if (what < 9) {
        for (auto entry = broker.begin(); entry != broker.end();) {
          if (entry->second.pubrec_received) {
            EXPECT_TRUE(receiver.on_pubrel(entry->first));
            entry = broker.erase(entry);
          } else {
            ++entry;
          }
        }
      } else {
        receiver.on_disconnect();
        for (const auto& [id, message] : broker) {
          if (!message.pubrec_received) {
            send(id, message.message, true);
          }
        }
      }
    }
    ASSERT_EQ(produced.size(), next_message - 1);
    for (const auto& [message, times] : produced) {
      ASSERT_EQ(times, 1) << "message " << message << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace mkb::mqtt
