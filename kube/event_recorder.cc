#include "kube/event_recorder.h"

#include <algorithm>

#include "kube/json_member.h"
#include "kube/micro_time.h"

namespace mkb::kube {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestNote = 1024;
constexpr std::size_t kLongestWord = 128;  // of action, reason and reportingInstance
constexpr std::size_t kLongestName = 253;

/// At most `limit` bytes, cut between characters, as valid UTF-8.
std::string shortened(const std::string& text, std::size_t limit) {
  constexpr std::string_view kCut = "...";
  std::string valid =
      json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
  if (valid.size() <= limit) {
    return valid;
  }
  std::size_t end = limit - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(valid[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  valid.resize(end);
  return valid.append(kCut);
}

/// FNV-1a; the parts do not run into each other.
class Fingerprint {
 public:
  Fingerprint& add(std::string_view part) {
    for (const char c : part) {
      mix(static_cast<unsigned char>(c));
    }
    mix(0x100);
    return *this;
  }
  [[nodiscard]] std::string hex() const {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    for (unsigned shift = 64; shift > 0; shift -= 4) {
      text += kHex[(hash_ >> (shift - 4)) & 15U];
    }
    return text;
  }

 private:
  void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001B3ULL; }
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

std::string object_id(const json& regarding) {
  const json metadata = regarding.is_object() ? regarding.value("metadata", json::object()) : json::object();
  return Fingerprint()
      .add(text_in(regarding, "apiVersion"))
      .add(text_in(regarding, "kind"))
      .add(text_in(metadata, "namespace"))
      .add(text_in(metadata, "name"))
      .add(text_in(metadata, "uid"))
      .hex();
}

json reference_to(const json& regarding, const json& metadata) {
  json reference = json::object();
  const auto add = [&](const char* member, const std::string& value) {
    if (!value.empty()) {
      reference[member] = value;
    }
  };
  add("apiVersion", text_in(regarding, "apiVersion"));
  add("kind", text_in(regarding, "kind"));
  add("namespace", text_in(metadata, "namespace"));
  add("name", text_in(metadata, "name"));
  add("uid", text_in(metadata, "uid"));
  add("resourceVersion", text_in(metadata, "resourceVersion"));
  return reference;
}

json event_of(const EventRecorderOptions& options, const json& regarding, const EventRecorder::Text& text,
              const std::string& key, std::int64_t unix_ms) {
  const json metadata = regarding.is_object() ? regarding.value("metadata", json::object()) : json::object();
  const std::string name_space = text_in(metadata, "namespace");
  const std::string suffix =
      "." + Fingerprint().add(key).add(options.instance).add(std::to_string(unix_ms)).hex();
  std::string name = text_in(metadata, "name").substr(0, kLongestName - suffix.size());
  // That of a role may hold anything, and one cut behind a dot or dash would be no name.
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'); },
      'x');
  while (!name.empty() && (name.back() == '.' || name.back() == '-')) {
    name.pop_back();
  }
  name.erase(0, std::min(name.find_first_not_of(".-"), name.size()));
  return {{"apiVersion", "events.k8s.io/v1"},
          {"kind", "Event"},
          // Events of objects that are in no namespace are in this one.
          {"metadata",
           {{"name", (name.empty() ? "event" : name) + suffix},
            {"namespace", name_space.empty() ? "default" : name_space}}},
          {"eventTime", micro_time(unix_ms)},
          {"reportingController", options.controller},
          {"reportingInstance", shortened(options.instance, kLongestWord)},
          {"action", shortened(text.action.empty() ? text.reason : text.action, kLongestWord)},
          {"reason", shortened(text.reason, kLongestWord)},
          {"regarding", reference_to(regarding, metadata)},
          {"note", shortened(text.note, kLongestNote)},
          {"type", text.type == EventRecorder::Type::kNormal ? "Normal" : "Warning"}};
}

}  // namespace

std::optional<EventRecorder::Write> EventRecorder::record(const json& regarding, const Text& text,
                                                          TimePoint now, std::int64_t unix_ms) {
  const std::string object = object_id(regarding);
  const std::string key = Fingerprint()
                              .add(object)
                              .add(text.type == Type::kNormal ? "Normal" : "Warning")
                              .add(text.reason)
                              .add(text.action)
                              .add(text.note)
                              .hex();
  if (const auto known = series_.find(key); known != series_.end()) {
    if (now - known->second.seen <= options_.series_gap) {
      return count(key, known->second, now, unix_ms);
    }
    forget(key);
  }
  if (!take_token(object, now)) {
    ++dropped_;
    return std::nullopt;
  }
  Series series;
  series.event = event_of(options_, regarding, text, key, unix_ms).dump();
  series.object = object;
  series.seen_ms = unix_ms;
  series.seen = now;
  series.written = now;
  if (series_.size() >= options_.most_series) {
    forget(std::string(series_by_age_.begin()->second));
  }
  series_by_age_.emplace(now, key);
  const auto added = series_.emplace(key, std::move(series)).first;
  return write_of(added->second, now);
}

std::vector<EventRecorder::Write> EventRecorder::flush(TimePoint now, bool all) {
  std::vector<Write> writes;
  for (auto next = series_.begin(); next != series_.end();) {
    const auto entry = next++;
    Series& series = entry->second;
    const bool over = now - series.seen > options_.series_gap;
    const bool due = over || all || now - series.written >= options_.series_refresh;
    if (due && series.count > series.told && take_token(series.object, now)) {
      writes.push_back(*write_of(series, now));
    }
    if (over && (series.count == series.told || now - series.seen > options_.series_refresh)) {
      forget(std::string(entry->first));
    }
  }
  return writes;
}

std::optional<EventRecorder::Write> EventRecorder::count(const std::string& key, Series& series,
                                                         TimePoint now, std::int64_t unix_ms) {
  series_by_age_.erase({series.seen, key});
  series_by_age_.emplace(now, key);
  ++series.count;
  series.seen = now;
  series.seen_ms = unix_ms;
  const bool due = series.told == 1 || now - series.written >= options_.series_refresh;
  if (!due || !take_token(series.object, now)) {
    return std::nullopt;
  }
  return write_of(series, now);
}

/// What tells the server of `series` as it is now.
std::optional<EventRecorder::Write> EventRecorder::write_of(Series& series, TimePoint now) {
  series.written = now;
  series.told = series.count;
  Write write;
  write.object = json::parse(series.event);
  write.name_space = write.object["metadata"]["namespace"];
  write.name = write.object["metadata"]["name"];
  if (series.count > 1) {
    const json told = {{"count", series.count}, {"lastObservedTime", micro_time(series.seen_ms)}};
    write.object["series"] = told;
    write.patch = json{{"series", told}};
  }
  return write;
}

bool EventRecorder::take_token(const std::string& object, TimePoint now) {
  const auto [entry, fresh] = buckets_.try_emplace(object);
  Bucket& bucket = entry->second;
  if (fresh) {
    bucket.tokens = options_.burst;
  } else {
    const double earned = std::chrono::duration<double>(now - bucket.at) /
                          std::chrono::duration<double>(options_.write_interval);
    bucket.tokens = std::min<double>(bucket.tokens + earned, options_.burst);
    buckets_by_age_.erase({bucket.at, object});
  }
  bucket.at = now;
  buckets_by_age_.emplace(now, object);
  const bool allowed = bucket.tokens >= 1;
  bucket.tokens -= allowed ? 1 : 0;
  if (buckets_.size() > options_.most_objects) {
    buckets_.erase(buckets_by_age_.begin()->second);
    buckets_by_age_.erase(buckets_by_age_.begin());
  }
  return allowed;
}

void EventRecorder::forget(const std::string& key) {
  const auto series = series_.find(key);
  series_by_age_.erase({series->second.seen, key});
  series_.erase(series);
}

}  // namespace mkb::kube
