#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "api/problem.h"

namespace mkb::api {

/// One value of a YAML document. Aliases point to the node they name, so nodes form a tree that may share
/// branches but has no cycle.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  bool plain = false;  ///< a scalar without quotes or tag, which YAML may take for a number or a truth value
  std::string scalar;
  std::vector<const YamlNode*> children;  ///< items of a sequence; keys and values of a map, in turn
  Position at;
  std::size_t size = 1;    ///< nodes in it when every alias is written out
  std::size_t height = 1;  ///< levels in it

  /// What it is, for messages: "a list".
  [[nodiscard]] std::string_view kind_name() const;
};

/// A YAML document held within bounds, whatever the text: yaml-cpp only reports events here, and reading
/// stops at the first that goes too far. No exception leaves it.
class YamlTree {
 public:
  static constexpr std::size_t kMaxDepth = 64;
  static constexpr std::size_t kMaxNodes = 100'000;          ///< written in the text
  static constexpr std::size_t kMaxExpandedNodes = 200'000;  ///< with every alias written out

  /// Reads the one document of `text`, which went through guarded_text. Null after a problem was reported.
  /// Also reports every key that a mapping has twice, and every key that is not a text.
  const YamlNode* load(std::string_view text, Report& report);

 private:
  std::deque<YamlNode> nodes_;
};

/// `path.key`, or `path["key"]` where the key could be misread.
std::string child_path(const std::string& path, std::string_view key);
/// `path[index]`.
std::string child_path(const std::string& path, std::size_t index);

}  // namespace mkb::api
