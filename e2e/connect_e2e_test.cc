#include "e2e/bridge_fixture.h"
#include "e2e/lab/free_port.h"
#include "e2e/lab/http.h"

// Ways not to get into an MQTT broker, each with the words that tell an operator what to do, and the ways in.
namespace mkb::e2e {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class ConnectE2eTest : public BridgeFixture {
 protected:
  // No message flows in these tests, so Kafka's address need not answer.
  static lab::BridgeConfig config(const std::string& uri, const std::string& mqtt_lines = "") {
    lab::BridgeConfig made;
    made.mqtt_servers = {uri};
    made.mqtt = mqtt_lines;
    made.kafka_bootstrap = "127.0.0.1:" + std::to_string(lab::free_port());
    made.routes = "- {name: telemetry, filters: [vehicles/#], qos: 1, topic: telemetry, key: \"${topic}\"}\n";
    return made;
  }

  static nlohmann::json session(const lab::Bridge& bridge) { return bridge.status().at("sessions").at(0); }

  // Waits for a connection error of that kind: counted in the status and in the metrics, told in words in
  // both the status and the log, and the process neither ready nor ended.
  static void expect_error(lab::Bridge& bridge, const std::string& kind, const std::string& words) {
    lab::wait_until([&] { return session(bridge).at("errors").value(kind, 0) >= 1; }, 20s,
                    "an error of kind " + kind);
    EXPECT_THAT(session(bridge).at("last_error").get<std::string>(), ContainsRegex(words));
    EXPECT_THAT(bridge.log_text(), ContainsRegex(words));
    EXPECT_EQ(lab::http_get(bridge.admin_port(), "/readyz").status, 503);
    EXPECT_EQ(lab::http_get(bridge.admin_port(), "/healthz").status, 200);
    double counted = 0;
    for (const auto& [series, value] : bridge.metrics()) {
      if (series.find("errors_total") != std::string::npos &&
          series.find('"' + kind + '"') != std::string::npos) {
        counted += value;
      }
    }
    EXPECT_GE(counted, 1) << "no metric counts errors of kind " << kind;
    EXPECT_TRUE(bridge.process().running());
  }

  static void expect_ready(lab::Bridge& bridge) {
    lab::wait_until([&] { return session(bridge).at("ready") == true; }, 20s, "the session to be ready");
  }
};

TEST_F(ConnectE2eTest, NobodyListens) {
  const auto port = std::to_string(lab::free_port());
  lab::Bridge bridge(dir(), to_yaml(config("mqtt://127.0.0.1:" + port)));
  bridge.start();
  expect_error(bridge, "network", "127.0.0.1:" + port + ".*refused");
  EXPECT_EQ(bridge.terminate().code, 0) << "nothing was in flight";
}

TEST_F(ConnectE2eTest, AHostThatDoesNotExist) {
  lab::Bridge bridge(dir(), to_yaml(config("mqtt://no-such-host.invalid:1883")));
  bridge.start();
  expect_error(bridge, "network", "no-such-host\\.invalid");
}

TEST_F(ConnectE2eTest, CredentialsAreCheckedAndNeverShown) {
  lab::MosquittoOptions options;
  options.users = {{"bridge", "correct-horse"}};
  lab::Mosquitto mosquitto(dir(), options);
  mosquitto.start();
  for (const auto* version : {"5", "3.1.1"}) {
    SCOPED_TRACE(version);
    const std::string name = std::string("bridge-") + version;
    const std::string lines = std::string("auth: {secretRef: {name: broker}}\nversion: ") + version;
    {
      lab::BridgeOptions wrong;
      wrong.secrets["broker"] = {{"username", "bridge"}, {"password", "battery-staple"}};
      lab::Bridge bridge(dir(), to_yaml(config(mosquitto.uri(), lines)), wrong, name + "-wrong");
      bridge.start();
      expect_error(bridge, "refused", "[Nn]ot authori[sz]ed|[Bb]ad user ?name or password");
      EXPECT_THAT(bridge.log_text(), Not(HasSubstr("battery-staple")));
      EXPECT_THAT(bridge.status().dump(), Not(HasSubstr("battery-staple")));
    }
    lab::BridgeOptions right;
    right.secrets["broker"] = {{"username", "bridge"}, {"password", "correct-horse\n"}};
    lab::Bridge bridge(dir(), to_yaml(config(mosquitto.uri(), lines)), right, name + "-right");
    bridge.start();
    expect_ready(bridge);
    EXPECT_THAT(bridge.log_text(), Not(HasSubstr("correct-horse")));
  }
}

class TlsE2eTest : public ConnectE2eTest {
 protected:
  TlsE2eTest() : certificates_(lab::make_certificates(dir())) {}

  lab::Mosquitto& start_mosquitto(bool require_client_certificate) {
    lab::MosquittoOptions options;
    options.tls = certificates_;
    options.require_client_certificate = require_client_certificate;
    mosquitto_ = std::make_unique<lab::Mosquitto>(dir(), options);
    mosquitto_->start();
    return *mosquitto_;
  }

  // A bridge that trusts `ca`, with or without a client certificate.
  std::unique_ptr<lab::Bridge> bridge(const std::filesystem::path& ca, bool with_certificate,
                                      const std::string& host = "localhost",
                                      const std::string& server_name = "") {
    lab::BridgeOptions options;
    options.secrets["ca"] = {{"ca.crt", lab::read_file(ca)}};
    std::string lines = "tls:\n  caSecretRef: {name: ca}\n";
    if (with_certificate) {
      options.secrets["client"] = {{"tls.crt", lab::read_file(certificates_.client)},
                                   {"tls.key", lab::read_file(certificates_.client_key)}};
      lines += "  certSecretRef: {name: client}\n";
    }
    if (!server_name.empty()) lines += "  serverName: " + server_name + "\n";
    auto made = std::make_unique<lab::Bridge>(
        dir(), to_yaml(config("mqtts://" + host + ":" + std::to_string(mosquitto_->tls_port()), lines)),
        options, "bridge-" + std::to_string(++made_));
    made->start();
    return made;
  }

  lab::Certificates certificates_;
  std::unique_ptr<lab::Mosquitto> mosquitto_;
  int made_ = 0;
};

TEST_F(TlsE2eTest, TrustedCertificateIsAcceptedByNameAndByAddress) {
  start_mosquitto(false);
  expect_ready(*bridge(certificates_.ca, false, "localhost"));
  expect_ready(*bridge(certificates_.ca, false, "127.0.0.1"));
  expect_ready(*bridge(certificates_.ca, false, "127.0.0.1", "localhost"));
}

TEST_F(TlsE2eTest, CertificateOfAnotherAuthorityIsRefused) {
  start_mosquitto(false);
  expect_error(*bridge(certificates_.other_ca, false), "tls", "certificate");
}

TEST_F(TlsE2eTest, CertificateForAnotherNameIsRefused) {
  start_mosquitto(false);
  expect_error(*bridge(certificates_.ca, false, "127.0.0.1", "broker.example"), "tls",
               "broker\\.example|[Hh]ost ?name");
}

TEST_F(TlsE2eTest, ClientCertificateLetsIn) {
  start_mosquitto(true);
  expect_ready(*bridge(certificates_.ca, true));
}

TEST_F(TlsE2eTest, MissingClientCertificateIsAnError) {
  start_mosquitto(true);
  auto without = bridge(certificates_.ca, false);
  lab::wait_until([&] { return !session(*without).at("last_error").get<std::string>().empty(); }, 20s,
                  "an error");
  EXPECT_EQ(session(*without).at("ready"), false);
}

TEST_F(TlsE2eTest, PlainTextServerIsAnError) {
  auto& mosquitto = start_mosquitto(false);
  lab::BridgeOptions options;
  options.secrets["ca"] = {{"ca.crt", lab::read_file(certificates_.ca)}};
  lab::Bridge bridge(dir(),
                     to_yaml(config("mqtts://localhost:" + std::to_string(mosquitto.port()),
                                    "tls: {caSecretRef: {name: ca}}")),
                     options);
  bridge.start();
  lab::wait_until([&] { return !session(bridge).at("last_error").get<std::string>().empty(); }, 30s,
                  "an error");
  EXPECT_EQ(session(bridge).at("ready"), false);
}

}  // namespace
}  // namespace mkb::e2e
