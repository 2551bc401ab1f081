#include "kube/finalizer.h"

#include <algorithm>
#include <string>

namespace mkb::kube {
namespace {

using nlohmann::json;

constexpr const char* kPath = "/metadata/finalizers";

const json& member_of(const json& object, const char* name) {
  static const json none;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? *found : none;
}

const json& finalizers_of(const json& object) {
  return member_of(member_of(object, "metadata"), "finalizers");
}

json operation(const char* name, const std::string& path, const json& value) {
  return {{"op", name}, {"path", path}, {"value", value}};
}

/// That it is still the same object, not a later one of the same name.
json same_object(const json& object) {
  json operations = json::array();
  const json& uid = member_of(member_of(object, "metadata"), "uid");
  if (uid.is_string()) {
    operations.push_back(operation("test", "/metadata/uid", uid));
  }
  return operations;
}

}  // namespace

bool has_finalizer(const json& object, std::string_view finalizer) {
  const json& all = finalizers_of(object);
  return all.is_array() && std::find(all.begin(), all.end(), finalizer) != all.end();
}

std::optional<json> add_finalizer(const json& object, std::string_view finalizer) {
  const json& metadata = member_of(object, "metadata");
  if (has_finalizer(object, finalizer) || !member_of(metadata, "deletionTimestamp").is_null()) {
    return std::nullopt;
  }
  json patch = same_object(object);
  const json& all = finalizers_of(object);
  if (all.is_array() && !all.empty()) {
    patch.push_back(operation("test", kPath, all));
    patch.push_back(operation("add", std::string(kPath) + "/-", finalizer));
    return patch;
  }
  // A list that is not there cannot be tested, and `add` would overwrite one that has come meanwhile.
  const json& version = member_of(metadata, "resourceVersion");
  if (version.is_string()) {
    patch.push_back(operation("test", "/metadata/resourceVersion", version));
  }
  patch.push_back(operation("add", kPath, json::array({finalizer})));
  return patch;
}

std::optional<json> remove_finalizer(const json& object, std::string_view finalizer) {
  if (!has_finalizer(object, finalizer)) {
    return std::nullopt;
  }
  json patch = same_object(object);
  const json& all = finalizers_of(object);
  // From the end, so that the places of those before stay right.
  for (std::size_t i = all.size(); i-- > 0;) {
    if (all[i] == finalizer) {
      const std::string path = std::string(kPath) + "/" + std::to_string(i);
      patch.push_back(operation("test", path, finalizer));
      patch.push_back({{"op", "remove"}, {"path", path}});
    }
  }
  return patch;
}

}  // namespace mkb::kube
