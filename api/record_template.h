#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/template_text.h"
#include "base/result.h"

namespace mkb::api {

/// The grammar of the templates that make an MQTT message of a Kafka record:
///
///     template  = *( literal / "$$" / "${" variable "}" )       "$$" stands for one "$"
///     variable  = "key"                                         the record's key, as text
///               / "value" / "value" 1*( "." field / "[" n "]" ) the bytes / a JSON value in them
///               / "headers." name                               the last header so named
///               / "topic" / "partition" / "offset"              where the record is in Kafka
///               / "timestamp"                                   of the record, milliseconds since 1970
///     field, name: as in api/template_text.h
///
/// This is text only: what the variables are worth for a record is dataplane/egress's business.
struct RecordSegment {
  enum class Kind : std::uint8_t {
    kLiteral,    ///< `text`, with `$$` already one `$`; never empty, never two in a row
    kKey,        ///< ${key}
    kValue,      ///< ${value}, or with `path` a value inside it
    kHeader,     ///< ${headers.text}
    kTopic,      ///< ${topic}
    kPartition,  ///< ${partition}
    kOffset,     ///< ${offset}
    kTimestamp,  ///< ${timestamp}
  };
  Kind kind = Kind::kLiteral;
  std::string text;               ///< of kLiteral; the header's name of kHeader
  std::vector<PayloadStep> path;  ///< of kValue: empty means the whole value
  std::size_t offset = 0;         ///< byte at which the segment starts in the template

  bool operator==(const RecordSegment&) const = default;
};

/// Splits `text` into `segments` (cleared first); on a fault the segments before it remain. Pure.
std::optional<TemplateFault> split_record_template(std::string_view text,
                                                   std::vector<RecordSegment>& segments);

/// split_record_template for callers that only pass the message on: TemplateError::kSyntax, "what; hint".
Result<std::vector<RecordSegment>> parse_record_template(std::string_view text);

/// True when `segments` has no variable, so that it is worth the same for every record.
bool is_literal(const std::vector<RecordSegment>& segments);

/// The text of a literal template.
std::string literal_text(const std::vector<RecordSegment>& segments);

}  // namespace mkb::api
