#include "kube/list_page.h"

#include <utility>

#include "kube/json_member.h"
#include "kube/json_nesting.h"

namespace mkb::kube {
namespace {

using nlohmann::json;

Error garbage(const std::string& why) {
  return {ListError::kGarbage, "a list that " + why};
}

}  // namespace

Result<ListPage> decode_list_page(std::string_view body, const std::function<void(json)>& on_object) {
  if (nested_deeper_than(body, kDeepestJson)) {
    return garbage("is nested too deep");
  }
  std::string member;     // of the list itself
  bool in_items = false;  // inside the array of objects
  const auto filter = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth == 1 && event == json::parse_event_t::key) {
      member = parsed.get<std::string>();
      in_items = false;
    } else if (depth == 1 && event == json::parse_event_t::array_start) {
      in_items = member == "items";
    } else if (depth == 2 && event == json::parse_event_t::object_end && in_items) {
      on_object(std::move(parsed));
      return false;
    }
    return true;
  };
  const json list = json::parse(body, filter, false);
  if (!list.is_object()) {
    return garbage("is no JSON object");
  }
  // A list of nothing may come as null.
  const auto items = list.find("items");
  if (items == list.end() || !(items->is_array() || items->is_null())) {
    return garbage("has no items");
  }
  if (items->is_array() && !items->empty()) {
    return garbage("has items that are no objects");
  }
  const auto metadata = list.find("metadata");
  ListPage page;
  if (metadata != list.end()) {
    page.resource_version = text_in(*metadata, "resourceVersion");
    page.continue_token = text_in(*metadata, "continue");
  }
  if (page.resource_version.empty()) {
    return garbage("has no resourceVersion");
  }
  return page;
}

}  // namespace mkb::kube
