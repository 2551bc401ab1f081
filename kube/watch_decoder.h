#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mkb::kube {

enum class WatchError {
  kTooLong = 1,  ///< a line is longer than any object can be
  kGarbage,      ///< a line is no event
};

struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark, kError };
  Type type = Type::kError;
  nlohmann::json object;  ///< with kBookmark only its metadata counts; with kError a Status
};

/// Splits the body of a watch into its events: JSON objects `{"type": ..., "object": {...}}`, each on a line
/// of its own (Kubernetes API concepts, "Efficient detection of changes"). Pure; what it says does not depend
/// on where the body is cut into pieces. A last line without its end is no event. One thread.
class WatchDecoder {
 public:
  static constexpr std::size_t kLongestLine = std::size_t{16} * 1024 * 1024;

  /// False: nothing more is wanted; what still comes is ignored.
  using OnEvent = std::function<bool(WatchEvent)>;

  explicit WatchDecoder(std::size_t longest_line = kLongestLine) : longest_line_(longest_line) {}

  /// The next piece. Errors: WatchError, for good: nothing after garbage can be trusted.
  Result<void> feed(std::string_view bytes, const OnEvent& on_event);

 private:
  Result<void> take_line(std::string_view line, const OnEvent& on_event);

  std::size_t longest_line_;
  std::string pending_;
  std::optional<Error> failed_;
  bool ended_ = false;
};

}  // namespace mkb::kube
