#include "kube/exchange.h"

#include <gtest/gtest.h>

#include <thread>

#include "kube/http_transport.h"

namespace mkb::kube {
namespace {

using namespace std::chrono_literals;

constexpr auto kLong = 60'000ms;
const std::stop_token kNever;

TEST(ExchangeTest, StatusBytesAndEndComeInTurn) {
  Exchange exchange(100);
  exchange.begin(200, 3s);
  auto piece = exchange.wait(kLong, kNever);
  EXPECT_EQ(piece.status, 200);
  EXPECT_EQ(piece.retry_after, 3s);
  EXPECT_EQ(piece.bytes, "");
  EXPECT_FALSE(piece.ended || piece.silent || piece.stopped);
  EXPECT_TRUE(exchange.add("ab"));
  EXPECT_TRUE(exchange.add("c"));
  EXPECT_EQ(exchange.wait(kLong, kNever).bytes, "abc");
  exchange.end();
  piece = exchange.wait(kLong, kNever);
  EXPECT_TRUE(piece.ended);
  EXPECT_FALSE(piece.error.has_value());
}

TEST(ExchangeTest, BytesBeforeTheStatusWaitForIt) {
  Exchange exchange(100);
  EXPECT_TRUE(exchange.add("early"));
  auto piece = exchange.wait(1ms, kNever);
  EXPECT_TRUE(piece.silent);
  EXPECT_EQ(piece.bytes, "");
  exchange.begin(200, {});
  EXPECT_EQ(exchange.wait(kLong, kNever).bytes, "early");
}

TEST(ExchangeTest, AFailureBeforeTheStatusEndsIt) {
  Exchange exchange(100);
  exchange.end(Error(TransportError::kTls, "no"));
  exchange.end(Error(TransportError::kUnreachable, "later"));
  const auto piece = exchange.wait(kLong, kNever);
  EXPECT_EQ(piece.status, 0);
  ASSERT_TRUE(piece.ended && piece.error);
  EXPECT_TRUE(piece.error->is(TransportError::kTls));
}

TEST(ExchangeTest, SilenceIsToldFromAStop) {
  Exchange exchange(100);
  exchange.begin(200, {});
  exchange.wait(kLong, kNever);
  EXPECT_TRUE(exchange.wait(1ms, kNever).silent);
  std::stop_source stop;
  const std::jthread stopper([&stop] { stop.request_stop(); });
  const auto piece = exchange.wait(kLong, stop.get_token());
  EXPECT_TRUE(piece.stopped);
  EXPECT_FALSE(piece.silent);
}

TEST(ExchangeTest, WhatIsUnreadIsBounded) {
  Exchange exchange(4);
  exchange.begin(200, {});
  EXPECT_TRUE(exchange.add("abcd"));
  EXPECT_FALSE(exchange.add("e"));
  EXPECT_EQ(exchange.wait(kLong, kNever).bytes, "abcd");
  EXPECT_TRUE(exchange.add("efgh"));
  EXPECT_FALSE(exchange.add("ijklm"));
}

TEST(ExchangeTest, NothingIsTakenAfterItWasAbandonedOrEnded) {
  Exchange abandoned(100);
  abandoned.begin(200, {});
  EXPECT_TRUE(abandoned.abandon());
  EXPECT_FALSE(abandoned.add("x"));
  Exchange ended(100);
  ended.end();
  EXPECT_FALSE(ended.add("x"));
  EXPECT_FALSE(ended.abandon());
}

TEST(ExchangeTest, AWaitingThreadIsWoken) {
  Exchange exchange(1000);
  const std::jthread io([&exchange] {
    exchange.begin(200, {});
    for (int n = 0; n < 100; ++n) EXPECT_TRUE(exchange.add("xy"));
    exchange.end();
  });
  std::string all;
  for (;;) {
    auto piece = exchange.wait(kLong, kNever);
    all += piece.bytes;
    ASSERT_FALSE(piece.silent);
    if (piece.ended) break;
  }
  EXPECT_EQ(all.size(), 200u);
}

}  // namespace
}  // namespace mkb::kube
