#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>

#include "kube/api_client.h"

namespace mkb::e2e {

/// Stands in for kubelet and data planes where none run: every Pod of the operator becomes Running and Ready,
/// does what its assignment ConfigMap says, reports that on its Lease and renews it, and is gone at once when
/// it is deleted. What real data planes do with the same objects is pod_e2e_test's subject.
class ObedientPods {
 public:
  /// `client` may do everything, and outlives it.
  explicit ObedientPods(kube::ApiClient& client);
  ~ObedientPods();
  ObedientPods(const ObedientPods&) = delete;
  ObedientPods& operator=(const ObedientPods&) = delete;

  /// From now on that pod does nothing any more (`<namespace>/<name>`), or again.
  void silence(const std::string& pod);
  void wake(const std::string& pod);
  /// Whether pods end sessions when told to.
  void obey_end(bool obey) { obey_end_ = obey; }
  /// Of every route in every report.
  void count(std::uint64_t received) { received_ = received; }

 private:
  void run(const std::stop_token& stop);
  void act(const nlohmann::json& pod);
  nlohmann::json lease_of(const nlohmann::json& pod, const nlohmann::json& assignment,
                          const nlohmann::json& in_use) const;

  kube::ApiClient& client_;
  std::mutex mutex_;
  std::set<std::string> silent_;
  std::map<std::string, std::pair<std::string, std::chrono::steady_clock::time_point>> renewed_;
  std::atomic<bool> obey_end_ = true;
  std::atomic<std::uint64_t> received_ = 0;
  std::jthread thread_;
};

}  // namespace mkb::e2e
