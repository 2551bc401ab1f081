#include "cli/api_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/scripted_transport.h"

namespace mkb::cli {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class ApiAccessTest : public testing::Test {
 protected:
  ApiAccess with(std::string name_space) {
    auto owned = std::make_unique<kube::ScriptedTransport>();
    transport_ = owned.get();
    return {std::move(owned), std::move(name_space)};
  }
  kube::ScriptedTransport* transport_ = nullptr;
};

TEST_F(ApiAccessTest, ListsPageByPageAndSaysWhatObjectsAre) {
  ApiAccess api = with("prod");
  transport_->answer(200, R"({"metadata":{"resourceVersion":"7","continue":"next page"},
                              "items":[{"metadata":{"name":"a"}}]})");
  transport_->answer(200, R"({"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"b"}}]})");
  const auto listed = api.list(kube::kLeases, "x=y");
  ASSERT_TRUE(listed.ok()) << listed.error().message();
  ASSERT_THAT(*listed, SizeIs(2));
  EXPECT_EQ((*listed)[0]["kind"], "Lease");
  EXPECT_EQ((*listed)[1]["apiVersion"], "coordination.k8s.io/v1");
  EXPECT_EQ(transport_->requests()[0].target,
            "/apis/coordination.k8s.io/v1/namespaces/prod/leases?limit=500&labelSelector=x%3Dy");
  EXPECT_THAT(transport_->requests()[1].target, HasSubstr("continue=next%20page"));
}

TEST_F(ApiAccessTest, NoNamespaceIsAllOfThem) {
  ApiAccess api = with("");
  transport_->answer(200, R"({"metadata":{"resourceVersion":"7"},"items":[]})");
  EXPECT_TRUE(api.list(kube::kLeases).ok());
  EXPECT_EQ(transport_->requests()[0].target, "/apis/coordination.k8s.io/v1/leases?limit=500");
}

TEST_F(ApiAccessTest, TellsARefusalFromAnOutage) {
  ApiAccess api = with("prod");
  transport_->answer(403, R"({"kind":"Status","reason":"Forbidden","message":"User \"x\" cannot list"})");
  const auto refused = api.list(kube::kLeases);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().is(kube::ApiError::kForbidden));
  EXPECT_THAT(refused.error().message(), HasSubstr("list leases in prod: "));
  EXPECT_THAT(refused.error().message(), HasSubstr("cannot list"));
  const auto away = api.list(kube::kLeases);
  ASSERT_FALSE(away.ok());
  EXPECT_TRUE(away.error().is(kube::TransportError::kUnreachable));
}

TEST_F(ApiAccessTest, NamesTheKubeconfigThatItCannotUse) {
  ApiAccessOptions options;
  options.kubeconfig = "/nonexistent/kubeconfig";
  const auto opened = ApiAccess::open(options);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message(), HasSubstr("/nonexistent/kubeconfig"));
}

}  // namespace
}  // namespace mkb::cli
