#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/template_text.h"
#include "base/result.h"
#include "dataplane/route/message_context.h"

namespace mkb::dataplane {

/// Why a template has no value for a message.
enum class RenderError : std::uint8_t {
  kNone,
  kTopicLevelMissing,
  kPayloadNotJson,
  kFieldMissing,  ///< or null
  kFieldNotScalar,
  kUserPropertyMissing,
};

/// What rendering came to: no error, or the error and the segment that it is about.
struct RenderOutcome {
  RenderError error = RenderError::kNone;
  std::uint32_t segment = 0;

  [[nodiscard]] bool ok() const { return error == RenderError::kNone; }
};

/// A topic, key or header template ready to be applied to messages. Immutable; safe to share between
/// threads.
class CompiledTemplate {
 public:
  /// Fails as api::parse_template does (api::TemplateError).
  static Result<CompiledTemplate> compile(std::string_view text);

  /// Appends the value for a message to `out`, without allocating once buffers have grown. On an error `out`
  /// is unchanged.
  RenderOutcome render(MessageContext& message, std::string& out) const;

  /// True when the value is the same for every message: literal().
  [[nodiscard]] bool is_literal() const { return literal_only_; }
  /// The value of a literal template; empty otherwise.
  [[nodiscard]] const std::string& literal() const { return literal_; }
  /// The template as it was written.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// An outcome of this template in words, e.g. "${payload.a.b}: the payload has no such field". Names the
  /// variable, never the message's data.
  [[nodiscard]] std::string describe(RenderOutcome outcome) const;

 private:
  std::string text_;
  std::vector<api::TemplateSegment> segments_;
  bool literal_only_ = true;
  std::string literal_;
};

}  // namespace mkb::dataplane
