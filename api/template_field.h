#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/field.h"
#include "api/template_text.h"

namespace mkb::api {

/// A template with the field that it was read from.
struct TemplateField {
  Field field;
  std::string text;
  std::vector<TemplateSegment> segments;
};

/// Reads a template that is not empty.
std::optional<TemplateField> read_template(const Field& field);

/// Reports what no Kafka topic name could contain: the text of a literal template, the literal parts of any.
void check_topic_template(const TemplateField& read);

/// Reports ${topic[n]} where topics of one of the filters never have level n.
void check_topic_levels(const TemplateField& read, const std::vector<std::string>& filters);

/// Reports ${topic} in a Kafka topic where topics of one of the filters always have several levels: Kafka
/// allows no `/`.
void check_whole_topic(const TemplateField& read, const std::vector<std::string>& filters);

}  // namespace mkb::api
