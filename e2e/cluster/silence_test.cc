#include "e2e/cluster/silence.h"

#include <gtest/gtest.h>

#include "e2e/lab/lab_error.h"

namespace mkb::e2e {
namespace {

using namespace std::chrono_literals;

lab::KafkaRecord record(const std::string& topic, std::int64_t published, std::int64_t appended,
                        std::int32_t partition = 0) {
  lab::KafkaRecord result;
  result.partition = partition;
  result.headers = {{"mqtt.topic", topic}};
  result.timestamp_ms = appended;
  result.value = R"({"n":1,"ts":)" + std::to_string(published) + "}";
  return result;
}

TEST(SilenceTest, NothingIsNoSilence) {
  EXPECT_EQ(longest_silence({}).longest, 0ms);
  EXPECT_EQ(longest_silence({}).topic, "");
  EXPECT_EQ(longest_silence({record("a", 1, 5)}).topic, "") << "one record has no gap";
}

TEST(SilenceTest, IsTheLongestGapOfOneTopic) {
  const auto silence = longest_silence(
      {record("a", 0, 0), record("b", 9, 10), record("a", 1, 40), record("b", 10, 90), record("a", 41, 60)});
  EXPECT_EQ(silence.longest, 80ms);
  EXPECT_EQ(silence.topic, "b");
  EXPECT_EQ(silence.at_ms, 90);
}

TEST(SilenceTest, OtherTopicsDoNotFillTheGap) {
  EXPECT_EQ(longest_silence({record("a", 0, 0), record("b", 0, 50), record("a", 0, 100)}).longest, 100ms);
}

TEST(SilenceTest, APublisherThatWasLateIsNoSilence) {
  const auto silence = longest_silence({record("a", 0, 5), record("a", 1000, 1007), record("a", 1001, 1010)});
  EXPECT_EQ(silence.longest, 7ms);
}

TEST(SilenceTest, OrderOfThePartitionsDoesNotMatter) {
  EXPECT_EQ(longest_silence({record("a", 0, 20, 0), record("a", 0, 0, 1), record("a", 0, 10, 1)}).longest,
            10ms);
}

TEST(SilenceTest, RefusesWhatNoFleetWrote) {
  auto foreign = record("a", 0, 1);
  foreign.value = "hello";
  EXPECT_THROW((void)longest_silence({foreign}), lab::LabError);
}

}  // namespace
}  // namespace mkb::e2e
