#include "e2e/crd_fixture.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include "e2e/lab/process.h"
#include "e2e/lab/wait.h"

namespace mkb::e2e {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

struct Shared {
  lab::TempDir dir{"kube-resource"};
  lab::KubeServer server{dir.path()};
};

std::unique_ptr<Shared>& shared() {
  static std::unique_ptr<Shared> value;
  return value;
}

// kubectl prints one paragraph for each refused document, which names it.
std::string paragraph_about(const std::string& output, const std::string& name) {
  const std::size_t start = output.find("\"" + name + "\" is invalid");
  if (start == std::string::npos) return "";
  return output.substr(start, output.find("\nThe MqttKafkaBridge", start) - start);
}

}  // namespace

void CrdFixture::SetUpTestSuite() {
  shared() = std::make_unique<Shared>();
  server().start();
  server().kubectl(
      {"apply", "--validate=strict", "-f", MKB_SOURCE_DIR "/crds/mqttkafka.io_mqttkafkabridges.yaml"});
  server().kubectl(
      {"wait", "--for=condition=Established", "--timeout=30s", "crd/mqttkafkabridges.mqttkafka.io"});
  // The definition is established before every part of the server serves it.
  lab::wait_until(
      [] {
        return kubectl({"get", "mkb"}).starts_with("No resources found");
      },
      30s, "the server to serve bridges");
}

void CrdFixture::TearDownTestSuite() {
  if (testing::UnitTest::GetInstance()->current_test_suite()->Failed()) shared()->dir.keep();
  shared().reset();
}

lab::KubeServer& CrdFixture::server() {
  return shared()->server;
}

std::string CrdFixture::kubectl(const std::vector<std::string>& arguments, const std::string& input) {
  return server().try_kubectl(arguments, input, server().kubeconfig()).text;
}

std::vector<std::string> CrdFixture::refusals(const std::vector<json>& documents) {
  const auto name_of = [](std::size_t index) { return "document-" + std::to_string(index); };
  std::string input;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    json document = documents[i];
    document["metadata"]["name"] = name_of(i);
    input += document.dump() + "\n---\n";
  }
  const std::string output = kubectl({"create", "--dry-run=server", "--validate=strict", "-f", "-"}, input);
  std::vector<std::string> answers;
  answers.reserve(documents.size());
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const bool taken = output.find("/" + name_of(i) + " created") != std::string::npos;
    answers.push_back(taken ? "" : paragraph_about(output, name_of(i)));
    if (!taken && answers.back().empty()) answers.back() = "neither taken nor refused:\n" + output;
  }
  return answers;
}

json CrdFixture::sample(const std::string& name) {
  return {{"apiVersion", "mqttkafka.io/v1alpha1"},
          {"kind", "MqttKafkaBridge"},
          {"metadata", {{"name", name}, {"namespace", "default"}}},
          {"spec",
           {{"mqtt", {{"servers", {"mqtts://h"}}}},
            {"kafka", {{"bootstrapServers", {"k:1"}}}},
            {"mqttToKafka", {{{"name", "up"}, {"filters", {"a/+/c"}}, {"topic", "t"}, {"key", "k"}}}},
            {"kafkaToMqtt", {{{"name", "down"}, {"topics", {"c"}}, {"topic", "cmd"}}}}}}};
}

std::string repository_file(const std::string& path) {
  return lab::read_file(std::string(MKB_SOURCE_DIR) + "/" + path);
}

}  // namespace mkb::e2e
