#include <atomic>
#include <set>
#include <thread>

#include "e2e/kube_client_fixture.h"
#include "e2e/lab/wait.h"

// Objects and logins, against a real API server.
namespace mkb::e2e {
namespace {

using namespace std::chrono_literals;
using kube::ApiError;
using kube::kConfigMaps;
using kube::kSecrets;
using kube::TransportError;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

using KubeClientE2eTest = KubeClientFixture;

TEST_F(KubeClientE2eTest, TheServersCertificateIsVerified) {
  EXPECT_TRUE(get_as(config()).ok());
  auto wrong = config();
  wrong.ca.file = kube().certificates().other_ca;
  const auto refused = get_as(wrong);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().is(TransportError::kTls)) << refused.error().message();
  EXPECT_THAT(refused.error().message(), HasSubstr("certificate is not trusted: "));
  wrong.ca = {};
  EXPECT_TRUE(get_as(wrong).error().is(TransportError::kTls)) << "the system's authorities did not sign it";
  wrong.insecure_skip_tls_verify = true;
  EXPECT_TRUE(get_as(wrong).ok());
}

TEST_F(KubeClientE2eTest, TheServersNameIsVerified) {
  auto named = config();
  named.tls_server_name = "elsewhere.example";
  const auto refused = get_as(named);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().is(TransportError::kTls)) << refused.error().message();
  EXPECT_THAT(refused.error().message(), HasSubstr("another host"));
  named.tls_server_name = "localhost";
  EXPECT_TRUE(get_as(named).ok());
}

TEST_F(KubeClientE2eTest, ARotatedAuthorityIsPickedUp) {
  class HandClock final : public Clock {
   public:
    [[nodiscard]] TimePoint now() const override { return now_; }
    [[nodiscard]] std::int64_t unix_millis() const override { return 0; }
    TimePoint now_{};
  } clock;
  const auto file = kube().kubeconfig().parent_path() / "rotated-ca";
  lab::write_file(file, lab::read_file(kube().certificates().other_ca));
  auto rotated = config();
  rotated.ca.file = file;
  kube::CpprestTransport transport(rotated, clock);
  kube::ApiClient client(transport, "mkb-test");
  EXPECT_TRUE(client.get(kConfigMaps, name_space(), "a").error().is(TransportError::kTls));
  lab::write_file(file, lab::read_file(kube().certificates().ca));
  clock.now_ += 10s;
  EXPECT_TRUE(client.get(kConfigMaps, name_space(), "a").error().is(ApiError::kNotFound));
  lab::write_file(file, "half a certificate");
  clock.now_ += 10s;
  EXPECT_TRUE(client.get(kConfigMaps, name_space(), "a").error().is(ApiError::kNotFound));
}

TEST_F(KubeClientE2eTest, TokensAndCertificatesLogIn) {
  const auto wrong = get_as(with_token("wrong"));
  ASSERT_FALSE(wrong.ok());
  EXPECT_TRUE(wrong.error().is(ApiError::kUnauthorized)) << wrong.error().message();
  const auto joe = get_as(with_token(kJoesToken));
  ASSERT_FALSE(joe.ok());
  EXPECT_TRUE(joe.error().is(ApiError::kForbidden));
  EXPECT_THAT(joe.error().message(), HasSubstr("get namespaces " + name_space() + ": forbidden: "));
  EXPECT_THAT(joe.error().message(), HasSubstr("User \"joe\" cannot get resource"));
  const auto bridge = kube::load_kube_config(kube().certificate_kubeconfig());
  ASSERT_TRUE(bridge.ok()) << bridge.error().message();
  EXPECT_THAT(get_as(*bridge).error().message(), HasSubstr("User \"bridge\" cannot get resource"));
  EXPECT_THAT(get_as(anonymous()).error().message(), HasSubstr("User \"system:anonymous\" cannot"));
}

TEST_F(KubeClientE2eTest, ARotatedTokenIsPickedUpWhenTheOldOneIsRefused) {
  const auto file = kube().kubeconfig().parent_path() / "rotated-token";
  lab::write_file(file, "expired");
  auto rotated = anonymous();
  rotated.token.file = file;
  kube::CpprestTransport transport(rotated, clock_);
  kube::ApiClient client(transport, "mkb-test");
  EXPECT_TRUE(client.get(kConfigMaps, name_space(), "a").error().is(ApiError::kUnauthorized));
  lab::write_file(file, lab::KubeServer::kAdminToken);
  EXPECT_TRUE(client.get(kConfigMaps, name_space(), "a").error().is(ApiError::kNotFound));
}

TEST_F(KubeClientE2eTest, ObjectsAreCreatedReadUpdatedAndRemoved) {
  const auto created = client().create(kConfigMaps, name_space(), config_map("a"));
  ASSERT_TRUE(created.ok()) << created.error().message();
  EXPECT_EQ((*created)["metadata"]["managedFields"][0]["manager"], "mkb-test");
  auto object = *client().get(kConfigMaps, name_space(), "a");
  EXPECT_EQ(object["data"]["key"], "1");

  object["data"]["key"] = "2";
  const auto updated = client().update(kConfigMaps, name_space(), "a", object);
  ASSERT_TRUE(updated.ok()) << updated.error().message();
  EXPECT_EQ((*updated)["data"]["key"], "2");
  const auto outdated = client().update(kConfigMaps, name_space(), "a", object);
  ASSERT_FALSE(outdated.ok());
  EXPECT_TRUE(outdated.error().is(ApiError::kConflict)) << outdated.error().message();

  const std::string uid = object["metadata"]["uid"];
  EXPECT_TRUE(client().remove(kConfigMaps, name_space(), "a", "11111111-2222-3333-4444-555555555555").ok());
  EXPECT_TRUE(client().get(kConfigMaps, name_space(), "a").ok()) << "another uid was meant";
  EXPECT_TRUE(client().remove(kConfigMaps, name_space(), "a", uid).ok());
  EXPECT_TRUE(client().get(kConfigMaps, name_space(), "a").error().is(ApiError::kNotFound));
  EXPECT_TRUE(client().remove(kConfigMaps, name_space(), "a", uid).ok());
  EXPECT_TRUE(client().remove(kConfigMaps, name_space(), "a").ok());
}

TEST_F(KubeClientE2eTest, ApplyTakesFieldsAndWritesNothingWhenNothingChanged) {
  const auto applied = client().apply(kConfigMaps, name_space(), "a", config_map("a"));
  ASSERT_TRUE(applied.ok()) << applied.error().message();
  EXPECT_EQ((*applied)["metadata"]["managedFields"][0]["operation"], "Apply");
  const auto again = client().apply(kConfigMaps, name_space(), "a", config_map("a"));
  EXPECT_EQ((*again)["metadata"]["resourceVersion"], (*applied)["metadata"]["resourceVersion"]);

  kube().kubectl(
      {"-n", name_space(), "patch", "configmap", "a", "-p", R"({"data":{"key":"theirs","b":"c"}})"});
  const auto forced = client().apply(kConfigMaps, name_space(), "a", config_map("a", "ours"));
  ASSERT_TRUE(forced.ok()) << forced.error().message();
  EXPECT_EQ((*forced)["data"], (json{{"key", "ours"}, {"b", "c"}}));
  auto less = config_map("a");
  less.erase("data");
  EXPECT_EQ((*client().apply(kConfigMaps, name_space(), "a", less))["data"], (json{{"b", "c"}}));
}

TEST_F(KubeClientE2eTest, SubresourcesArePatched) {
  const json set = {{"apiVersion", "apps/v1"},
                    {"kind", "StatefulSet"},
                    {"metadata", {{"name", "a"}}},
                    {"spec",
                     {{"serviceName", "a"},
                      {"selector", {{"matchLabels", {{"app", "a"}}}}},
                      {"template",
                       {{"metadata", {{"labels", {{"app", "a"}}}}},
                        {"spec", {{"containers", {{{"name", "c"}, {"image", "none"}}}}}}}}}}};
  ASSERT_TRUE(client().apply(kube::kStatefulSets, name_space(), "a", set).ok());
  const json status = {{"apiVersion", "apps/v1"},
                       {"kind", "StatefulSet"},
                       {"status", {{"replicas", 7}, {"readyReplicas", 3}}}};
  const auto applied = client().apply(kube::kStatefulSets, name_space(), "a", status, "status");
  ASSERT_TRUE(applied.ok()) << applied.error().message();
  EXPECT_EQ((*applied)["status"]["readyReplicas"], 3);
  EXPECT_EQ((*applied)["spec"]["replicas"], 1);
  const auto scaled =
      client().merge_patch(kube::kStatefulSets, name_space(), "a", {{"spec", {{"replicas", 5}}}}, "scale");
  ASSERT_TRUE(scaled.ok()) << scaled.error().message();
  EXPECT_EQ((*scaled)["spec"]["replicas"], 5);
}

TEST_F(KubeClientE2eTest, PatchesAreConditional) {
  const auto created = *client().create(kConfigMaps, name_space(), config_map("a"));
  const auto operations = [](const std::string& version) {
    return json::array({{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", version}},
                        {{"op", "replace"}, {"path", "/data/key"}, {"value", "2"}}});
  };
  const std::string version = created["metadata"]["resourceVersion"];
  EXPECT_EQ((*client().json_patch(kConfigMaps, name_space(), "a", operations(version)))["data"]["key"], "2");
  const auto failed = client().json_patch(kConfigMaps, name_space(), "a", operations(version));
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(failed.error().is(ApiError::kInvalid)) << failed.error().message();
  const auto merged =
      client().merge_patch(kConfigMaps, name_space(), "a", {{"data", {{"key", nullptr}, {"b", "c"}}}});
  EXPECT_EQ((*merged)["data"], (json{{"b", "c"}}));
}

TEST_F(KubeClientE2eTest, RefusalsAreMapped) {
  EXPECT_TRUE(client().get(kConfigMaps, name_space(), "a").error().is(ApiError::kNotFound));
  EXPECT_EQ(client().get(kConfigMaps, name_space(), "a").error().message(),
            "get configmaps " + name_space() + "/a: not found: configmaps \"a\" not found");
  ASSERT_TRUE(client().create(kConfigMaps, name_space(), config_map("a")).ok());
  EXPECT_TRUE(
      client().create(kConfigMaps, name_space(), config_map("a")).error().is(ApiError::kAlreadyExists));
  const auto invalid = client().create(kConfigMaps, name_space(), config_map("Not A Name"));
  ASSERT_FALSE(invalid.ok());
  EXPECT_TRUE(invalid.error().is(ApiError::kInvalid));
  EXPECT_THAT(invalid.error().message(), HasSubstr("metadata.name"));
  auto nonsense = config_map("b");
  nonsense["data"] = 7;
  EXPECT_TRUE(client().create(kConfigMaps, name_space(), nonsense).error().is(ApiError::kInvalid));
  constexpr kube::ResourceKind kUnknown{"mkb.example", "v1", "things", "Thing"};
  EXPECT_TRUE(client().get(kUnknown, name_space(), "a").error().is(ApiError::kNotFound));

  kube::CpprestTransport transport(with_token(kJoesToken), clock_);
  kube::ApiClient joe(transport, "mkb-test");
  EXPECT_TRUE(joe.apply(kConfigMaps, name_space(), "a", config_map("a")).error().is(ApiError::kForbidden));
  EXPECT_TRUE(joe.remove(kConfigMaps, name_space(), "a").error().is(ApiError::kForbidden));

  const auto expired = this->transport().send(list("limit=1&continue=nonsense"), {});
  ASSERT_TRUE(expired.ok());
  EXPECT_EQ(expired->status, 400);
}

TEST_F(KubeClientE2eTest, MetadataOfASecretComesWithoutItsData) {
  const json secret = {{"apiVersion", "v1"},
                       {"kind", "Secret"},
                       {"metadata", {{"name", "s"}}},
                       {"stringData", {{"password", "hunter2"}}}};
  ASSERT_TRUE(client().create(kSecrets, name_space(), secret).ok());
  const auto metadata = client().get_metadata(kSecrets, name_space(), "s");
  ASSERT_TRUE(metadata.ok()) << metadata.error().message();
  EXPECT_FALSE(metadata->contains("data"));
  EXPECT_THAT(metadata->dump(), Not(HasSubstr("aHVudGVyMg==")));
  EXPECT_EQ((*metadata)["metadata"]["name"], "s");
  EXPECT_NE((*metadata)["metadata"]["resourceVersion"], "");
  EXPECT_TRUE(client().get_metadata(kSecrets, name_space(), "t").error().is(ApiError::kNotFound));
}

TEST_F(KubeClientE2eTest, ALargeListComesInPages) {
  constexpr int kObjects = 2000;
  constexpr int kThreads = 8;
  std::atomic<int> made{0};
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int n = t; n < kObjects; n += kThreads) {
          const auto name = "c" + std::to_string(n);
          if (client().apply(kConfigMaps, name_space(), name, config_map(name)).ok()) ++made;
        }
      });
    }
  }
  ASSERT_EQ(made, kObjects);
  std::set<std::string> names;
  int pages = 0;
  for (std::string token;; ++pages) {
    const auto page = transport().send(list("limit=500" + (token.empty() ? "" : "&continue=" + token)), {});
    ASSERT_TRUE(page.ok()) << page.error().message();
    ASSERT_EQ(page->status, 200) << page->body;
    const auto listed = json::parse(page->body);
    for (const auto& item : listed["items"]) names.insert(item["metadata"]["name"]);
    token = listed["metadata"].value("continue", "");
    if (token.empty()) break;
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kObjects));
  EXPECT_EQ(pages + 1, 4);
  const auto whole = transport().send(list(""), {});
  ASSERT_TRUE(whole.ok()) << whole.error().message();
  EXPECT_EQ(json::parse(whole->body)["items"].size(), static_cast<std::size_t>(kObjects));
}

}  // namespace
}  // namespace mkb::e2e
