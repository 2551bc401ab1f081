#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mkb::kube {

/// The text of a member; empty when `object` is no object, has no such member, or one that is no text.
std::string text_in(const nlohmann::json& object, const char* member);

}  // namespace mkb::kube
