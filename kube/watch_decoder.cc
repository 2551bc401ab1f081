#include "kube/watch_decoder.h"

#include <algorithm>
#include <utility>

#include "kube/json_nesting.h"

namespace mkb::kube {
namespace {

using nlohmann::json;

constexpr std::size_t kQuoted = 80;

std::optional<WatchEvent::Type> type_named(std::string_view name) {
  using Type = WatchEvent::Type;
  constexpr std::pair<std::string_view, Type> kTypes[] = {{"ADDED", Type::kAdded},
                                                          {"MODIFIED", Type::kModified},
                                                          {"DELETED", Type::kDeleted},
                                                          {"BOOKMARK", Type::kBookmark},
                                                          {"ERROR", Type::kError}};
  const auto* const found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                         [&](const auto& candidate) { return candidate.first == name; });
  return found == std::end(kTypes) ? std::nullopt : std::optional(found->second);
}

Error garbage(const std::string& why, std::string_view line) {
  std::string quoted(line.substr(0, kQuoted));
  std::replace_if(
      quoted.begin(), quoted.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
  return {WatchError::kGarbage, "an event that " + why + ": " + quoted};
}

Result<WatchEvent> parse(std::string_view line) {
  if (nested_deeper_than(line, kDeepestJson)) {
    return garbage("is nested too deep", line);
  }
  json event = json::parse(line, nullptr, false);
  if (!event.is_object()) {
    return garbage("is no JSON object", line);
  }
  const auto type = event.find("type");
  if (type == event.end() || !type->is_string()) {
    return garbage("has no type", line);
  }
  const auto known = type_named(type->get_ref<const std::string&>());
  if (!known.has_value()) {
    return garbage("has an unknown type", line);
  }
  const auto object = event.find("object");
  if (object == event.end() || !object->is_object()) {
    return garbage("has no object", line);
  }
  return WatchEvent{*known, std::move(*object)};
}

}  // namespace

Result<void> WatchDecoder::feed(std::string_view bytes, const OnEvent& on_event) {
  while (!bytes.empty() && !ended_ && !failed_.has_value()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (piece.size() > longest_line_ - pending_.size()) {
      failed_ =
          Error(WatchError::kTooLong, "an event longer than " + std::to_string(longest_line_) + " bytes");
    } else if (end == std::string_view::npos) {
      pending_.append(piece);
      return {};
    } else {
      bytes.remove_prefix(end + 1);
      std::string whole = std::move(pending_);
      pending_.clear();
      const Result<void> taken = take_line(whole.empty() ? piece : whole.append(piece), on_event);
      if (!taken.ok()) {
        failed_ = taken.error();
      }
    }
  }
  if (failed_.has_value()) {
    pending_ = {};
    return *failed_;
  }
  return {};
}

Result<void> WatchDecoder::take_line(std::string_view line, const OnEvent& on_event) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
    return {};
  }
  Result<WatchEvent> event = parse(line);
  if (!event.ok()) {
    return event.error();
  }
  ended_ = !on_event(std::move(event).value());
  return {};
}

}  // namespace mkb::kube
