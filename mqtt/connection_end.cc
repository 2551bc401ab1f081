// How a Connection ends: by itself, to be made again, or for good.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "mqtt/connection_link.h"

namespace mkb::mqtt {

void Connection::end(const Error& error) {
  const bool was_connected = acknowledged_;
  // The engine has put its reason for leaving into output(): try to send it, then let go.
  if (state_ == State::kOpen && !engine_.output().empty() && !link_->write_pending) {
    auto link = link_;
    link->writing = std::move(engine_.output());
    link->transport->write(boost::asio::buffer(link->writing),
                           [link](const Result<void>&) { link->transport->close(); });
    link->owner = nullptr;
    link_.reset();
  }
  engine_.output().clear();
  engine_.on_transport_lost();
  if (was_connected && environment_.clock->now() - connected_at_ >= options_.stable_after) {
    backoff_.reset();
    failures_in_round_ = 0;
  }
  close_link();
  if (state_ == State::kFinishing) {
    finished();
    return;
  }
  state_ = State::kBackoff;
  next_server_ = true;
  acknowledged_ = false;
  const Duration least = environment_.least_delay ? environment_.least_delay() : Duration{};
  schedule_attempt(std::max(next_delay(error), least));
  events_.on_disconnected(error, was_connected);
}

Duration Connection::next_delay(const Error& error) {
  if (error.is(EngineError::kSessionTakenOver) && options_.takeover_delay > Duration::zero()) {
    return options_.takeover_delay;
  }
  if (++failures_in_round_ < options_.servers.size()) {
    return {};
  }
  failures_in_round_ = 0;
  return backoff_.next(environment_.random());
}

void Connection::schedule_attempt(Duration delay) {
  timer_.expires_after(delay);
  timer_.async_wait([life = life_](const boost::system::error_code& ec) {
    if (!ec && *life != nullptr && (*life)->state_ == State::kBackoff) {
      (*life)->attempt();
    }
  });
}

void Connection::reconnect() {
  if (state_ == State::kOpen && engine_.connected()) {
    finish();
    again_ = true;
  }
}

void Connection::finish() {
  again_ = false;
  if (state_ == State::kFinishing || state_ == State::kClosed) {
    return;
  }
  const bool open = state_ == State::kOpen && engine_.connected();
  state_ = State::kFinishing;
  timer_.cancel();
  if (!open) {
    boost::asio::post(io_, [life = life_] {
      if (*life != nullptr) {
        (*life)->finished();
      }
    });
    return;
  }
  engine_.write_acknowledgements();
  engine_.disconnect();
  timer_.expires_after(options_.goodbye_timeout);
  timer_.async_wait([life = life_](const boost::system::error_code& ec) {
    if (!ec && *life != nullptr) {
      (*life)->finished();
    }
  });
  write(link_);
}

void Connection::say_goodbye() {
  // Closing a socket with unread bytes resets it, and the reset can overtake the acknowledgements on their
  // way to the broker: end the sending side only, and read to the end of what the broker had sent.
  link_->half_closed = true;
  link_->transport->shutdown_send();
  if (!link_->reading) {
    discard_until_end(link_);
  }
}

void Connection::discard_until_end(const std::shared_ptr<Link>& link) {
  link->reading = true;
  link->transport->read_some(boost::asio::buffer(link->buffer.get(), link->capacity),
                             [link](const Result<std::size_t>& result) {
                               link->reading = false;
                               if (link->owner == nullptr) {
                                 return;
                               }
                               if (result) {
                                 link->owner->discard_until_end(link);
                               } else {
                                 link->owner->finished();
                               }
                             });
}

void Connection::close_link() {
  if (link_) {
    link_->owner = nullptr;
    if (link_->transport) {
      link_->transport->close();
    }
    link_.reset();
  }
}

void Connection::finished() {
  if (state_ == State::kClosed) {
    return;
  }
  timer_.cancel();
  close_link();
  engine_.on_transport_lost();
  if (std::exchange(again_, false)) {
    acknowledged_ = false;
    state_ = State::kBackoff;
    schedule_attempt({});
    return;
  }
  state_ = State::kClosed;
  events_.on_finished();
}

}  // namespace mkb::mqtt
