#include "mqtt/connection.h"

#include <algorithm>
#include <utility>

#include "mqtt/connection_link.h"

namespace mkb::mqtt {
namespace {

/// A peer that does not read its acknowledgements is not read from either beyond this.
constexpr std::size_t kUnsentBytes = std::size_t{1024} * 1024;

}  // namespace

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
    case State::kPrepared:
      return "prepared";
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
  if (state_ == State::kIdle) {
    attempt();
    return;
  }
  if (!std::exchange(preparing_, false)) {
    return;
  }
  // While the transport is being opened, what follows goes on without stopping before CONNECT.
  if (state_ == State::kBackoff) {
    retry_now();
  } else if (state_ == State::kPrepared) {
    auto secrets = environment_.secrets();
    if (!secrets) {
      end(secrets.error());
      return;
    }
    open_session(std::shared_ptr<Link>(link_), secrets->credentials);
  }
}

void Connection::prepare() {
  if (state_ == State::kIdle) {
    preparing_ = true;
    attempt();
  }
}

void Connection::retry_now() {
  if (state_ == State::kBackoff) {
    schedule_attempt({});
  }
}

void Connection::resubscribe(std::vector<SubscriptionRequest> wanted) {
  if (auto sent = engine_.resubscribe(std::move(wanted)); !sent) {
    end(sent.error());
  } else if (state_ == State::kOpen) {
    write(link_);
  }
}

void Connection::attempt() {
  if (next_server_) {
    server_index_ = (server_index_ + 1) % options_.servers.size();
    next_server_ = false;
  }
  state_ = State::kConnecting;
  attempted_at_ = environment_.clock->now();
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
        if (!result || self.preparing_) {
          self.on_transport_open(link, result);
        } else {
          self.open_session(link, credentials);
        }
      });
}

void Connection::on_transport_open(const std::shared_ptr<Link>& link, const Result<void>& result) {
  if (!result) {
    end(result.error());
    return;
  }
  state_ = State::kPrepared;
  timer_.cancel();
  read(link);  // which tells when the broker closes it
}

void Connection::open_session(const std::shared_ptr<Link>& link, const Credentials& credentials) {
  if (auto opened = engine_.open(credentials, environment_.clock->now()); !opened) {
    end(opened.error());
    return;
  }
  state_ = State::kOpen;
  connected_at_ = environment_.clock->now();
  schedule_tick(link);
  write(link);
  read(link);
}

void Connection::prepare_again() {
  close_link();
  state_ = State::kBackoff;
  schedule_attempt(
      std::max(Duration{}, attempted_at_ + options_.prepare_interval - environment_.clock->now()));
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
  if (state_ == State::kPrepared) {
    prepare_again();
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

}  // namespace mkb::mqtt
