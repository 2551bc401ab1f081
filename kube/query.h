#pragma once

#include <string>
#include <string_view>

namespace mkb::kube {

/// A request target with its query: `Query("/api/v1/pods").add("limit", "500").target()`.
class Query {
 public:
  explicit Query(std::string_view path) : target_(path) {}
  /// `name` is as it is; `value` is percent-encoded (RFC 3986, 3.4). An empty value adds nothing.
  Query& add(std::string_view name, std::string_view value);
  [[nodiscard]] const std::string& target() const { return target_; }

 private:
  std::string target_;
  bool first_ = true;
};

}  // namespace mkb::kube
