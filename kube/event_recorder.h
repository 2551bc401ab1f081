#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace mkb::kube {

struct EventRecorderOptions {
  std::string controller;  ///< reportingController, e.g. `mqttkafka.io/operator`
  std::string instance;    ///< reportingInstance: the pod's name
  /// The same event again within it belongs to the same series (client-go's finishTime).
  Duration series_gap = std::chrono::minutes(6);
  /// How often the server hears of a series that goes on; shorter than Events live there (1 h by default).
  Duration series_refresh = std::chrono::minutes(30);
  /// Writes about one object: so many at once, and one more each `write_interval`, as the spam filter of
  /// client-go's older recorder.
  unsigned burst = 25;
  Duration write_interval = std::chrono::minutes(5);
  std::size_t most_series = 1024;   ///< remembered; the longest unseen is forgotten first
  std::size_t most_objects = 4096;  ///< whose writes are counted
};

/// Makes Events (events.k8s.io/v1, KEP-383) and keeps them few, as client-go's EventBroadcaster: the same
/// event of the same object becomes a series, of which the server hears at its second occurrence, now and
/// then, and when it is over. Pure, with bounded memory. One thread at a time.
class EventRecorder {
 public:
  enum class Type { kNormal, kWarning };

  struct Text {
    Type type = Type::kNormal;
    std::string reason;  ///< one CamelCase word, why
    std::string action;  ///< one CamelCase word, what the controller did or tried; `reason` when empty
    std::string note;    ///< for people; cut to 1024 bytes
  };

  /// What to write. The name is made of what happened to which object and when, so that the same POST sent
  /// twice makes no second Event: kAlreadyExists is success.
  struct Write {
    std::string name_space;
    std::string name;
    /// The whole Event: to be created when `patch` is empty, or is answered with kNotFound, as the server has
    /// forgotten the Event.
    nlohmann::json object;
    std::optional<nlohmann::json> patch;  ///< RFC 7386, of the series
  };

  explicit EventRecorder(EventRecorderOptions options) : options_(std::move(options)) {}

  /// That something happened to `regarding`, an object with apiVersion, kind and metadata. nullopt: it is
  /// only counted, or that object has had too many.
  [[nodiscard]] std::optional<Write> record(const nlohmann::json& regarding, const Text& text, TimePoint now,
                                            std::int64_t unix_ms);
  /// What the server has not heard yet of series that have ended or go on for long; to be asked every minute
  /// or so, and before the end with `all`.
  [[nodiscard]] std::vector<Write> flush(TimePoint now, bool all = false);

  [[nodiscard]] std::size_t series() const { return series_.size(); }
  [[nodiscard]] std::size_t objects() const { return buckets_.size(); }
  /// Events that were not written because their object had too many.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  struct Series {
    std::string event;  // as JSON text, without the series
    std::string object;
    std::int64_t count = 1;
    std::int64_t told = 1;  // the count that the server knows
    std::int64_t seen_ms = 0;
    TimePoint seen{};
    TimePoint written{};
  };
  struct Bucket {
    double tokens = 0;
    TimePoint at{};
  };
  using ByAge = std::set<std::pair<TimePoint, std::string>>;

  bool take_token(const std::string& object, TimePoint now);
  std::optional<Write> write_of(Series& series, TimePoint now);
  std::optional<Write> count(const std::string& key, Series& series, TimePoint now, std::int64_t unix_ms);
  void forget(const std::string& key);

  EventRecorderOptions options_;
  std::map<std::string, Series> series_;
  ByAge series_by_age_;  // by when they were seen last
  std::map<std::string, Bucket> buckets_;
  ByAge buckets_by_age_;
  std::uint64_t dropped_ = 0;
};

}  // namespace mkb::kube
