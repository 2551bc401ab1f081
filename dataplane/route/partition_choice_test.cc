#include "dataplane/route/partition_choice.h"

#include <gtest/gtest.h>

#include <limits>

#include "dataplane/route/murmur2.h"

namespace mkb::dataplane {
namespace {

using api::PartitionStrategy;

TEST(PartitionChoice, ByDefaultThePartitionerDecides) {
  const PartitionChoice choice;
  EXPECT_TRUE(choice.by_partitioner());
  EXPECT_FALSE(choice.fixed());
  EXPECT_EQ(choice.partition(12, 7), std::nullopt);
}

TEST(PartitionChoice, AFixedPartitionNeedNotExist) {
  const PartitionChoice choice{PartitionStrategy::kFixed, 17};
  EXPECT_FALSE(choice.by_partitioner());
  EXPECT_TRUE(choice.fixed());
  EXPECT_EQ(choice.partition(32, 5), 17);
  EXPECT_EQ(choice.partition(3, 5), 17);
}

TEST(PartitionChoice, OfATopicIsTheHashModuloTheirNumber) {
  const std::int32_t hash = murmur2("vehicles/1") & 0x7fffffff;
  const PartitionChoice choice{PartitionStrategy::kTopic, hash};
  EXPECT_FALSE(choice.by_partitioner());
  EXPECT_FALSE(choice.fixed());
  for (const std::int32_t partitions : {1, 2, 12, 1'000}) {
    EXPECT_EQ(choice.partition(partitions, 99), murmur2_partition("vehicles/1", partitions));
  }
}

TEST(PartitionChoice, AtRandomIsInRangeForEveryRandomValue) {
  const PartitionChoice choice{PartitionStrategy::kRandom, 0};
  EXPECT_FALSE(choice.by_partitioner());
  EXPECT_EQ(choice.partition(5, 0), 0);
  EXPECT_EQ(choice.partition(5, 9), 4);
  EXPECT_EQ(choice.partition(1, 123'456), 0);
  // 2^64 - 1 is divisible by 5.
  EXPECT_EQ(choice.partition(5, std::numeric_limits<std::uint64_t>::max()), 0);
  EXPECT_EQ(choice.partition(7, std::numeric_limits<std::uint64_t>::max()), 1);
}

}  // namespace
}  // namespace mkb::dataplane
