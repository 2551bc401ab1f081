#include "dataplane/pod/lease_writer.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "kube/resource_kind.h"

namespace mkb::dataplane {

LeaseWriter::LeaseWriter(boost::asio::io_context& io, kube::ApiClient& client,
                         std::chrono::milliseconds deadline)
    : io_(io),
      client_(client),
      deadline_(deadline),
      worker_([this](const std::stop_token& stop) { run(stop); }),
      watchdog_([this](const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (!stop.stop_requested()) {
          if (!give_up_at_) {
            wake_.wait(lock, stop, [this] { return give_up_at_.has_value(); });
            continue;
          }
          const auto until = *give_up_at_;
          if (!wake_.wait_until(lock, stop, until, [&] { return give_up_at_ != until; }) &&
              !stop.stop_requested()) {
            writing_.request_stop();
            give_up_at_.reset();
          }
        }
      }) {}

LeaseWriter::~LeaseWriter() {
  worker_.request_stop();
  watchdog_.request_stop();
  const std::lock_guard lock(mutex_);
  writing_.request_stop();
}

void LeaseWriter::write(nlohmann::json lease, std::function<void(bool)> written) {
  {
    const std::lock_guard lock(mutex_);
    job_ = Job{std::move(lease), std::move(written)};
  }
  wake_.notify_all();
}

void LeaseWriter::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return job_.has_value(); }) || stop.stop_requested()) {
        return;
      }
      job = std::move(*job_);
      job_.reset();
      writing_ = std::stop_source();
      give_up_at_ = std::chrono::steady_clock::now() + deadline_;
    }
    wake_.notify_all();
    const bool done = apply(job.lease);
    {
      const std::lock_guard lock(mutex_);
      give_up_at_.reset();
    }
    wake_.notify_all();
    if (!stop.stop_requested()) {
      boost::asio::post(io_, [written = std::move(job.written), done] { written(done); });
    }
  }
}

bool LeaseWriter::apply(const nlohmann::json& lease) {
  const auto& metadata = lease.at("metadata");
  std::stop_token token;
  {
    const std::lock_guard lock(mutex_);
    token = writing_.get_token();
  }
  const auto applied = client_.apply(kube::kLeases, metadata.at("namespace").get<std::string>(),
                                     metadata.at("name").get<std::string>(), lease, {}, token);
  const std::string problem = applied                  ? ""
                              : token.stop_requested() ? "no answer in time"
                                                       : applied.error().message();
  if (problem != std::exchange(logged_, problem)) {
    if (problem.empty()) {
      spdlog::info("the pod's Lease is written again");
    } else {
      spdlog::warn("the pod's Lease cannot be written: {}", problem);
    }
  }
  return applied.ok();
}

}  // namespace mkb::dataplane
