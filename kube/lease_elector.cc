#include "kube/lease_elector.h"

#include <algorithm>
#include <limits>

#include "kube/micro_time.h"

namespace mkb::kube {
namespace {

using nlohmann::json;
using std::chrono::seconds;

/// A longer foreign lease is taken for a mistake: it would keep everybody out until somebody edits it.
constexpr std::int64_t kLongestLease = 3600;
constexpr std::int64_t kMostTransitions = std::numeric_limits<std::int32_t>::max() - 1;

const json& spec_of(const json& lease) {
  static const json empty = json::object();
  const auto spec = lease.is_object() ? lease.find("spec") : lease.end();
  return lease.is_object() && spec != lease.end() && spec->is_object() ? *spec : empty;
}

std::string holder_in(const json& lease) {
  const json& spec = spec_of(lease);
  const auto holder = spec.find("holderIdentity");
  return holder != spec.end() && holder->is_string() ? holder->get<std::string>() : std::string();
}

std::int64_t number_in(const json& spec, const char* member, std::int64_t otherwise) {
  const auto number = spec.find(member);
  return number != spec.end() && number->is_number_integer() ? number->get<std::int64_t>() : otherwise;
}

}  // namespace

LeaseElector::Step LeaseElector::on_read(const std::optional<json>& lease, TimePoint now,
                                         std::int64_t unix_ms) {
  asked_at_.reset();
  if (lease.has_value()) {
    note(*lease, now);
  }
  if (holder_ != options_.identity) {
    renewed_at_.reset();
    if (!free_to_take(now)) {
      return {};
    }
  }
  asked_at_ = now;
  if (lease.has_value()) {
    return {renewed(*lease, holder_ != options_.identity, unix_ms), false};
  }
  const json blank = {{"apiVersion", "coordination.k8s.io/v1"},
                      {"kind", "Lease"},
                      {"metadata", {{"name", options_.name}, {"namespace", options_.name_space}}},
                      {"spec", json::object()}};
  return {renewed(blank, true, unix_ms), true};
}

void LeaseElector::on_written(const json& lease, TimePoint now) {
  note(lease, now);
  if (holder_ == options_.identity && asked_at_.has_value()) {
    renewed_at_ = asked_at_;
  }
  asked_at_.reset();
}

void LeaseElector::on_failure(TimePoint /*now*/) {
  asked_at_.reset();
}

bool LeaseElector::leading(TimePoint now) const {
  const std::optional<TimePoint> until = leading_until();
  return until.has_value() && now < *until;
}

std::optional<TimePoint> LeaseElector::leading_until() const {
  return renewed_at_.has_value() ? std::optional(*renewed_at_ + options_.renew_deadline) : std::nullopt;
}

std::optional<json> LeaseElector::release(std::int64_t unix_ms) const {
  if (!seen_.has_value() || holder_ != options_.identity) {
    return std::nullopt;
  }
  json lease = *seen_;
  json& spec = lease["spec"];
  spec["holderIdentity"] = "";
  spec["leaseDurationSeconds"] = 1;
  spec["renewTime"] = micro_time(std::max(unix_ms, last_ms_ + 1));
  return lease;
}

void LeaseElector::note(const json& lease, TimePoint now) {
  if (!seen_.has_value() || spec_of(*seen_) != spec_of(lease)) {
    seen_at_ = now;
  }
  seen_ = lease;
  holder_ = holder_in(lease);
}

bool LeaseElector::free_to_take(TimePoint now) const {
  if (holder_.empty()) {
    return true;
  }
  const auto ours = std::chrono::duration_cast<seconds>(options_.lease_duration).count();
  const std::int64_t theirs = number_in(spec_of(*seen_), "leaseDurationSeconds", 0);
  return now - seen_at_ > seconds(theirs > 0 ? std::min(theirs, kLongestLease) : ours);
}

json LeaseElector::renewed(json lease, bool takeover, std::int64_t unix_ms) {
  // Each renewal must change the spec, or others would take it for dead: a wall clock may stand still.
  last_ms_ = std::max(unix_ms, last_ms_ + 1);
  json& spec = lease["spec"];
  if (!spec.is_object()) {
    spec = json::object();
  }
  const bool first = spec.empty();
  spec["holderIdentity"] = options_.identity;
  spec["leaseDurationSeconds"] = std::chrono::duration_cast<seconds>(options_.lease_duration).count();
  spec["renewTime"] = micro_time(last_ms_);
  if (takeover) {
    spec["acquireTime"] = micro_time(last_ms_);
    spec["leaseTransitions"] =
        first ? 0 : std::clamp(number_in(spec, "leaseTransitions", 0), std::int64_t{0}, kMostTransitions) + 1;
  }
  return lease;
}

}  // namespace mkb::kube
