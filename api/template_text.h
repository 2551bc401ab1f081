#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace mkb::api {

/// The grammar of the templates for Kafka topics, keys and header values:
///
///     template  = *( literal / "$$" / "${" variable "}" )       "$$" stands for one "$"
///     variable  = "topic" / "topic[" n "]"                      whole MQTT topic / its level n, from 0
///               / "clientid" / "qos" / "retain"                 the bridge's client id / 0..2 / true, false
///               / "payload" / "payload" 1*( "." field / "[" n "]" )   the bytes / a JSON value in them
///               / "userProperty." name                          an MQTT 5 user property, the first so named
///     field     = 1*( any character but . [ ] { } $ " ' and white space )
///     name      = 1*( any character but { } )
///
/// This is text only: what the variables are worth for a message is dataplane/route's business.

/// One step into a JSON document: an object's field, or a list's index from 0.
using PayloadStep = std::variant<std::string, std::size_t>;

struct TemplateSegment {
  enum class Kind : std::uint8_t {
    kLiteral,       ///< `text`, with `$$` already one `$`; never empty, never two in a row
    kTopic,         ///< ${topic}
    kTopicLevel,    ///< ${topic[level]}
    kClientId,      ///< ${clientid}
    kQos,           ///< ${qos}
    kRetain,        ///< ${retain}
    kPayload,       ///< ${payload}, or with `path` a value inside it
    kUserProperty,  ///< ${userProperty.text}
  };
  Kind kind = Kind::kLiteral;
  std::string text;               ///< of kLiteral; the property's name of kUserProperty
  std::size_t level = 0;          ///< of kTopicLevel: at most kMaxTemplateTopicLevel
  std::vector<PayloadStep> path;  ///< of kPayload: empty means the whole payload, at most kMaxPayloadSteps
  std::size_t offset = 0;         ///< byte at which the segment starts in the template

  bool operator==(const TemplateSegment&) const = default;
};

inline constexpr std::size_t kMaxTemplateTopicLevel = 127;
inline constexpr std::size_t kMaxPayloadSteps = 32;
inline constexpr std::size_t kMaxPayloadIndex = 1'000'000;

enum class TemplateError { kSyntax = 1 };

/// Why a text is no template.
struct TemplateFault {
  std::size_t offset = 0;  ///< byte in the template, from 0
  std::string what;        ///< "character 3: ...", counted from 1
  std::string hint;        ///< what would be right
};

/// Splits `text` into `segments` (cleared first); on a fault the segments before it remain. An empty text has
/// no segments. Pure.
std::optional<TemplateFault> split_template(std::string_view text, std::vector<TemplateSegment>& segments);

/// split_template for callers that only pass the message on: TemplateError::kSyntax, "what; hint".
Result<std::vector<TemplateSegment>> parse_template(std::string_view text);

/// True when `segments` has no variable, so that it is worth the same for every message.
bool is_literal(const std::vector<TemplateSegment>& segments);

/// The text of a literal template.
std::string literal_text(const std::vector<TemplateSegment>& segments);

}  // namespace mkb::api
