#include "dataplane/pod/kube_inputs.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "kube/resource_kind.h"

namespace mkb::dataplane {
namespace {

/// Of a ConfigMap's data.
std::optional<std::string> entry(const nlohmann::json& config_map, std::string_view key) {
  const auto data = config_map.find("data");
  if (data == config_map.end() || !data->is_object()) {
    return std::nullopt;
  }
  const auto found = data->find(std::string(key));
  return found != data->end() && found->is_string() ? std::optional(found->get<std::string>()) : std::nullopt;
}

/// By name, which is what a Role that names its objects lets be watched.
kube::InformerOptions named(const PodIdentity& pod, const std::string& name) {
  return {pod.name_space, "", "metadata.name=" + name};
}

std::string uid_of(const std::string& bridge) {
  const auto document = nlohmann::json::parse(bridge, nullptr, false);
  const auto metadata = document.is_object() ? document.find("metadata") : document.end();
  if (metadata == document.end() || !metadata->is_object()) {
    return {};
  }
  const auto uid = metadata->find("uid");
  return uid != metadata->end() && uid->is_string() ? uid->get<std::string>() : std::string();
}

constexpr std::string_view kBridgeKey = "bridge.yaml";

}  // namespace

KubeInputs::KubeInputs(boost::asio::io_context& io, kube::HttpTransport& transport, const PodIdentity& pod,
                       const std::string& bridge, const Clock& clock,
                       std::function<void(RoutesText)> on_routes,
                       std::function<void(std::string)> on_assignment)
    : io_(io),
      on_routes_(std::move(on_routes)),
      on_assignment_(std::move(on_assignment)),
      routes_([this](const nlohmann::json& object, bool removed) {
        if (!removed) {
          routes_changed(object);
        }
      }),
      assignment_([this](const nlohmann::json& object, bool removed) {
        if (!removed) {
          assignment_changed(object);
        }
      }),
      routes_informer_(transport, kube::kConfigMaps, named(pod, "mkb-" + bridge + "-routes"), routes_, clock),
      assignment_informer_(transport, kube::kConfigMaps, named(pod, pod.name), assignment_, clock) {}

KubeInputs::~KubeInputs() {
  *life_ = nullptr;
}

void KubeInputs::start() {
  routes_informer_.start();
  assignment_informer_.start();
}

void KubeInputs::routes_changed(const nlohmann::json& config_map) {
  auto bridge = entry(config_map, kBridgeKey);
  if (!bridge) {
    return;
  }
  RoutesText text{std::move(*bridge), entry(config_map, api::kShardRecordKey)};
  boost::asio::post(io_, [life = life_, text = std::move(text)] {
    if (*life != nullptr) {
      (*life)->bridge_uid_ = uid_of(text.bridge);
      (*life)->on_routes_(text);
    }
  });
}

void KubeInputs::assignment_changed(const nlohmann::json& config_map) {
  auto text = entry(config_map, api::kAssignmentKey);
  if (!text) {
    return;
  }
  boost::asio::post(io_, [life = life_, text = std::move(*text)] {
    if (*life != nullptr) {
      (*life)->on_assignment_(text);
    }
  });
}

}  // namespace mkb::dataplane
