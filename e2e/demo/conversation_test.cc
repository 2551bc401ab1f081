#include "e2e/demo/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mkb::demo {
namespace {

using testing::HasSubstr;
using testing::Not;

lab::Ledger::Totals totals(std::uint64_t sent, std::uint64_t lost = 0) {
  lab::Ledger::Totals made;
  made.sent = sent;
  made.records = sent - lost;
  made.lost = lost;
  if (lost > 0) made.examples = {"lost car-1 #7"};
  return made;
}

TEST(ConversationTest, IsGoodWhenEveryCommandIsReceivedAndAnswered) {
  const auto seen = verdict(totals(100), totals(100));
  EXPECT_TRUE(seen.good);
  EXPECT_THAT(seen.table, HasSubstr("sent (acknowledged by Kafka)                    100\n"));
  EXPECT_THAT(seen.table, HasSubstr("received over MQTT                              100\n"));
  EXPECT_THAT(seen.table, HasSubstr("answers in Kafka                                100\n"));
  EXPECT_THAT(seen.table, Not(HasSubstr("#7")));
}

TEST(ConversationTest, ALossInEitherDirectionIsNotGood) {
  EXPECT_FALSE(verdict(totals(100, 1), totals(99)).good);
  const auto seen = verdict(totals(100), totals(100, 1));
  EXPECT_FALSE(seen.good);
  EXPECT_THAT(seen.table, HasSubstr("answers lost                                      1\n"));
  EXPECT_THAT(seen.table, HasSubstr("answer: lost car-1 #7"));
}

TEST(ConversationTest, DuplicatesAreNoLoss) {
  auto commands = totals(100);
  commands.records = 110;
  commands.duplicated = 10;
  EXPECT_TRUE(verdict(commands, totals(100)).good);
}

TEST(ConversationTest, NothingSentOrInventedIsNotGood) {
  EXPECT_FALSE(verdict(totals(0), totals(0)).good);
  auto invented = totals(100);
  invented.invented = 1;
  EXPECT_FALSE(verdict(invented, totals(100)).good);
}

}  // namespace
}  // namespace mkb::demo
