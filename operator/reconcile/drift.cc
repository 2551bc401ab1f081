#include "operator/reconcile/drift.h"

#include <algorithm>

#include "operator/reconcile/digest.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;

/// The member that tells the elements of a list apart, as server-side apply's list map keys do.
const char* key_of(const json& list) {
  for (const char* key : {"name", "uid"}) {
    if (!list.empty() && std::all_of(list.begin(), list.end(), [key](const json& each) {
          return each.is_object() && each.contains(key);
        })) {
      return key;
    }
  }
  return nullptr;
}

bool has(const json& actual, const json& desired);

bool has_list(const json& actual, const json& desired) {
  if (!actual.is_array()) return false;
  if (const char* key = key_of(desired)) {
    return std::all_of(desired.begin(), desired.end(), [&](const json& wanted) {
      return std::any_of(actual.begin(), actual.end(), [&](const json& each) {
        return each.is_object() && each.value(key, json()) == wanted[key] && has(each, wanted);
      });
    });
  }
  return actual.size() == desired.size() &&
         std::equal(actual.begin(), actual.end(), desired.begin(),
                    [](const json& each, const json& wanted) { return has(each, wanted); });
}

/// Maps that server-side apply takes as a whole (x-kubernetes-map-type: atomic): one key more in a selector
/// selects something else.
bool is_whole(std::string_view member) {
  return member == "selector" || member == "matchLabels" || member == "podSelector" ||
         member == "nodeSelector";
}

/// Whether everything in `desired` is in `actual`. The server leaves out what is empty.
bool has(const json& actual, const json& desired) {
  if (desired.is_object()) {
    if (!actual.is_object()) return desired.empty() && actual.is_null();
    return std::all_of(desired.items().begin(), desired.items().end(), [&actual](const auto& item) {
      const auto found = actual.find(item.key());
      if (found == actual.end()) return item.value().empty();
      return is_whole(item.key()) ? *found == item.value() : has(*found, item.value());
    });
  }
  if (desired.is_array()) return desired.empty() ? actual.empty() : has_list(actual, desired);
  return actual == desired;
}

}  // namespace

json with_applied_digest(json desired) {
  const std::string hash = digest(desired.dump());
  desired["metadata"]["annotations"][std::string(kAppliedAnnotation)] = hash;
  return desired;
}

bool drifted(const json& desired, const json& actual) {
  return !has(actual, desired);
}

}  // namespace mkb::reconcile
