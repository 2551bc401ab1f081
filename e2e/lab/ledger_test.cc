#include "e2e/lab/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mkb::lab {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(LedgerTest, BalancesWhenEverythingArrivesOnceInOrder) {
  Ledger ledger;
  for (std::uint64_t n = 0; n < 100; ++n) ledger.sent(n % 2 == 0 ? "a" : "b", n / 2);
  for (std::uint64_t n = 0; n < 50; ++n) ledger.arrived("b", n);
  for (std::uint64_t n = 0; n < 50; ++n) ledger.arrived("a", n);
  const auto totals = ledger.totals();
  EXPECT_EQ(totals.topics, 2u);
  EXPECT_EQ(totals.sent, 100u);
  EXPECT_EQ(totals.records, 100u);
  EXPECT_EQ(totals.lost + totals.duplicated + totals.out_of_order + totals.invented + totals.unknown, 0u);
}

TEST(LedgerTest, NamesWhatIsLost) {
  Ledger ledger;
  for (std::uint64_t n = 0; n < 3; ++n) ledger.sent("a", n);
  ledger.arrived("a", 0);
  ledger.arrived("a", 2);
  EXPECT_EQ(ledger.totals().lost, 1u);
  EXPECT_EQ(ledger.totals().out_of_order, 0u);
  EXPECT_THAT(ledger.totals().examples, ElementsAre("lost a #1"));
}

TEST(LedgerTest, ALostTailIsLost) {
  Ledger ledger;
  for (std::uint64_t n = 0; n < 10; ++n) ledger.sent("a", n);
  for (std::uint64_t n = 0; n < 7; ++n) ledger.arrived("a", n);
  EXPECT_EQ(ledger.totals().lost, 3u);
}

TEST(LedgerTest, CountsEachExtraCopyButNotItsOrder) {
  Ledger ledger;
  for (std::uint64_t n = 0; n < 3; ++n) ledger.sent("a", n);
  for (const std::uint64_t n : {0, 1, 0, 1, 1, 2}) ledger.arrived("a", n);
  EXPECT_EQ(ledger.totals().duplicated, 3u);
  EXPECT_EQ(ledger.totals().out_of_order, 0u);
}

TEST(LedgerTest, CountsFirstRecordsThatWereOvertaken) {
  Ledger ledger;
  for (std::uint64_t n = 0; n < 5; ++n) ledger.sent("a", n);
  for (const std::uint64_t n : {0, 3, 1, 2, 4}) ledger.arrived("a", n);
  EXPECT_EQ(ledger.totals().out_of_order, 2u);
  EXPECT_EQ(ledger.totals().lost, 0u);
  EXPECT_THAT(ledger.totals().examples, ElementsAre("late a #1, 1 copies", "late a #2, 1 copies"));
}

TEST(LedgerTest, UnknownMessagesMayArriveOrNot) {
  Ledger ledger;
  ledger.unknown("a", 0);
  ledger.unknown("a", 1);
  ledger.arrived("a", 0);
  const auto totals = ledger.totals();
  EXPECT_EQ(totals.unknown, 2u);
  EXPECT_EQ(totals.lost, 0u);
  EXPECT_EQ(totals.invented, 0u);
}

TEST(LedgerTest, RecordsNobodyPublishedAreInvented) {
  Ledger ledger;
  ledger.sent("a", 0);
  ledger.arrived("a", 0);
  ledger.arrived("a", 1);
  ledger.arrived("c", 0);
  EXPECT_EQ(ledger.totals().invented, 2u);
  EXPECT_THAT(to_table(ledger.totals()), HasSubstr("never published, yet in Kafka                     2"));
}

TEST(LedgerTest, TableShowsTroubleOnlyWhenThereIsSome) {
  Ledger ledger;
  ledger.sent("a", 0);
  EXPECT_THAT(to_table(ledger.totals()), HasSubstr("lost                                              1"));
  EXPECT_THAT(to_table(ledger.totals()), Not(HasSubstr("never")));
}

}  // namespace
}  // namespace mkb::lab
