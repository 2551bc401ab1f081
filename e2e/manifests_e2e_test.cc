// What manifests/ installs: up to date, accepted, with exactly the rights that the operator needs.
#include <gmock/gmock.h>

#include <chrono>
#include <set>
#include <sstream>

#include "e2e/crd_fixture.h"
#include "e2e/lab/kube_programs.h"
#include "e2e/lab/process.h"

namespace mkb::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kManifests = MKB_SOURCE_DIR "/manifests";
constexpr const char* kOperator = "--as=system:serviceaccount:mkb-system:mkb-operator";

class ManifestsE2eTest : public CrdFixture {
 protected:
  static void SetUpTestSuite() {
    CrdFixture::SetUpTestSuite();
    installed_ = kubectl({"apply", "--server-side", "--force-conflicts", "--validate=strict", "-f",
                          std::string(kManifests) + "/install.yaml"});
  }

  inline static std::string installed_;
};

// `kubectl auth can-i --list` without what everybody may do and without addresses: RESOURCE [NAMES] [VERBS],
// sorted.
std::string rights(const std::string& output) {
  std::set<std::string> lines;
  std::istringstream stream(output);
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string resource;
    words >> resource;
    if (resource.empty() || resource == "Resources" || resource.front() == '[' ||
        resource.starts_with("selfsubject")) {
      continue;
    }
    // The columns are the resource, addresses (none for resources), names and verbs, the last three in
    // brackets.
    const std::size_t addresses = line.find('[');
    const std::size_t names = line.find('[', addresses + 1);
    const std::size_t verbs = line.find('[', names + 1);
    resource.append(" ").append(line, names, line.find(']', names) + 1 - names);
    resource.append(" ").append(line, verbs).append("\n");
    lines.insert(resource);
  }
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

TEST_F(ManifestsE2eTest, InstallIsUpToDate) {
  const lab::Output output = lab::run(
      {"env", "KUBECTL=" + lab::kube_program("kubectl"), std::string(kManifests) + "/generate", "--check"},
      std::chrono::seconds(60));
  EXPECT_EQ(output.status.code, 0) << output.text;
}

TEST_F(ManifestsE2eTest, Installs) {
  EXPECT_THAT(installed_, HasSubstr("deployment.apps/mkb-operator serverside-applied"));
  EXPECT_THAT(installed_, Not(HasSubstr("Error")));
  // The namespace refuses and warns of pods that are not `restricted`.
  EXPECT_THAT(installed_, Not(HasSubstr("Warning")));
  const json deployment =
      json::parse(kubectl({"get", "deployment", "mkb-operator", "-n", "mkb-system", "-o", "json"}));
  EXPECT_EQ(deployment["spec"]["replicas"], 2);
  const json& container = deployment["spec"]["template"]["spec"]["containers"][0];
  EXPECT_EQ(container["args"][0], "--dataplane-image=" + container["image"].get<std::string>());
  EXPECT_EQ(container["livenessProbe"]["httpGet"]["path"], "/healthz");
  EXPECT_EQ(container["readinessProbe"]["httpGet"]["path"], "/readyz");
}

TEST_F(ManifestsE2eTest, RightsAreThoseOfTheGoldenFile) {
  EXPECT_EQ(rights(kubectl({"auth", "can-i", "--list", kOperator, "-n", "default"})),
            repository_file("e2e/golden/operator_rights.txt"));
}

TEST_F(ManifestsE2eTest, LeaderElectionHasItsLease) {
  const std::string list = rights(kubectl({"auth", "can-i", "--list", kOperator, "-n", "mkb-system"}));
  EXPECT_THAT(list, HasSubstr("leases.coordination.k8s.io [mkb-operator] [get update patch]"));
}

// Kubernetes lets nobody give rights that they do not have.
TEST_F(ManifestsE2eTest, ThePodsRoleCanBeGivenAndNoOther) {
  const auto create = [](const std::vector<json>& rules) {
    const json role = {{"apiVersion", "rbac.authorization.k8s.io/v1"},
                       {"kind", "Role"},
                       {"metadata", {{"name", "mkb-fleet"}, {"namespace", "default"}}},
                       {"rules", rules}};
    return kubectl({"create", "--dry-run=server", kOperator, "-f", "-"}, role.dump());
  };
  const json configs = {
      {"apiGroups", {""}}, {"resources", {"configmaps"}}, {"verbs", {"get", "list", "watch"}}};
  const json leases = {{"apiGroups", {"coordination.k8s.io"}},
                       {"resources", {"leases"}},
                       {"verbs", {"get", "create", "update", "patch"}}};
  const json secrets = {{"apiGroups", {""}}, {"resources", {"secrets"}}, {"verbs", {"list"}}};
  EXPECT_THAT(create({configs, leases}), HasSubstr("created (server dry run)"));
  EXPECT_THAT(create({configs, leases, secrets}),
              HasSubstr("attempting to grant RBAC permissions not currently held"));
}

TEST_F(ManifestsE2eTest, PodsAreRestricted) {
  const json deployment =
      json::parse(kubectl({"get", "deployment", "mkb-operator", "-n", "mkb-system", "-o", "json"}));
  json pod = {{"apiVersion", "v1"},
              {"kind", "Pod"},
              {"metadata", {{"name", "probe"}, {"namespace", "mkb-system"}}},
              {"spec", deployment["spec"]["template"]["spec"]}};
  const auto create = [&pod] { return kubectl({"create", "--dry-run=server", "-f", "-"}, pod.dump()); };
  EXPECT_EQ(create(), "pod/probe created (server dry run)\n");
  pod["spec"]["containers"][0]["securityContext"].erase("allowPrivilegeEscalation");
  EXPECT_THAT(create(), HasSubstr("violates PodSecurity \"restricted"));
}

TEST_F(ManifestsE2eTest, NamespacedHasNoRightsElsewhere) {
  const std::string overlay = std::string(kManifests) + "/overlays/namespaced";
  const std::string text = kubectl({"kustomize", overlay});
  EXPECT_THAT(text, HasSubstr("--namespace=$(POD_NAMESPACE)"));
  EXPECT_THAT(text, Not(HasSubstr("kind: ClusterRole")));
  EXPECT_THAT(kubectl({"apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-"}, text),
              Not(HasSubstr("Error")));
  // Beside the installed operator, as another one in a namespace of its own.
  std::string moved = text;
  for (std::size_t at = 0; (at = moved.find("mkb-system", at)) != std::string::npos;)
    moved.replace(at, 10, "mkb-alone");
  EXPECT_THAT(kubectl({"apply", "--server-side", "--force-conflicts", "-f", "-"}, moved),
              Not(HasSubstr("Error")));
  constexpr const char* kAlone = "--as=system:serviceaccount:mkb-alone:mkb-operator";
  EXPECT_EQ(rights(kubectl({"auth", "can-i", "--list", kAlone, "-n", "default"})), "");
  EXPECT_THAT(rights(kubectl({"auth", "can-i", "--list", kAlone, "-n", "mkb-alone"})),
              HasSubstr("statefulsets.apps [] [get list watch create patch delete]"));
}

}  // namespace
}  // namespace mkb::e2e
