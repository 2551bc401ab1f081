#include "kube/reflector.h"

#include <algorithm>
#include <utility>

#include "kube/list_page.h"
#include "kube/query.h"

namespace mkb::kube {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kPageLimit = "500";
constexpr std::uint64_t kShortestWatch = 300;  // seconds
constexpr std::uint64_t kLongestWatch = 600;
constexpr seconds kSilenceMargin{5};
constexpr Duration kFirstBackoff = milliseconds(800);
constexpr Duration kLongestBackoff = seconds(30);
constexpr unsigned kBackoffDoublings = 6;  // 800 ms x 2^6 is more than 30 s
constexpr seconds kLongestRetryAfter{300};
/// A watch that ends sooner, having brought nothing, has not worked.
constexpr Duration kShortWatch = seconds(1);
/// So often a watch is tried from one resourceVersion: a server restored from a backup may never know it.
constexpr unsigned kWatchFailures = 5;

std::string version_of(const json& object) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) {
    return {};
  }
  const auto version = metadata->find("resourceVersion");
  return version != metadata->end() && version->is_string() ? version->get<std::string>() : std::string();
}

bool has_name(const json& object) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) {
    return false;
  }
  const auto name = metadata->find("name");
  return name != metadata->end() && name->is_string() && !name->get_ref<const std::string&>().empty();
}

/// Whether another list or watch like the one that was refused may succeed.
bool is_worth_repeating(int code) {
  return code >= 500 || code == 401 || code == 403 || code == 429;
}

}  // namespace

ReflectorAction Reflector::next(TimePoint now) {
  ReflectorAction action;
  if (not_before_.has_value() && now < *not_before_) {
    action.until = *not_before_;
    return action;
  }
  not_before_.reset();
  Query query(options_.path);
  if (resource_version_.empty()) {
    action.type = ReflectorAction::Type::kList;
    query.add("limit", kPageLimit).add("continue", continue_token_);
  } else {
    const std::uint64_t timeout = kShortestWatch + random_() % (kLongestWatch - kShortestWatch + 1);
    action.type = ReflectorAction::Type::kWatch;
    action.silence = seconds(timeout) + kSilenceMargin;
    query.add("watch", "true")
        .add("allowWatchBookmarks", "true")
        .add("resourceVersion", resource_version_)
        .add("timeoutSeconds", std::to_string(timeout));
    watch_ = Watch{now};
  }
  query.add("labelSelector", options_.label_selector).add("fieldSelector", options_.field_selector);
  action.target = query.target();
  return action;
}

void Reflector::on_list_page(std::string_view body, TimePoint now) {
  bool nameless = false;
  const Result<ListPage> page = decode_list_page(body, [&](json object) {
    if (!has_name(object)) {
      nameless = true;
      return;
    }
    object.emplace("apiVersion", options_.api_version);
    object.emplace("kind", options_.kind);
    listed_.insert(object_key(object));
    store_.put(std::move(object));
  });
  if (!page.ok() || nameless) {
    list_problem_ = "list " + options_.plural + ": " +
                    (page.ok() ? "the server sent an object without a name"
                               : "the server sent " + page.error().message());
    list_anew();
    back_off(now);
    return;
  }
  list_problem_.clear();
  continue_token_ = page->continue_token;
  if (!continue_token_.empty()) {
    return;
  }
  store_.retain(std::exchange(listed_, {}));
  resource_version_ = page->resource_version;
  restarted_ = false;
  watch_failures_ = 0;
}

void Reflector::on_refused(const ApiStatus& status, TimePoint now) {
  if (watch_.has_value()) {
    watch_.reset();
    const std::string text = "watch " + options_.plural + ": " + status.text();
    if (status.gone()) {
      on_gone(text, now);
      return;
    }
    if (!is_worth_repeating(status.code)) {
      list_anew();
    }
    on_watch_failure(text, now, status.retry_after);
    return;
  }
  const bool token_expired = status.gone() && !continue_token_.empty();
  if (token_expired && !restarted_) {
    list_anew();
    restarted_ = true;
    return;
  }
  if (!is_worth_repeating(status.code)) {
    list_anew();
  }
  list_problem_ = "list " + options_.plural + ": " + status.text();
  back_off(now, status.retry_after);
}

void Reflector::on_failure(const std::string& text, TimePoint now) {
  if (watch_.has_value()) {
    watch_problem_ = "watch " + options_.plural + ": " + text;
    end_watch(now, true);
    return;
  }
  list_problem_ = "list " + options_.plural + ": " + text;
  back_off(now);
}

void Reflector::on_watch_started() {
  if (watch_.has_value() && !watch_->started) {
    watch_->started = true;
    watch_problem_.clear();
  }
}

bool Reflector::on_event(WatchEvent event, TimePoint now) {
  if (!watch_.has_value()) {
    return false;
  }
  if (event.type == WatchEvent::Type::kError) {
    on_error_event(api_status(event.object), now);
    return false;
  }
  std::string version = version_of(event.object);
  if (version.empty()) {
    on_garbage("an event without a resourceVersion", now);
    return false;
  }
  if (event.type != WatchEvent::Type::kBookmark && !has_name(event.object)) {
    on_garbage("an event without the object's name", now);
    return false;
  }
  on_watch_started();
  watch_->moved = watch_->moved || version != resource_version_;
  resource_version_ = std::move(version);
  if (event.type == WatchEvent::Type::kDeleted) {
    store_.erase(event.object);
  } else if (event.type != WatchEvent::Type::kBookmark) {
    event.object.emplace("apiVersion", options_.api_version);
    event.object.emplace("kind", options_.kind);
    store_.put(std::move(event.object));
  }
  return true;
}

void Reflector::on_garbage(const std::string& text, TimePoint now) {
  if (!watch_.has_value()) {
    return;
  }
  take_watch(now);
  list_anew();
  on_watch_failure("watch " + options_.plural + ": the server sent " + text, now, std::nullopt);
}

void Reflector::on_watch_end(TimePoint now) {
  on_watch_started();
  end_watch(now, false);
}

void Reflector::list_anew() {
  listed_.clear();
  continue_token_.clear();
  resource_version_.clear();
}

/// Ends the watch under way; true when it has worked.
bool Reflector::take_watch(TimePoint now) {
  const Watch watch = *std::exchange(watch_, std::nullopt);
  const bool worked = watch.moved || (watch.started && now - watch.begun >= kShortWatch);
  if (worked) {
    failures_ = 0;
    watch_failures_ = 0;
    gone_before_ = false;
  }
  return worked;
}

void Reflector::on_gone(const std::string& text, TimePoint now) {
  list_anew();
  // A server that calls too old what it has just said must not be asked all the time.
  if (std::exchange(gone_before_, true)) {
    on_watch_failure(text, now, std::nullopt);
  }
}

void Reflector::back_off(TimePoint now, std::optional<seconds> retry_after) {
  const Duration longest =
      std::min(kFirstBackoff * (1U << std::min(failures_, kBackoffDoublings)), kLongestBackoff);
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  ++failures_;
  Duration delay = Duration(static_cast<Duration::rep>(half + random_() % (half + 1)));
  if (retry_after.has_value() && *retry_after > seconds::zero()) {
    delay = std::min(*retry_after, kLongestRetryAfter);
  }
  not_before_ = now + delay;
}

void Reflector::end_watch(TimePoint now, bool cut) {
  if (!watch_.has_value()) {
    return;
  }
  if (take_watch(now)) {
    return;
  }
  on_watch_failure(cut ? watch_problem_ : "watch " + options_.plural + ": the server ended it at once", now,
                   std::nullopt);
}

void Reflector::on_watch_failure(const std::string& text, TimePoint now, std::optional<seconds> retry_after) {
  watch_problem_ = text;
  if (++watch_failures_ >= kWatchFailures) {
    list_anew();
  }
  back_off(now, retry_after);
}

void Reflector::on_error_event(const ApiStatus& status, TimePoint now) {
  take_watch(now);
  const std::string text = "watch " + options_.plural + ": " + status.text();
  if (status.gone()) {
    on_gone(text, now);
    return;
  }
  if (status.code != 429) {
    list_anew();
  }
  on_watch_failure(text, now, status.retry_after);
}

}  // namespace mkb::kube
