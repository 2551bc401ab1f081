#pragma once

#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mkb::api {

/// For tests: the schema of the resource as crds/ declares it to Kubernetes.

/// One value that the schema describes. Paths are as in spec.mqttToKafka[].headers.*
struct SchemaField {
  std::string path;
  YAML::Node schema;

  /// The text of one of the schema's keywords; empty when absent.
  [[nodiscard]] std::string text(const char* keyword) const;
  [[nodiscard]] bool has(const char* keyword) const { return schema[keyword].IsDefined(); }
  /// It is known to the programs only to be refused.
  [[nodiscard]] bool unbuilt() const;
  /// An object whose fields all have names in the schema.
  [[nodiscard]] bool named_fields() const;
};

/// The schema of `section`, spec or status, and everything in it, parents first. Throws when the file is no
/// such thing.
std::vector<SchemaField> schema_fields(const std::string& section);

/// Those of spec, read once.
const std::vector<SchemaField>& spec_fields();

/// A default, enum value or the like, typed as JSON types it.
nlohmann::json json_value(const YAML::Node& node);

/// A value that the field takes. Objects have only what they need; texts follow their syntax.
nlohmann::json sample_value(const SchemaField& field);

/// A valid resource with `value` at `path`, and around it what the field needs. On one line, so that what is
/// read from two of them differs in their values only.
nlohmann::json document_with(const std::string& path, const nlohmann::json& value);

/// A valid resource without the optional field at `path`, and with all that is around it.
nlohmann::json document_without(const std::string& path);

/// What the programs find wrong in document_with(path, value), as they print it; empty when nothing.
std::string problems_with(const std::string& path, const nlohmann::json& value);

}  // namespace mkb::api
