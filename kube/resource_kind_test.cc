#include "kube/resource_kind.h"

#include <gtest/gtest.h>

namespace mkb::kube {
namespace {

TEST(ResourceKindTest, CoreGroupIsUnderApi) {
  EXPECT_EQ(kConfigMaps.collection("fleets"), "/api/v1/namespaces/fleets/configmaps");
  EXPECT_EQ(kConfigMaps.object("fleets", "mkb-a"), "/api/v1/namespaces/fleets/configmaps/mkb-a");
  EXPECT_EQ(kConfigMaps.api_version(), "v1");
}

TEST(ResourceKindTest, OtherGroupsAreUnderApis) {
  EXPECT_EQ(kStatefulSets.collection("fleets"), "/apis/apps/v1/namespaces/fleets/statefulsets");
  EXPECT_EQ(kBridges.object("fleets", "a"),
            "/apis/mqttkafka.io/v1alpha1/namespaces/fleets/mqttkafkabridges/a");
  EXPECT_EQ(kBridges.api_version(), "mqttkafka.io/v1alpha1");
}

TEST(ResourceKindTest, NoNamespaceMeansAllOfThem) {
  EXPECT_EQ(kPods.collection(""), "/api/v1/pods");
  EXPECT_EQ(kLeases.collection(""), "/apis/coordination.k8s.io/v1/leases");
}

TEST(ResourceKindTest, AClusterScopedObjectHasNoNamespace) {
  constexpr ResourceKind kNamespaces{"", "v1", "namespaces", "Namespace"};
  EXPECT_EQ(kNamespaces.object("", "fleets"), "/api/v1/namespaces/fleets");
}

TEST(ResourceKindTest, NamesCannotLeaveTheirSegment) {
  EXPECT_EQ(kRoles.object("a", "system:leader"),
            "/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles/system:leader");
  EXPECT_EQ(kSecrets.object("a", "b/../c?d#e%f g"),
            "/api/v1/namespaces/a/secrets/b%2F..%2Fc%3Fd%23e%25f%20g");
  EXPECT_EQ(kSecrets.object("a/b", "\xC3\xA9"), "/api/v1/namespaces/a%2Fb/secrets/%C3%A9");
}

}  // namespace
}  // namespace mkb::kube
