#include "mqtt/connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <utility>

namespace mkb::mqtt {
namespace {

/// One read takes up to this much: about a thousand small messages for one system call.
constexpr std::size_t kReadBytes = std::size_t{256} * 1024;
/// A peer that does not read its acknowledgements is not read from either beyond this.
constexpr std::size_t kUnsentBytes = std::size_t{1024} * 1024;

}  // namespace

/// One transport's life. Handlers hold it; `owner` is cleared when the connection has moved on.
struct Connection::Link {
  Connection* owner = nullptr;
  std::shared_ptr<Transport> transport;
  std::unique_ptr<char[]> buffer = std::make_unique_for_overwrite<char[]>(kReadBytes);
  std::size_t capacity = kReadBytes;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string writing;
  bool reading = false;
  bool write_pending = false;
  bool half_closed = false;
  bool processing = false;

  [[nodiscard]] std::string_view unread() const { return {buffer.get() + begin, end - begin}; }

  /// Makes room for the rest of an incomplete packet, and for a large read.
  void make_room(std::size_t missing) {
    if (begin == end) {
      begin = end = 0;
    }
    const std::size_t wanted = end - begin + std::max(missing, kReadBytes / 4);
    if (wanted > capacity) {
      auto larger = std::make_unique_for_overwrite<char[]>(wanted);
      std::memcpy(larger.get(), buffer.get() + begin, end - begin);
      buffer = std::move(larger);
      capacity = wanted;
    } else if (begin + wanted > capacity) {
      std::memmove(buffer.get(), buffer.get() + begin, end - begin);
    } else {
      return;
    }
    end -= begin;
    begin = 0;
  }
};

Connection::Connection(boost::asio::io_context& io, ConnectionOptions options,
                       ConnectionEnvironment environment, ConnectionEvents& events)
    : io_(io),
      options_(std::move(options)),
      environment_(std::move(environment)),
      events_(events),
      engine_(options_.engine, events),
      backoff_(options_.backoff_base, options_.backoff_cap),
      timer_(io) {
  if (!environment_.transport) {
    environment_.transport = [this](const ServerAddress& server, const TlsMaterial& tls) {
      return make_transport(io_, server, tls);
    };
  }
}

Connection::~Connection() {
  *life_ = nullptr;
  close_link();
}

const char* Connection::state() const {
  switch (state_) {
    case State::kIdle:
    case State::kConnecting:
      return "connecting";
    case State::kOpen:
      return !engine_.connected() ? "connecting" : engine_.ready() ? "ready" : "subscribing";
    case State::kBackoff:
      return "backoff";
    case State::kFinishing:
      return "draining";
    case State::kClosed:
      return "closed";
  }
  return "closed";
}

void Connection::start() {
  attempt();
}

void Connection::attempt() {
  if (next_server_) {
    server_index_ = (server_index_ + 1) % options_.servers.size();
    next_server_ = false;
  }
  state_ = State::kConnecting;
  link_ = std::make_shared<Link>();
  link_->owner = this;
  auto secrets = environment_.secrets();
  if (!secrets) {
    end(secrets.error());
    return;
  }
  link_->transport = environment_.transport(options_.servers[server_index_], secrets->tls);
  timer_.expires_after(options_.connect_timeout);
  timer_.async_wait([link = link_](const boost::system::error_code& ec) {
    if (!ec && link->owner != nullptr) {
      link->owner->end(
          Error(EngineError::kTimeout, "connecting to " + link->owner->server() + " took too long"));
    }
  });
  link_->transport->connect(
      [link = link_, credentials = std::move(secrets->credentials)](const Result<void>& result) {
        if (link->owner == nullptr) {
          return;
        }
        Connection& self = *link->owner;
        Result<void> opened = result;
        if (opened) {
          opened = self.engine_.open(credentials, self.environment_.clock->now());
        }
        self.on_transport_open(link, opened);
      });
}

void Connection::on_transport_open(const std::shared_ptr<Link>& link, const Result<void>& result) {
  if (!result) {
    end(result.error());
    return;
  }
  state_ = State::kOpen;
  connected_at_ = environment_.clock->now();
  schedule_tick(link);
  write(link);
  read(link);
}

void Connection::schedule_tick(const std::shared_ptr<Link>& link) {
  timer_.expires_after(std::chrono::seconds(1));
  timer_.async_wait([link](const boost::system::error_code& ec) {
    if (ec || link->owner == nullptr || link->owner->state_ != State::kOpen) {
      return;
    }
    Connection& self = *link->owner;
    if (auto ticked = self.engine_.tick(self.environment_.clock->now()); !ticked) {
      self.end(ticked.error());
      return;
    }
    self.write(link);
    self.schedule_tick(link);
  });
}

void Connection::read(const std::shared_ptr<Link>& link) {
  if (link->reading || link->half_closed || engine_.stalled() || engine_.output().size() > kUnsentBytes) {
    return;
  }
  link->make_room(engine_.missing());
  link->reading = true;
  link->transport->read_some(boost::asio::buffer(link->buffer.get() + link->end, link->capacity - link->end),
                             [link](const Result<std::size_t>& result) {
                               link->reading = false;
                               if (link->owner != nullptr) {
                                 link->owner->on_read(link, result);
                               }
                             });
}

void Connection::on_read(const std::shared_ptr<Link>& link, const Result<std::size_t>& result) {
  if (state_ == State::kFinishing && link->half_closed) {
    // finish() took over: what was read stays with the broker.
    if (result) {
      discard_until_end(link);
    } else {
      finished();
    }
    return;
  }
  if (state_ != State::kOpen) {
    return;
  }
  if (!result) {
    end(result.error());
    return;
  }
  link->end += *result;
  process(link);
}

void Connection::process(const std::shared_ptr<Link>& link) {
  // Acknowledging may open the window of a 3.1.1 session again, so go on until nothing is taken.
  for (;;) {
    const bool was_connected = engine_.connected();
    link->processing = true;
    auto taken = engine_.receive(link->unread(), environment_.clock->now());
    link->processing = false;
    if (!was_connected && engine_.connected()) {
      ++connects_;
      acknowledged_ = true;
    }
    if (!taken) {
      end(taken.error());
      return;
    }
    if (link->owner == nullptr || state_ != State::kOpen) {
      return;  // an event's handler ended the connection
    }
    link->begin += *taken;
    engine_.write_acknowledgements();
    if (*taken == 0 || link->begin == link->end || engine_.stalled()) {
      break;
    }
  }
  write(link);
  read(link);
}

void Connection::flush() {
  if (state_ != State::kOpen) {
    return;
  }
  engine_.write_acknowledgements();
  write(link_);
  resume();
}

void Connection::resume() {
  // From inside process() there is nothing to resume: it goes on by itself.
  if (state_ == State::kOpen && !link_->reading && !link_->processing && !engine_.stalled()) {
    if (link_->begin != link_->end) {
      process(std::shared_ptr<Link>(link_));
    } else {
      read(link_);
    }
  }
}

void Connection::write(const std::shared_ptr<Link>& link) {
  if (link->write_pending || engine_.output().empty()) {
    return;
  }
  link->writing.clear();
  link->writing.swap(engine_.output());
  link->write_pending = true;
  engine_.on_sent(environment_.clock->now());
  link->transport->write(boost::asio::buffer(link->writing), [link](const Result<void>& result) {
    link->write_pending = false;
    if (link->owner == nullptr) {
      return;
    }
    Connection& self = *link->owner;
    if (!result) {
      if (self.state_ == State::kFinishing) {
        self.finished();
      } else {
        self.end(result.error());
      }
      return;
    }
    self.write(link);
    if (self.state_ == State::kFinishing && !link->write_pending) {
      self.say_goodbye();
    } else {
      self.resume();
    }
  });
}

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
  schedule_attempt();
  events_.on_disconnected(error, was_connected);
}

void Connection::schedule_attempt() {
  Duration delay{};
  if (++failures_in_round_ >= options_.servers.size()) {
    failures_in_round_ = 0;
    delay = backoff_.next(environment_.random());
  }
  timer_.expires_after(delay);
  timer_.async_wait([life = life_](const boost::system::error_code& ec) {
    if (!ec && *life != nullptr && (*life)->state_ == State::kBackoff) {
      (*life)->attempt();
    }
  });
}

void Connection::finish() {
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
  state_ = State::kClosed;
  timer_.cancel();
  close_link();
  engine_.on_transport_lost();
  events_.on_finished();
}

}  // namespace mkb::mqtt
