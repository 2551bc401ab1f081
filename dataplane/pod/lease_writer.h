#pragma once

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "kube/api_client.h"

namespace mkb::dataplane {

/// Writes a pod's Lease on a thread of its own, because the API's answers are waited for. One write at a
/// time. write() is called on the I/O thread.
class LeaseWriter {
 public:
  /// `deadline`: a write that takes longer is given up, so that the next can follow within the Lease's
  /// duration.
  LeaseWriter(boost::asio::io_context& io, kube::ApiClient& client,
              std::chrono::milliseconds deadline = std::chrono::milliseconds(2'500));
  /// Gives up a write under way; its handler is not called any more, but by what has been posted already.
  ~LeaseWriter();
  LeaseWriter(const LeaseWriter&) = delete;
  LeaseWriter& operator=(const LeaseWriter&) = delete;

  /// Applies the Lease, then calls `written` on the I/O thread: whether it could.
  void write(nlohmann::json lease, std::function<void(bool)> written);

 private:
  struct Job {
    nlohmann::json lease;
    std::function<void(bool)> written;
  };
  void run(const std::stop_token& stop);
  bool apply(const nlohmann::json& lease);

  boost::asio::io_context& io_;
  kube::ApiClient& client_;
  std::chrono::milliseconds deadline_;
  std::string logged_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::optional<Job> job_;
  std::stop_source writing_;  // of the write under way
  std::optional<std::chrono::steady_clock::time_point> give_up_at_;
  std::jthread worker_;
  std::jthread watchdog_;
};

}  // namespace mkb::dataplane
