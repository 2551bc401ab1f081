#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/kube_config.h"

namespace mkb::kube {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kPem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const std::string kPemData =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBQUEKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=";
const std::string kKey = "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----";
const std::string kKeyData =
    "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCkJCQkIKLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQ==";

std::string text_of(const std::string& cluster, const std::string& user, const std::string& context = "") {
  return "apiVersion: v1\nkind: Config\npreferences: {}\ncurrent-context: here\n"
         "clusters:\n- name: other\n  cluster: {server: 'https://other'}\n- name: c\n  cluster:\n    " +
         cluster + "\nusers:\n- name: u\n  user:\n    " + user +
         "\ncontexts:\n- name: here\n  context:\n    cluster: c\n    user: u\n    " + context + "\n";
}
const std::string kServer = "server: https://127.0.0.1:6443";
const std::string kToken = "token: abc";

Result<KubeConfig> parse(const std::string& text) {
  return parse_kube_config(text, "/etc/mkb/config");
}

std::string refusal(const std::string& text, KubeConfigError code = KubeConfigError::kInvalid) {
  const auto config = parse(text);
  if (config.ok()) return "accepted";
  EXPECT_TRUE(config.error().is(code)) << config.error().message();
  return config.error().message();
}

TEST(KubeConfigParseTest, TheCurrentContextIsRead) {
  const auto config = parse(text_of(kServer, kToken, "namespace: fleets"));
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->server, "https://127.0.0.1:6443");
  EXPECT_EQ(config->name_space, "fleets");
  EXPECT_EQ(config->token, (CredentialSource{"abc", {}}));
  EXPECT_TRUE(config->ca.empty());
  EXPECT_TRUE(config->certificate.empty());
  EXPECT_TRUE(config->key.empty());
  EXPECT_EQ(config->tls_server_name, "");
  EXPECT_FALSE(config->insecure_skip_tls_verify);
}

TEST(KubeConfigParseTest, DefaultsAreThoseOfKubectl) {
  const auto config = parse(text_of(kServer, kToken));
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->name_space, "default");
}

TEST(KubeConfigParseTest, JsonIsReadToo) {
  const auto config = parse(R"({"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c"}}],)"
                            R"("clusters":[{"name":"c","cluster":{"server":"https://h"}}],"users":null})");
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->server, "https://h");
  EXPECT_TRUE(config->token.empty());
}

TEST(KubeConfigParseTest, ServersAreUrls) {
  for (const std::string server : {"https://h", "https://h:1", "http://127.0.0.1:8001", "https://[::1]:6443",
                                   "https://h.example/k8s/clusters/c-1", "https://h:65535"}) {
    const auto config = parse(text_of("server: '" + server + "'", kToken));
    ASSERT_TRUE(config.ok()) << config.error().message();
    EXPECT_EQ(config->server, server);
  }
  EXPECT_EQ(parse(text_of("server: https://h:6443///", kToken))->server, "https://h:6443");
  for (const std::string server :
       {"h:6443", "ftp://h", "https://", "https:///x", "https://h:0", "https://h:x", "https://h:70000",
        "https://h:", "https://u@h", "https://h?x", "https://a b"}) {
    EXPECT_THAT(refusal(text_of("server: '" + server + "'", kToken)),
                HasSubstr("clusters[1].cluster.server: \"" + server +
                          "\" is no URL of an API server; write "
                          "https://HOST:PORT"))
        << server;
  }
  EXPECT_THAT(refusal(text_of("tls-server-name: x", kToken)),
              HasSubstr("clusters[1].cluster.server: is missing; write the URL"));
}

TEST(KubeConfigParseTest, CertificatesAreFilesBesideTheConfig) {
  const auto config =
      parse(text_of(kServer + "\n    certificate-authority: ca.crt",
                    "client-certificate: /abs/client.crt\n    client-key: ../keys/client.key"));
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->ca, (CredentialSource{"", "/etc/mkb/ca.crt"}));
  EXPECT_EQ(config->certificate, (CredentialSource{"", "/abs/client.crt"}));
  EXPECT_EQ(config->key, (CredentialSource{"", "/etc/mkb/../keys/client.key"}));
}

TEST(KubeConfigParseTest, CertificatesMayBeInlineAndThenWin) {
  const auto config = parse(text_of(
      kServer + "\n    certificate-authority: ca.crt\n    certificate-authority-data: " + kPemData,
      "client-certificate-data: " + kPemData + "\n    client-key-data: " + kKeyData + "\n    client-key: x"));
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->ca, (CredentialSource{kPem, ""}));
  EXPECT_EQ(config->certificate, (CredentialSource{kPem, ""}));
  EXPECT_EQ(config->key, (CredentialSource{kKey, ""}));
}

TEST(KubeConfigParseTest, InlineCertificatesAreCheckedAndNeverQuoted) {
  const auto no_base64 = refusal(text_of(kServer + "\n    certificate-authority-data: $$$$", kToken));
  EXPECT_THAT(no_base64,
              HasSubstr("/etc/mkb/config:11:33: clusters[1].cluster.certificate-authority-data: is no "
                        "base64; write the file's bytes in base64"));
  EXPECT_THAT(no_base64, Not(HasSubstr("$$")));
  EXPECT_THAT(refusal(text_of(kServer + "\n    certificate-authority-data: abc", kToken)),
              HasSubstr("no base64"));
  EXPECT_THAT(refusal(text_of(kServer + "\n    certificate-authority-data: " + kKeyData, kToken)),
              HasSubstr("holds no PEM CERTIFICATE; encode the PEM file"));
  const auto swapped = refusal(
      text_of(kServer, "client-certificate-data: " + kPemData + "\n    client-key-data: " + kPemData));
  EXPECT_THAT(swapped, HasSubstr("users[0].user.client-key-data: holds no PEM PRIVATE KEY"));
  EXPECT_THAT(swapped, Not(HasSubstr("AAAA")));
}

TEST(KubeConfigParseTest, CertificateAndKeyBelongTogether) {
  EXPECT_THAT(
      refusal(text_of(kServer, "client-certificate: a")),
      HasSubstr("users[0].user.client-key: is missing; client-certificate and client-key belong together"));
  EXPECT_THAT(refusal(text_of(kServer, "client-key: a")),
              HasSubstr("users[0].user.client-certificate: is missing"));
}

TEST(KubeConfigParseTest, ATokenFileWins) {
  const auto config = parse(text_of(kServer, "token: abc\n    tokenFile: run/token"));
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->token, (CredentialSource{"", "/etc/mkb/run/token"}));
}

TEST(KubeConfigParseTest, ATokenMayLookLikeANumberButIsOneWord) {
  EXPECT_EQ(parse(text_of(kServer, "token: 12345"))->token.text, "12345");
  const auto message = refusal(text_of(kServer, "token: \"hunter2\\r\\nX: y\""));
  EXPECT_THAT(message, HasSubstr("users[0].user.token: holds white space"));
  EXPECT_THAT(message, Not(HasSubstr("hunter2")));
}

TEST(KubeConfigParseTest, TlsOptions) {
  EXPECT_TRUE(
      parse(text_of(kServer + "\n    insecure-skip-tls-verify: true", kToken))->insecure_skip_tls_verify);
  EXPECT_FALSE(
      parse(text_of(kServer + "\n    insecure-skip-tls-verify: false", kToken))->insecure_skip_tls_verify);
  EXPECT_EQ(parse(text_of(kServer + "\n    tls-server-name: api.example", kToken))->tls_server_name,
            "api.example");
  EXPECT_THAT(refusal(text_of(kServer + "\n    insecure-skip-tls-verify: maybe", kToken)),
              HasSubstr("clusters[1].cluster.insecure-skip-tls-verify: is neither true nor false"));
  EXPECT_THAT(
      refusal(
          text_of(kServer + "\n    insecure-skip-tls-verify: true\n    certificate-authority: ca", kToken)),
      HasSubstr("insecure-skip-tls-verify: contradicts certificate-authority; remove one of the two"));
}

TEST(KubeConfigParseTest, OtherWaysToLogInAreRefused) {
  const auto unsupported = [](const std::string& user) {
    return refusal(text_of(kServer, user), KubeConfigError::kUnsupported);
  };
  EXPECT_THAT(
      unsupported("exec: {command: aws, apiVersion: x}"),
      HasSubstr("users[0].user.exec: credential plugins are not run by this client; use token, tokenFile or "
                "client-certificate"));
  EXPECT_THAT(unsupported("auth-provider: {name: gcp}"),
              HasSubstr("users[0].user.auth-provider: auth providers are not supported; use token"));
  const auto basic = unsupported("username: joe\n    password: hunter2");
  EXPECT_THAT(basic, HasSubstr("users[0].user.username: basic authentication is not supported"));
  EXPECT_THAT(basic, HasSubstr("(and 1 more problems)"));
  EXPECT_THAT(basic, Not(HasSubstr("hunter2")));
  EXPECT_THAT(unsupported("as: joe"), HasSubstr("impersonation is not supported"));
  EXPECT_THAT(unsupported("as-groups: [x]"), HasSubstr("impersonation is not supported"));
  EXPECT_THAT(refusal(text_of(kServer + "\n    proxy-url: http://p", kToken), KubeConfigError::kUnsupported),
              HasSubstr("clusters[1].cluster.proxy-url: proxies are not supported"));
}

TEST(KubeConfigParseTest, FieldsOfNoUseAreSkipped) {
  EXPECT_TRUE(parse(text_of(kServer + "\n    disable-compression: true\n    extensions: [{name: minikube}]",
                            kToken + "\n    extensions: []", "extensions: {a: b}"))
                  .ok());
}

TEST(KubeConfigParseTest, NamesThatLeadNowhereAreExplained) {
  const std::string good = text_of(kServer, kToken);
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  EXPECT_THAT(
      refusal(with("current-context: here", "current-context: there")),
      HasSubstr("/etc/mkb/config:4:18: current-context: names \"there\", which is not in contexts; use one "
                "that is: \"here\""));
  EXPECT_THAT(refusal(with("current-context: here", "")),
              HasSubstr("current-context: is missing; name the context to use"));
  EXPECT_THAT(refusal(with("current-context: here", "current-context: ''")), HasSubstr("is missing"));
  EXPECT_THAT(
      refusal(with("    cluster: c\n", "    cluster: d\n")),
      HasSubstr("contexts[0].context.cluster: names \"d\", which is not in clusters; use one that is: "
                "\"other\", \"c\""));
  EXPECT_THAT(refusal(with("    cluster: c\n", "")),
              HasSubstr("contexts[0].context.cluster: is missing; name one of clusters: \"other\", \"c\""));
  EXPECT_THAT(
      refusal(with("    user: u\n", "    user: v\n")),
      HasSubstr("contexts[0].context.user: names \"v\", which is not in users; use one that is: \"u\""));
}

TEST(KubeConfigParseTest, WrongShapesAreExplained) {
  EXPECT_THAT(refusal("- a\n"), HasSubstr("/etc/mkb/config"));
  EXPECT_THAT(refusal("a: [b\n"), HasSubstr("/etc/mkb/config"));
  EXPECT_THAT(refusal(""), HasSubstr("/etc/mkb/config"));
  EXPECT_THAT(refusal("current-context: x\ncontexts: {}\n"), HasSubstr("contexts"));
  EXPECT_THAT(refusal("current-context: x\ncontexts: [x]\n"), HasSubstr("contexts[0]"));
  EXPECT_THAT(refusal("current-context: x\ncontexts: [{name: x}]\n"),
              HasSubstr("contexts[0].context: is missing; write context: {...}"));
  EXPECT_THAT(refusal("current-context: x\ncontexts: [{name: x, context: y}]\n"),
              HasSubstr("contexts[0].context: is no mapping"));
  EXPECT_THAT(refusal("current-context: [x]\n"), HasSubstr("current-context"));
}

}  // namespace
}  // namespace mkb::kube
