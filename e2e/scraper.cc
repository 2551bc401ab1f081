#include "e2e/scraper.h"

#include <nlohmann/json.hpp>

#include "e2e/lab/bridge.h"
#include "e2e/lab/http.h"

namespace mkb::e2e {

Scraper::Scraper(std::uint16_t admin_port) : port_(admin_port), thread_([this] { scrape(); }) {}

Scraper::~Scraper() {
  stop();
}

void Scraper::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Scraper::scrape() {
  while (!stopping_) {
    const auto metrics = lab::http_get(port_, "/metrics");
    const auto status = lab::http_get(port_, "/status.json");
    if (metrics.status != 200 || status.status != 200) continue;
    ++scrapes_;
    const auto found =
        lab::imbalance(lab::parse_metrics(metrics.body)) + lab::imbalance(nlohmann::json::parse(status.body));
    if (problem_.empty()) problem_ = found;
    // A scrape every 10 ms is a thousand times what Prometheus does, and leaves the bridge a core.
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace mkb::e2e
