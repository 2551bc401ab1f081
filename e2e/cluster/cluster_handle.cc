#include "e2e/cluster/cluster_handle.h"

#include <cstdlib>

#include "e2e/lab/lab_error.h"
#include "e2e/lab/temp_dir.h"
#include "kube/kube_config.h"

namespace mkb::e2e {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string line_of(const std::vector<std::string>& command) {
  std::string line;
  for (const auto& word : command) line += (line.empty() ? "" : " ") + word;
  return line;
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \n") + 1);
  return text;
}

}  // namespace

ClusterHandle::ClusterHandle() : script_(variable("MKB_CLUSTER")), address_(variable("MKB_E2E_ADDRESS")) {
  if (variable("KUBECONFIG").empty()) {
    throw lab::LabError("set KUBECONFIG to a cluster for tests, or use ./mkb e2e");
  }
  if (address_.empty() && script_.empty()) {
    throw lab::LabError("set MKB_E2E_ADDRESS to this machine's address as pods of the cluster see it");
  }
  if (address_.empty()) address_ = trimmed(script({"address"}));
  if (auto config = kube::load_kube_config(variable("KUBECONFIG"))) {
    transport_ = std::make_unique<kube::CpprestTransport>(std::move(*config), clock_);
  }
}

lab::Output ClusterHandle::try_kubectl(const std::vector<std::string>& arguments,
                                       const std::string& input) const {
  std::vector<std::string> command;
  const lab::TempDir dir("kubectl");
  if (!input.empty()) {
    const auto file = dir.path() / "input";
    lab::write_file(file, input);
    command = {"sh", "-c", R"(input=$0; exec "$@" <"$input")", file.string()};
  }
  command.emplace_back("kubectl");
  command.insert(command.end(), arguments.begin(), arguments.end());
  return lab::run(command, std::chrono::seconds(180));
}

std::string ClusterHandle::kubectl(const std::vector<std::string>& arguments,
                                   const std::string& input) const {
  auto output = try_kubectl(arguments, input);
  if (output.status.code == 0) return std::move(output.text);
  throw lab::LabError("kubectl " + line_of(arguments) + " failed:\n" + output.text);
}

void ClusterHandle::apply(const nlohmann::json& object) const {
  kubectl({"apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", "-"}, object.dump());
}

nlohmann::json ClusterHandle::get(const kube::ResourceKind& kind, const std::string& name,
                                  const std::string& name_space) const {
  std::string text;
  if (transport_ != nullptr) {
    kube::HttpRequest request;
    request.target = kind.object(name_space, name);
    request.timeout = std::chrono::seconds(5);
    const auto answer = transport_->send(request, {});
    if (!answer || answer->status != 200) return {};
    text = answer->body;
  } else {
    const std::string type =
        std::string(kind.plural) + (kind.group.empty() ? "" : "." + std::string(kind.group));
    text = try_kubectl({"get", type, name, "-n", name_space, "-o", "json", "--request-timeout=5s"}).text;
  }
  auto object = nlohmann::json::parse(text, nullptr, false);
  return object.is_object() ? object : nlohmann::json();
}

void ClusterHandle::signal(const std::string& name_space, const std::string& pod,
                           const std::string& name) const {
  script({"signal", name_space, pod, name});
}

std::string ClusterHandle::script(const std::vector<std::string>& arguments) const {
  if (script_.empty()) {
    throw lab::LabError("set MKB_CLUSTER to a script like e2e/kind/cluster: this test does things to nodes");
  }
  std::vector<std::string> command{script_};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto output = lab::run(command, std::chrono::seconds(120));
  if (output.status.code == 0) return std::move(output.text);
  throw lab::LabError(line_of(command) + " failed:\n" + output.text);
}

}  // namespace mkb::e2e
