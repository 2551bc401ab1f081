#include "dataplane/route/stable_hash.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace mkb::dataplane {
namespace {

// Computed with an independent implementation. Sessions and queued messages depend on these values: when they
// change, every bridge loses its sessions on an upgrade.
TEST(StableHash, NeverChanges) {
  static_assert(stable_hash("") == 0xefd01f60ba992926U);
  static_assert(stable_hash("vehicles/+/telemetry") == 0x96830fa8cb9dbd60U);
  static_assert(stable_hash("caf\xc3\xa9/#") == 0xe442753613c6bc94U);
  EXPECT_EQ(stable_hash(std::string_view("a\0b", 3)), 0xab78f5eca36d0e2bU);
}

TEST(StableHash, SpreadsSimilarTexts) {
  std::array<int, 64> shards{};
  for (int i = 0; i < 6'400; ++i) {
    ++shards[stable_hash("plant/" + std::to_string(i) + "/#") % shards.size()];
  }
  for (const int filters : shards) {
    EXPECT_GT(filters, 50);
    EXPECT_LT(filters, 150);
  }
}

}  // namespace
}  // namespace mkb::dataplane
