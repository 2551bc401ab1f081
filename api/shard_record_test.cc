#include "api/shard_record.h"

#include <gtest/gtest.h>

#include <random>

namespace mkb::api {
namespace {

TEST(ShardRecord, ComesBackAsItWas) {
  const ShardRecord written{{{"vehicles/+/\"t\"", 0}, {"a/#", 4095}, {"Straße/\u00e9", 7}},
                            {{"hot", {1, 2, 60}}, {"none", {}}}};
  const auto read = parse_shard_record(to_json(written));
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(*read, written);
}

TEST(ShardRecord, HasNoOtherShapeThanThis) {
  EXPECT_EQ(to_json(ShardRecord{{{"b", 1}, {"a", 2}}, {{"hot", {3, 4}}}}),
            R"({"filters":{"a":2,"b":1},"shared":{"hot":[3,4]}})");
  EXPECT_EQ(to_json(ShardRecord()), R"({"filters":{},"shared":{}})");
}

TEST(ShardRecord, MayLackWhatIsEmptyAndHaveWhatIsNew) {
  const auto read = parse_shard_record(R"({"new":[1],"shared":{"hot":[3]}})");
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(*read, (ShardRecord{{}, {{"hot", {3}}}}));
  EXPECT_TRUE(parse_shard_record("{}").ok());
}

class MalformedShardRecord : public testing::TestWithParam<const char*> {};

TEST_P(MalformedShardRecord, IsRefused) {
  const auto read = parse_shard_record(GetParam());
  ASSERT_FALSE(read.ok());
  EXPECT_TRUE(read.error().is(ShardRecordError::kMalformed));
  EXPECT_FALSE(read.error().message().empty());
}

INSTANTIATE_TEST_SUITE_P(All, MalformedShardRecord,
                         testing::Values("", "[]", "{", R"({"filters":[]})", R"({"filters":{"a":"1"}})",
                                         R"({"filters":{"a":-1}})", R"({"filters":{"a":4096}})",
                                         R"({"filters":{"a":1.5}})", R"({"filters":null})",
                                         R"({"shared":{"a":1}})", R"({"shared":{"a":[2,1]}})",
                                         R"({"shared":{"a":[1,1]}})", R"({"shared":{"a":["1"]}})",
                                         R"({"shared":{"a":[4096]}})", R"({"shared":7})"));

TEST(ShardRecord, NamesTheFilterThatIsWrong) {
  const auto read = parse_shard_record(R"({"filters":{"a":1,"b/+":-2}})");
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().message().find("b/+"), std::string::npos) << read.error().message();
}

TEST(ShardRecord, SurvivesAnyChangedByte) {
  const std::string good = to_json(ShardRecord{{{"a/+/b", 3}, {"c", 17}}, {{"hot", {1, 2}}}});
  std::mt19937 random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    text[random() % text.size()] = static_cast<char>(random());
    const auto record = parse_shard_record(text);
    if (record.ok()) {
      EXPECT_TRUE(parse_shard_record(to_json(*record)).ok());
    }
  }
}

}  // namespace
}  // namespace mkb::api
