#include "e2e/demo/latency_window.h"

#include <nlohmann/json.hpp>
#include <numeric>

namespace mkb::demo {
namespace {

// Linear within a bucket; what is in the last, unbounded one counts as its lower bound.
double quantile(const std::vector<std::uint64_t>& counts, const std::vector<double>& bounds, double q) {
  const auto total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  if (total == 0) return 0;
  const double rank = q * static_cast<double>(total);
  double below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const auto count = static_cast<double>(counts[i]);
    const double lower = i == 0 ? 0 : bounds[i - 1];
    if (count > 0 && below + count >= rank) return lower + (bounds[i] - lower) * (rank - below) / count;
    below += count;
  }
  return bounds.empty() ? 0 : bounds.back();
}

}  // namespace

LatencyWindow::Quantiles LatencyWindow::advance(const nlohmann::json& latency) {
  std::vector<std::uint64_t> counts;
  std::vector<double> bounds;
  for (const auto& bucket : latency.at("buckets")) {
    counts.push_back(bucket.at("count").get<std::uint64_t>());
    if (bucket.at("le_ms").is_number()) bounds.push_back(bucket.at("le_ms").get<double>());
  }
  before_.resize(counts.size());
  auto fresh = counts;
  for (std::size_t i = 0; i < counts.size(); ++i) fresh[i] -= std::min(before_[i], counts[i]);
  before_ = std::move(counts);
  return {quantile(fresh, bounds, 0.5), quantile(fresh, bounds, 0.99)};
}

}  // namespace mkb::demo
