#include "dataplane/route/murmur2.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace mkb::dataplane {
namespace {

struct Vector {
  std::string_view bytes;
  std::int32_t hash;
};

// Of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
constexpr Vector kJavaVectors[] = {
    {"21", -973932308},
    {"foobar", -790332482},
    {"a-little-bit-long-string", -985981536},
    {"a-little-bit-longer-string", -1486304829},
    {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
    {"abc", 479470107},
};

// The Java method transcribed with its signed bytes and its switch that falls through.
std::int32_t java_murmur2(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::int8_t>(text[i]); };
  const auto length = static_cast<std::uint32_t>(text.size());
  const std::uint32_t m = 0x5bd1e995;
  std::uint32_t h = 0x9747b28c ^ length;
  for (std::uint32_t i = 0; i < length / 4; ++i) {
    const std::uint32_t i4 = i * 4;
    std::uint32_t k = (byte(i4) & 0xffU) + ((byte(i4 + 1) & 0xffU) << 8) + ((byte(i4 + 2) & 0xffU) << 16) +
                      ((byte(i4 + 3) & 0xffU) << 24);
    k *= m;
    k ^= k >> 24;
    k *= m;
    h *= m;
    h ^= k;
  }
  const std::uint32_t tail = length & ~3U;
  switch (length % 4) {
    case 3:
      h ^= (byte(tail + 2) & 0xffU) << 16;
      [[fallthrough]];
    case 2:
      h ^= (byte(tail + 1) & 0xffU) << 8;
      [[fallthrough]];
    case 1:
      h ^= byte(tail) & 0xffU;
      h *= m;
  }
  h ^= h >> 13;
  h *= m;
  h ^= h >> 15;
  return static_cast<std::int32_t>(h);
}

TEST(Murmur2, IsJavas) {
  for (const Vector& vector : kJavaVectors) {
    EXPECT_EQ(murmur2(vector.bytes), vector.hash) << vector.bytes;
    EXPECT_EQ(java_murmur2(vector.bytes), vector.hash) << vector.bytes;
  }
}

TEST(Murmur2, TreatsEveryByteAndLengthAsJavaDoes) {
  std::string text;
  for (int i = 0; i < 600; ++i) {
    EXPECT_EQ(murmur2(text), java_murmur2(text)) << text.size() << " bytes";
    text += static_cast<char>((i * 37 + 251) % 256);
  }
}

TEST(Murmur2, PartitionIsThePositiveHashModuloTheirNumber) {
  // toPositive() clears the sign bit; it is not the absolute value.
  EXPECT_EQ(murmur2_partition("21", 1'000), ((-973932308) & 0x7fffffff) % 1'000);
  EXPECT_EQ(murmur2_partition("21", 1'000), 340);
  EXPECT_EQ(murmur2_partition("abc", 10), 7);
  EXPECT_EQ(murmur2_partition("abc", 479470108), 479470107);
  EXPECT_EQ(murmur2_partition("abc", std::numeric_limits<std::int32_t>::max()), 479470107);
}

TEST(Murmur2, PartitionsAreInRangeAndAllUsed) {
  for (const std::int32_t partitions : {1, 2, 3, 7, 64}) {
    std::string used(static_cast<std::size_t>(partitions), '-');
    for (int key = 0; key < 2'000; ++key) {
      const std::int32_t partition = murmur2_partition(std::to_string(key), partitions);
      ASSERT_GE(partition, 0);
      ASSERT_LT(partition, partitions);
      used[static_cast<std::size_t>(partition)] = 'x';
    }
    EXPECT_EQ(used.find('-'), std::string::npos) << partitions;
  }
}

}  // namespace
}  // namespace mkb::dataplane
