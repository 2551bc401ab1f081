#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/record_template.h"
#include "base/result.h"
#include "dataplane/kafka/consumed_record.h"
#include "dataplane/route/json_document.h"

namespace mkb::dataplane {

/// A record with its value as a JSON document, which is indexed when a template first asks for a field. One
/// object serves one record after another. Not thread-safe.
class RecordContext {
 public:
  /// `record` must stay as it is until the next reset().
  void reset(const ConsumedRecord& record);
  [[nodiscard]] const ConsumedRecord& record() const { return *record_; }
  JsonLookup append_field(std::span<const api::PayloadStep> path, std::string& out) {
    return json_.append_scalar(path, out);
  }

 private:
  const ConsumedRecord* record_ = nullptr;
  JsonDocument json_;
};

/// A record template (api/record_template.h) ready to be applied. Immutable.
class RecordText {
 public:
  /// Fails as api::parse_record_template does (api::TemplateError).
  static Result<RecordText> compile(std::string_view text);

  /// Appends the value for a record to `out`. On an error, returned as a sentence that names the variable and
  /// never the record's data, `out` is unchanged; nullopt is success.
  std::optional<std::string> render(RecordContext& context, std::string& out) const;

  /// The template as it was written.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::vector<api::RecordSegment> segments_;
};

}  // namespace mkb::dataplane
