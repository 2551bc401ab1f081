#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mkb::reconcile {

/// Where a bridge's Events go.
class Notes {
 public:
  virtual ~Notes() = default;
  /// `action`: what was being done, CamelCase; `reason`: why this is worth an Event, CamelCase.
  virtual void note(const nlohmann::json& bridge, bool warning, const std::string& reason,
                    const std::string& action, const std::string& text) = 0;
};

}  // namespace mkb::reconcile
