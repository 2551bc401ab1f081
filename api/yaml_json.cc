#include "api/yaml_json.h"

#include <cstddef>
#include <nlohmann/json.hpp>

#include "api/plain_scalar.h"

namespace mkb::api {
namespace {

using nlohmann::json;
using NodeKind = YamlNode::Kind;

json scalar(const YamlNode& node) {
  const std::string& text = node.scalar;
  if (!node.plain) return text;
  if (text == "true" || text == "false") return text == "true";
  if (!looks_like_number(text)) return text;
  // What JSON does not take for a number, such as 0x10 or .5, stays the text that it is.
  json number = json::parse(text, nullptr, false);
  return number.is_number() ? number : json(text);
}

json value(const YamlNode& node) {
  if (node.kind == NodeKind::kNull) return nullptr;
  if (node.kind == NodeKind::kScalar) return scalar(node);
  if (node.kind == NodeKind::kSequence) {
    json list = json::array();
    for (const YamlNode* child : node.children) list.push_back(value(*child));
    return list;
  }
  json map = json::object();
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const YamlNode& key = *node.children[i];
    if (key.kind == NodeKind::kScalar) map[key.scalar] = value(*node.children[i + 1]);
  }
  return map;
}

}  // namespace

std::string json_text(const YamlNode& node) {
  return value(node).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace mkb::api
