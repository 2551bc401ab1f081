#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "dataplane/admin/snapshot_source.h"

namespace mkb::dataplane {

/// Calls the blocking SnapshotSource on a thread of its own. Requests that arrive while a call is under way
/// share the next one. ask() may be called until the object is gone; after stop() its waiters are not called.
class SnapshotThread {
 public:
  using Waiter = std::function<void(const std::optional<Snapshot>&)>;

  SnapshotThread(SnapshotSource source, std::chrono::milliseconds timeout, boost::asio::io_context& io)
      : source_(std::move(source)), timeout_(timeout), io_(io), thread_([this] { run(); }) {}

  ~SnapshotThread() { stop(); }

  /// Waits for the call under way.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  /// `waiter` is called on the io_context.
  void ask(Waiter waiter) {
    {
      const std::lock_guard lock(mutex_);
      waiters_.push_back(std::move(waiter));
    }
    wake_.notify_all();
  }

 private:
  void run() {
    for (;;) {
      std::vector<Waiter> served;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !waiters_.empty(); });
        if (stopping_) {
          return;
        }
        served.swap(waiters_);
      }
      boost::asio::post(io_, [served = std::move(served), snapshot = source_(timeout_)] {
        for (const Waiter& waiter : served) {
          waiter(snapshot);
        }
      });
    }
  }

  SnapshotSource source_;
  std::chrono::milliseconds timeout_;
  boost::asio::io_context& io_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiter> waiters_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mkb::dataplane
