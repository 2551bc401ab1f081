#include "operator/reconcile/lease_book.h"

#include <gtest/gtest.h>

namespace mkb::reconcile {
namespace {

using nlohmann::json;
using std::chrono::seconds;

json lease(const char* renewed, const char* holder = "p") {
  return {{"spec", {{"renewTime", renewed}, {"holderIdentity", holder}}}};
}

const TimePoint kStart{seconds(1000)};

TEST(LeaseBook, KnowsNothingOfALeaseThatNobodyRenewed) {
  LeaseBook book;
  book.observe("a/b", json{{"spec", json::object()}}, kStart);
  book.observe("a/b", json::object(), kStart);
  EXPECT_FALSE(book.renewed_at("a/b"));
}

TEST(LeaseBook, CountsFromTheFirstSightOfARenewal) {
  LeaseBook book;
  book.observe("a/b", lease("t1"), kStart);
  book.observe("a/b", lease("t1"), kStart + seconds(5));
  EXPECT_EQ(book.renewed_at("a/b"), kStart);
  book.observe("a/b", lease("t2"), kStart + seconds(7));
  EXPECT_EQ(book.renewed_at("a/b"), kStart + seconds(7));
}

TEST(LeaseBook, TakesAnotherHolderForARenewal) {
  LeaseBook book;
  book.observe("a/b", lease("t1", "p"), kStart);
  book.observe("a/b", lease("t1", "q"), kStart + seconds(5));
  EXPECT_EQ(book.renewed_at("a/b"), kStart + seconds(5));
}

TEST(LeaseBook, TellsLeasesApartAndForgets) {
  LeaseBook book;
  book.observe("a/b", lease("t1"), kStart);
  EXPECT_FALSE(book.renewed_at("a/c"));
  book.forget("a/b");
  EXPECT_FALSE(book.renewed_at("a/b"));
}

TEST(LeaseBook, RemembersTheLastOutage) {
  LeaseBook book;
  EXPECT_EQ(book.heard_since(), TimePoint{});
  book.outage(kStart);
  book.outage(kStart - seconds(1));
  EXPECT_EQ(book.heard_since(), kStart);
}

}  // namespace
}  // namespace mkb::reconcile
