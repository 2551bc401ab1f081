#include "kube/json_nesting.h"

#include <gtest/gtest.h>

#include <string>

namespace mkb::kube {
namespace {

TEST(JsonNesting, CountsArraysAndObjects) {
  EXPECT_FALSE(nested_deeper_than("7", 0));
  EXPECT_TRUE(nested_deeper_than("[]", 0));
  EXPECT_FALSE(nested_deeper_than(R"({"a":[1,{"b":2}]})", 3));
  EXPECT_TRUE(nested_deeper_than(R"({"a":[1,{"b":2}]})", 2));
}

TEST(JsonNesting, WhatIsClosedCountsNoMore) {
  EXPECT_FALSE(nested_deeper_than("[[],[],[[]],{}]", 3));
}

TEST(JsonNesting, BracketsInStringsDoNotCount) {
  EXPECT_FALSE(nested_deeper_than(R"(["[[[[\"{{{{\\"])", 1));
  EXPECT_TRUE(nested_deeper_than(R"(["\\",[]])", 1));
}

TEST(JsonNesting, SurvivesWhatIsNoJson) {
  EXPECT_FALSE(nested_deeper_than("]]]]", 0));
  EXPECT_FALSE(nested_deeper_than("\"\\", 0));
  EXPECT_TRUE(nested_deeper_than(std::string(100'000, '['), kDeepestJson));
}

}  // namespace
}  // namespace mkb::kube
