#include "cli/top/rate_tracker.h"

#include <algorithm>
#include <utility>

namespace mkb::cli {

void RateTracker::observe(const std::string& source, std::int64_t unix_ms,
                          const std::vector<api::RouteTotals>& routes) {
  Sample sample;
  sample.unix_ms = unix_ms;
  for (const api::RouteTotals& route : routes) sample.routes[route.name] = route;
  const auto found = sources_.find(source);
  if (found == sources_.end()) {
    sources_.emplace(source, Source{std::nullopt, std::move(sample)});
    return;
  }
  Source& known = found->second;
  if (unix_ms == known.last.unix_ms) return;
  const bool went_back =
      unix_ms < known.last.unix_ms ||
      std::any_of(sample.routes.begin(), sample.routes.end(), [&known](const auto& each) {
        const auto before = known.last.routes.find(each.first);
        return before != known.last.routes.end() && (each.second.received < before->second.received ||
                                                     each.second.delivered < before->second.delivered);
      });
  known.before = went_back ? std::nullopt : std::optional(std::move(known.last));
  known.last = std::move(sample);
}

std::optional<RouteRates> RateTracker::rates(const std::string& source, const std::string& route) const {
  const auto found = sources_.find(source);
  if (found == sources_.end() || !found->second.before) return std::nullopt;
  const Sample& before = *found->second.before;
  const Sample& last = found->second.last;
  const auto first = before.routes.find(route);
  const auto second = last.routes.find(route);
  if (first == before.routes.end() || second == last.routes.end()) return std::nullopt;
  const double seconds = static_cast<double>(last.unix_ms - before.unix_ms) / 1000;
  const auto rate = [seconds](std::uint64_t from, std::uint64_t to) {
    return static_cast<double>(to - from) / seconds;
  };
  return RouteRates{rate(first->second.received, second->second.received),
                    rate(first->second.delivered, second->second.delivered)};
}

bool RateTracker::known(const std::string& source) const {
  const auto found = sources_.find(source);
  return found != sources_.end() && found->second.before.has_value();
}

}  // namespace mkb::cli
