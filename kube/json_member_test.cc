#include "kube/json_member.h"

#include <gtest/gtest.h>

namespace mkb::kube {
namespace {

using nlohmann::json;

TEST(JsonMember, IsEmptyUnlessThereIsAText) {
  const json object = {{"name", "fleet"}, {"number", 7}, {"nothing", nullptr}};
  EXPECT_EQ(text_in(object, "name"), "fleet");
  EXPECT_EQ(text_in(object, "number"), "");
  EXPECT_EQ(text_in(object, "nothing"), "");
  EXPECT_EQ(text_in(object, "other"), "");
}

TEST(JsonMember, IsEmptyOutsideObjects) {
  for (const json& value : {json(), json("name"), json(7), json::array({"name"})}) {
    EXPECT_EQ(text_in(value, "name"), "") << value;
  }
}

}  // namespace
}  // namespace mkb::kube
