#include "kube/lease_io.h"

#include <gtest/gtest.h>

#include "kube/scripted_transport.h"

namespace mkb::kube {
namespace {

using nlohmann::json;

constexpr const char* kPath = "/apis/coordination.k8s.io/v1/namespaces/mkb-system/leases";

class LeaseIoTest : public testing::Test {
 protected:
  [[nodiscard]] const HttpRequest& asked() const { return transport_.requests().back(); }

  ScriptedTransport transport_;
  ApiClient client_{transport_, "mkb-operator"};
  LeaseIo io_ = lease_io(client_, {"mkb-system", "mkb-operator", "me"});
};

TEST_F(LeaseIoTest, ReadsTheLease) {
  transport_.answer(200, R"({"kind":"Lease"})");
  const auto read = io_.read({});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, (json{{"kind", "Lease"}}));
  EXPECT_EQ(asked().method, "GET");
  EXPECT_EQ(asked().target, std::string(kPath) + "/mkb-operator");
}

TEST_F(LeaseIoTest, AMissingLeaseIsNoError) {
  transport_.answer(404, R"({"reason":"NotFound"})");
  const auto read = io_.read({});
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read->has_value());
}

TEST_F(LeaseIoTest, OtherRefusalsAreErrors) {
  transport_.answer(403, R"({"message":"leases is forbidden"})");
  EXPECT_TRUE(io_.read({}).error().is(ApiError::kForbidden));
}

TEST_F(LeaseIoTest, CreatesAndUpdates) {
  transport_.answer(201, R"({"kind":"Lease"})").answer(200, R"({"kind":"Lease"})");
  EXPECT_TRUE(io_.write(json{{"spec", 1}}, true, {}).ok());
  EXPECT_EQ(asked().method, "POST");
  EXPECT_EQ(asked().target.substr(0, std::string(kPath).size()), kPath);
  EXPECT_TRUE(io_.write(json{{"spec", 2}}, false, {}).ok());
  EXPECT_EQ(asked().method, "PUT");
  EXPECT_EQ(asked().target.substr(0, std::string(kPath).size() + 13), std::string(kPath) + "/mkb-operator");
  EXPECT_EQ(asked().body, R"({"spec":2})");
}

TEST_F(LeaseIoTest, AConflictIsAnError) {
  transport_.answer(409, R"({"reason":"Conflict"})");
  EXPECT_TRUE(io_.write(json::object(), false, {}).error().is(ApiError::kConflict));
}

}  // namespace
}  // namespace mkb::kube
