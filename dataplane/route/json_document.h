#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "api/template_text.h"

namespace mkb::dataplane {

/// What a lookup in a JSON payload came to.
enum class JsonLookup : std::uint8_t {
  kFound,
  kNotJson,    ///< the text is not JSON, as far as it had to be read
  kMissing,    ///< nothing at that path, or null
  kNotScalar,  ///< an object or an array
};

/// A JSON text whose scalar values are looked up by path. It is indexed at most once per text, on the first
/// lookup, and walked only as far as each value asked for: an error further on is not noticed. Buffers are
/// reused from one text to the next, so that lookups stop allocating. Not thread-safe.
class JsonDocument {
 public:
  JsonDocument();
  ~JsonDocument();
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;

  /// Starts a new text, which must stay valid while lookups are made. Reads nothing yet.
  void reset(std::string_view text);

  /// Appends the scalar at `path` (not empty) to `out`: strings without quotes and escapes, numbers as they
  /// are written, booleans as true or false. Of fields with the same name the first counts. Unless kFound,
  /// `out` is unchanged.
  JsonLookup append_scalar(std::span<const api::PayloadStep> path, std::string& out);

 private:
  struct State;

  bool index_text();

  std::unique_ptr<State> state_;
};

}  // namespace mkb::dataplane
