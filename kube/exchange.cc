#include "kube/exchange.h"

#include <utility>

namespace mkb::kube {

void Exchange::begin(int status, std::optional<std::chrono::seconds> retry_after) {
  const std::lock_guard lock(mutex_);
  status_ = status;
  retry_after_ = retry_after;
  changed_.notify_one();
}

bool Exchange::add(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (abandoned_ || ended_ || bytes.size() > most_pending_ - pending_.size()) return false;
  pending_ += bytes;
  changed_.notify_one();
  return true;
}

void Exchange::end(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  ended_ = true;
  error_ = std::move(error);
  changed_.notify_one();
}

Exchange::Piece Exchange::wait(std::chrono::milliseconds timeout, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  // Bytes may overtake the status, which comes by another path; they mean nothing without it.
  const auto something = [this] { return ended_ || (status_ != 0 && (!told_status_ || !pending_.empty())); };
  Piece piece;
  const bool came = changed_.wait_for(lock, stop, timeout, something);
  piece.stopped = stop.stop_requested();
  piece.silent = !came && !piece.stopped;
  piece.status = status_;
  piece.retry_after = retry_after_;
  if (status_ != 0) {
    told_status_ = true;
    piece.bytes = std::exchange(pending_, {});
  }
  piece.ended = ended_;
  piece.error = error_;
  return piece;
}

bool Exchange::abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  pending_ = {};
  return !ended_;
}

}  // namespace mkb::kube
