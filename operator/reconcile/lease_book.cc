#include "operator/reconcile/lease_book.h"

#include <algorithm>

namespace mkb::reconcile {

using nlohmann::json;

void LeaseBook::observe(std::string_view key, const json& lease, TimePoint now) {
  const json spec = lease.value("spec", json::object());
  const json renewed = spec.value("renewTime", json());
  if (!renewed.is_string()) return;
  std::string renewal = renewed.get<std::string>() + " " + spec.value("holderIdentity", json()).dump();
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    entries_.emplace(std::string(key), Entry{std::move(renewal), now});
  } else if (found->second.renewal != renewal) {
    found->second = {std::move(renewal), now};
  }
}

void LeaseBook::forget(std::string_view key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(key); found != entries_.end()) entries_.erase(found);
}

std::optional<TimePoint> LeaseBook::renewed_at(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  return found == entries_.end() ? std::nullopt : std::optional(found->second.at);
}

void LeaseBook::outage(TimePoint now) {
  const std::lock_guard lock(mutex_);
  heard_since_ = std::max(heard_since_, now);
}

TimePoint LeaseBook::heard_since() const {
  const std::lock_guard lock(mutex_);
  return heard_since_;
}

}  // namespace mkb::reconcile
