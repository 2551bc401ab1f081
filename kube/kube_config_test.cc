#include "kube/kube_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "kube/test_directory.h"

namespace mkb::kube {
namespace {

using testing::HasSubstr;

const std::string kText =
    "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"
    "clusters: [{name: c, cluster: {server: 'https://SERVER', certificate-authority: ca.crt}}]\n";

std::string text_with(const std::string& server) {
  std::string text = kText;
  return text.replace(text.find("SERVER"), 6, server);
}

Environment environment_of(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(KubeConfigTest, AFileIsLoaded) {
  const TestDirectory dir;
  const auto config = load_kube_config(dir.write("config", text_with("h")));
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->server, "https://h");
  EXPECT_EQ(config->ca.file, dir.path() / "ca.crt");
}

TEST(KubeConfigTest, AFileThatCannotBeReadIsNamed) {
  const auto config = load_kube_config("/nowhere/config");
  ASSERT_FALSE(config.ok());
  EXPECT_TRUE(config.error().is(KubeConfigError::kUnreadable));
  EXPECT_EQ(config.error().message(), "kubeconfig /nowhere/config: No such file or directory");
}

TEST(KubeConfigTest, APodUsesItsServiceAccount) {
  const TestDirectory dir;
  dir.write("token", "t");
  dir.write("ca.crt", "c");
  dir.write("namespace", "mkb-system\n");
  const auto config = in_cluster_config("10.96.0.1", "443", dir.path());
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->server, "https://10.96.0.1:443");
  EXPECT_EQ(config->name_space, "mkb-system");
  EXPECT_EQ(config->token, (CredentialSource{"", dir.path() / "token"}));
  EXPECT_EQ(config->ca, (CredentialSource{"", dir.path() / "ca.crt"}));
  EXPECT_FALSE(config->insecure_skip_tls_verify);
  EXPECT_EQ(in_cluster_config("fd00::1", "443", dir.path())->server, "https://[fd00::1]:443");
  std::filesystem::remove(dir.path() / "namespace");
  EXPECT_EQ(in_cluster_config("h", "443", dir.path())->name_space, "default");
}

TEST(KubeConfigTest, APodWithoutAServiceAccountIsToldSo) {
  const TestDirectory dir;
  const auto missing = in_cluster_config("h", "443", dir.path());
  ASSERT_FALSE(missing.ok());
  EXPECT_TRUE(missing.error().is(KubeConfigError::kUnreadable));
  EXPECT_THAT(missing.error().message(),
              HasSubstr("token: No such file or directory; automountServiceAccountToken"));
  dir.write("token", "t");
  EXPECT_THAT(in_cluster_config("h", "443", dir.path()).error().message(), HasSubstr("ca.crt"));
  EXPECT_TRUE(in_cluster_config("", "443", dir.path()).error().is(KubeConfigError::kInvalid));
  EXPECT_THAT(in_cluster_config("h", "", dir.path()).error().message(), HasSubstr("KUBERNETES_SERVICE_PORT"));
}

TEST(KubeConfigTest, PlacesAreSearchedInOrder) {
  const TestDirectory dir;
  const auto given = dir.write("given", text_with("given"));
  const auto variable = dir.write("variable", text_with("variable"));
  dir.write(".kube/config", text_with("home"));
  const std::string home = dir.path().string();
  const auto both = environment_of({{"KUBECONFIG", variable.string()}, {"HOME", home}});
  EXPECT_EQ(find_kube_config(given, both)->server, "https://given");
  EXPECT_EQ(find_kube_config({}, both)->server, "https://variable");
  EXPECT_EQ(find_kube_config({}, environment_of({{"HOME", home}}))->server, "https://home");
  EXPECT_EQ(find_kube_config({}, environment_of({{"KUBECONFIG", ""}, {"HOME", home}}))->server,
            "https://home");
}

TEST(KubeConfigTest, APodComesBeforeTheHomeDirectory) {
  const TestDirectory dir;
  dir.write(".kube/config", text_with("home"));
  const auto config =
      find_kube_config({}, environment_of({{"KUBERNETES_SERVICE_HOST", "h"}, {"HOME", dir.path().string()}}));
  ASSERT_FALSE(config.ok()) << "the port is not set";
  EXPECT_THAT(config.error().message(), HasSubstr("KUBERNETES_SERVICE_PORT"));
}

TEST(KubeConfigTest, NothingFoundSaysWhatToGive) {
  const TestDirectory dir;
  for (const auto& environment : {environment_of({}), environment_of({{"HOME", dir.path().string()}})}) {
    const auto config = find_kube_config({}, environment);
    ASSERT_FALSE(config.ok());
    EXPECT_TRUE(config.error().is(KubeConfigError::kUnreadable));
    EXPECT_THAT(config.error().message(),
                HasSubstr("give a kubeconfig file, set KUBECONFIG, or run in a pod"));
  }
}

TEST(KubeConfigTest, AListOfFilesIsRefused) {
  const auto config = find_kube_config({}, environment_of({{"KUBECONFIG", "/a:/b"}}));
  ASSERT_FALSE(config.ok());
  EXPECT_TRUE(config.error().is(KubeConfigError::kUnsupported));
  EXPECT_THAT(config.error().message(), HasSubstr("name one: /a:/b"));
}

TEST(KubeConfigTest, TheProcessEnvironmentIsRead) {
  EXPECT_TRUE(process_environment("PATH").has_value());
  EXPECT_FALSE(process_environment("MKB_NO_SUCH_VARIABLE").has_value());
}

}  // namespace
}  // namespace mkb::kube
