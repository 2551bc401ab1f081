#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace mkb::e2e {

/// Scrapes /metrics and /status.json of a bridge as fast as it answers, from a thread of its own, and checks
/// the accounting invariant at every scrape.
class Scraper {
 public:
  explicit Scraper(std::uint16_t admin_port);
  ~Scraper();
  Scraper(const Scraper&) = delete;
  Scraper& operator=(const Scraper&) = delete;

  /// Ends it. Scrapes that were answered, and the first imbalance found (empty: none).
  void stop();
  [[nodiscard]] int scrapes() const { return scrapes_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void scrape();

  std::uint16_t port_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> scrapes_{0};
  std::string problem_;  ///< read after stop()
  std::thread thread_;
};

}  // namespace mkb::e2e
