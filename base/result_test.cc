#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace mkb {
namespace {

enum class Fruit { kRotten = 1, kMissing = 2 };
enum class Tool { kBlunt = 1 };

TEST(Result, HoldsAValue) {
  Result<std::string> result = std::string("apple");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, "apple");
  EXPECT_EQ(result->size(), 5u);
}

TEST(Result, HoldsAnError) {
  Result<int> result = Error(Fruit::kRotten, "apple 3 is rotten");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), "apple 3 is rotten");
  EXPECT_EQ(result.error().code(), 1);
}

TEST(Result, MovesOnlyValuesOut) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, OfVoid) {
  EXPECT_TRUE(Result<void>{}.ok());
  Result<void> failed = Error(Fruit::kMissing, "none left");
  EXPECT_FALSE(failed.ok());
  EXPECT_TRUE(failed.error().is(Fruit::kMissing));
}

TEST(Error, SameNumberOfAnotherEnumIsAnotherError) {
  Error error(Fruit::kRotten, "x");
  EXPECT_TRUE(error.is(Fruit::kRotten));
  EXPECT_FALSE(error.is(Fruit::kMissing));
  EXPECT_FALSE(error.is(Tool::kBlunt));
}

TEST(Error, ContextComesFirst) {
  Error error = Error(Tool::kBlunt, "cannot cut").with_context("saw");
  EXPECT_EQ(error.message(), "saw: cannot cut");
  EXPECT_TRUE(error.is(Tool::kBlunt));
}

}  // namespace
}  // namespace mkb
