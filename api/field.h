#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/problem.h"
#include "api/yaml_tree.h"

namespace mkb::api {

/// One value of a resource together with its path, and the readers that either return what it holds or report
/// what is wrong with it. Valid while its YamlTree and Report are.
class Field {
 public:
  Field(const YamlNode& node, std::string path, Position key_at, Report& report)
      : node_(&node), path_(std::move(path)), key_at_(key_at), report_(&report) {}

  [[nodiscard]] const YamlNode& node() const { return *node_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Position at() const { return node_->at; }
  /// Where its key stands; of a list's item, the item.
  [[nodiscard]] Position key_at() const { return key_at_; }
  [[nodiscard]] Report& report() const { return *report_; }

  void problem(std::string what, std::string hint) const;
  void warning(std::string what, std::string hint) const;

  /// A text. YAML's numbers and truth values are none unless quoted, as in Kubernetes.
  [[nodiscard]] std::optional<std::string> text() const;
  /// A text with at least one character.
  [[nodiscard]] std::optional<std::string> filled_text() const;
  /// Any single value as it is written.
  [[nodiscard]] std::optional<std::string> any_scalar() const;
  /// A text, or a whole number as it is written.
  [[nodiscard]] std::optional<std::string> text_or_whole_number() const;
  /// A whole number from `least` to `most`.
  [[nodiscard]] std::optional<std::int64_t> integer(std::int64_t least, std::int64_t most) const;
  /// The items of a list; `what` names one for messages. An empty list is reported too.
  [[nodiscard]] std::vector<Field> filled_list(std::string_view what) const;
  /// The same, and an empty list is one.
  [[nodiscard]] std::vector<Field> list(std::string_view what) const;
  /// The values of a mapping with free keys; nothing after a problem. Keys are unique.
  [[nodiscard]] std::vector<std::pair<std::string, Field>> entries() const;

  /// One of the named values.
  template <class Value, std::size_t n>
  [[nodiscard]] std::optional<Value> choice(
      const std::array<std::pair<std::string_view, Value>, n>& values) const {
    const auto written = text();
    if (!written) return std::nullopt;
    std::vector<std::string_view> names;
    for (const auto& [name, value] : values) {
      if (name == *written) return value;
      names.push_back(name);
    }
    not_a_choice(*written, names);
    return std::nullopt;
  }

 private:
  friend class FieldMap;

  [[nodiscard]] bool expect(YamlNode::Kind kind, std::string_view wanted) const;
  [[nodiscard]] bool expect_scalar(std::string_view wanted) const;
  void not_a_choice(std::string_view written, std::span<const std::string_view> names) const;

  const YamlNode* node_;
  std::string path_;
  Position key_at_;
  Report* report_;
};

/// The fields of a mapping whose names are known. Making one reports unknown names and values left empty.
class FieldMap {
 public:
  /// `unbuilt` are names of the resource that this version refuses: they are reported as that. `ignored` are
  /// names whose values are nobody's business here.
  FieldMap(const Field& field, std::span<const std::string_view> known,
           std::span<const std::string_view> unbuilt = {}, std::span<const std::string_view> ignored = {});

  /// It is a mapping: its fields can be asked for.
  [[nodiscard]] bool readable() const { return readable_; }
  /// Whether the name is written, even without a value.
  [[nodiscard]] bool has(std::string_view name) const;
  /// The field, unless it is absent or has no value.
  [[nodiscard]] std::optional<Field> find(std::string_view name) const;
  /// The same; absence is reported with `hint`.
  [[nodiscard]] std::optional<Field> need(std::string_view name, const std::string& hint) const;

 private:
  Field field_;
  std::vector<std::pair<std::string_view, Field>> fields_;
  bool readable_ = false;
};

}  // namespace mkb::api
