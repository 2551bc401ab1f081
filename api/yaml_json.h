#pragma once

#include <string>

#include "api/yaml_tree.h"

namespace mkb::api {

/// The value as compact JSON with sorted keys. Scalars without quotes become numbers, truth values or null as
/// JSON writes them, and texts otherwise; so JSON comes back as it was, but for numbers that no double holds.
/// Keys that are not texts were reported by YamlTree; here they are left out.
std::string json_text(const YamlNode& node);

}  // namespace mkb::api
