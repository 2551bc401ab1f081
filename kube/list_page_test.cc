#include "kube/list_page.h"

#include <gtest/gtest.h>

#include <vector>

namespace mkb::kube {
namespace {

using nlohmann::json;

struct Read {
  std::vector<json> objects;
  Result<ListPage> page;
};

Read read(std::string_view body) {
  std::vector<json> objects;
  Result<ListPage> page = decode_list_page(body, [&](json object) { objects.push_back(std::move(object)); });
  return {std::move(objects), std::move(page)};
}

TEST(ListPage, GivesObjectsInOrderAndTheListsMetadata) {
  const Read got = read(R"({"kind":"PodList","apiVersion":"v1",)"
                        R"("metadata":{"resourceVersion":"12","continue":"tok","remainingItemCount":3},)"
                        R"("items":[{"metadata":{"name":"b"},"x":[{"y":[{}]}]},{"metadata":{"name":"a"}}]})");
  ASSERT_TRUE(got.page.ok());
  EXPECT_EQ(got.page->resource_version, "12");
  EXPECT_EQ(got.page->continue_token, "tok");
  EXPECT_EQ(got.objects,
            (std::vector<json>{{{"metadata", {{"name", "b"}}}, {"x", {{{"y", {json::object()}}}}}},
                               {{"metadata", {{"name", "a"}}}}}));
}

TEST(ListPage, MetadataMayComeAfterTheItems) {
  const Read got = read(R"({"items":[{"a":1}],"metadata":{"resourceVersion":"5"}})");
  ASSERT_TRUE(got.page.ok());
  EXPECT_EQ(got.page->resource_version, "5");
  EXPECT_EQ(got.page->continue_token, "");
  EXPECT_EQ(got.objects.size(), 1u);
}

TEST(ListPage, AnEmptyListIsFine) {
  for (const auto* body : {R"({"items":[],"metadata":{"resourceVersion":"5"}})",
                           R"({"items":null,"metadata":{"resourceVersion":"5","continue":""}})"}) {
    const Read got = read(body);
    EXPECT_TRUE(got.page.ok()) << body;
    EXPECT_TRUE(got.objects.empty());
  }
}

TEST(ListPage, OnlyTheItemsOfTheListAreObjects) {
  const Read got =
      read(R"({"metadata":{"resourceVersion":"5","items":[{"not":1}],"o":{"p":{}}},)"
           R"("others":[{"not":2}],"items":[{"yes":{"items":[{"not":3}]}}],"more":[{"not":4}]})");
  ASSERT_TRUE(got.page.ok());
  ASSERT_EQ(got.objects.size(), 1u);
  EXPECT_TRUE(got.objects[0].contains("yes"));
}

TEST(ListPage, RefusesWhatIsNoList) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "is no JSON object"},
      {"<html>", "is no JSON object"},
      {"[]", "is no JSON object"},
      {R"({"items":[{"a":1},)", "is no JSON object"},
      {R"({"kind":"Status","metadata":{}})", "has no items"},
      {R"({"items":{"a":{}},"metadata":{"resourceVersion":"5"}})", "has no items"},
      {R"({"items":[{},3],"metadata":{"resourceVersion":"5"}})", "has items that are no objects"},
      {R"({"items":[],"metadata":{"resourceVersion":""}})", "has no resourceVersion"},
      {R"({"items":[],"metadata":7})", "has no resourceVersion"},
      {R"({"items":[]})", "has no resourceVersion"},
      {std::string(5000, '['), "is nested too deep"},
  };
  for (const auto& [body, why] : cases) {
    const Read got = read(body);
    ASSERT_FALSE(got.page.ok()) << body;
    EXPECT_TRUE(got.page.error().is(ListError::kGarbage));
    EXPECT_EQ(got.page.error().message(), "a list that " + why);
  }
}

}  // namespace
}  // namespace mkb::kube
