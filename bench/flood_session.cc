#include "bench/flood_session.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "mqtt/connack.h"
#include "mqtt/connect.h"
#include "mqtt/subscribe.h"
#include "mqtt/topic_filter.h"

namespace mkb::bench {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} * 1024;

/// A topic that belongs to `filter`, another for each number.
std::string topic_of(std::string_view filter, std::size_t number) {
  std::string topic;
  for (const char c : filter) {
    if (c == '+') {
      topic += "car-" + std::to_string(number);
    } else if (c == '#') {
      topic += "state";
    } else {
      topic += c;
    }
  }
  return topic;
}

}  // namespace

FloodSession::FloodSession(int fd, const FloodOptions& options, FloodCounts& counts)
    : fd_(fd), options_(options), counts_(counts) {}

FloodSession::~FloodSession() {
  close(fd_);
}

bool FloodSession::on_readable() {
  const std::size_t old = input_.size();
  input_.resize(old + kReadBytes);
  const ssize_t got = recv(fd_, input_.data() + old, kReadBytes, MSG_DONTWAIT);
  if (got <= 0) {
    input_.resize(old);
    return got < 0 && (errno == EAGAIN || errno == EINTR);
  }
  input_.resize(old + static_cast<std::size_t>(got));
  return take_input() && send();
}

bool FloodSession::take_input() {
  const std::uint64_t acknowledged = flow_.acknowledged();
  const std::uint64_t out_of_order = flow_.out_of_order();
  const std::string_view bytes = input_;
  std::size_t at = 0;
  for (;;) {
    at += flow_.take_acknowledgements(bytes.substr(at));
    const mqtt::FrameScan scan = mqtt::next_frame(bytes.substr(at), mqtt::kMaxPacketBytes);
    if (scan.state == mqtt::FrameScan::State::kNeedMore) {
      break;
    }
    if (scan.state == mqtt::FrameScan::State::kError || !handle(scan.frame)) {
      return false;
    }
    at += scan.frame.total_size;
  }
  input_.erase(0, at);
  counts_.acknowledged += flow_.acknowledged() - acknowledged;
  counts_.out_of_order += flow_.out_of_order() - out_of_order;
  return true;
}

bool FloodSession::handle(const mqtt::Frame& frame) {
  switch (frame.type()) {
    case mqtt::PacketType::kConnect:
      return handle_connect(frame);
    case mqtt::PacketType::kSubscribe:
      return handle_subscribe(frame);
    case mqtt::PacketType::kPingreq:
      control_.append("\xd0\x00", 2);
      return true;
    default:
      return false;
  }
}

bool FloodSession::handle_connect(const mqtt::Frame& frame) {
  const auto connect = mqtt::decode_connect(frame);
  if (!connect) {
    return false;
  }
  version_ = connect->version;
  const auto announced = connect->properties.view().integer(mqtt::PropertyId::kReceiveMaximum);
  flow_.set_window(version_ == mqtt::Version::k311 ? options_.window_311
                                                   : announced.value_or(mqtt::kDefaultReceiveMaximum));
  return mqtt::encode(mqtt::Connack{}, version_, control_).ok();
}

bool FloodSession::handle_subscribe(const mqtt::Frame& frame) {
  const auto subscribe = mqtt::decode_subscribe(frame, version_);
  if (!subscribe) {
    return false;
  }
  mqtt::Suback suback;
  suback.packet_id = subscribe->packet_id;
  const auto identifier =
      subscribe->properties.view().integer(mqtt::PropertyId::kSubscriptionIdentifier).value_or(0);
  for (const mqtt::Subscription& each : subscribe->subscriptions) {
    suback.reasons.push_back(static_cast<mqtt::ReasonCode>(each.qos));
    const auto parsed = mqtt::parse_subscription_filter(each.filter);
    const std::string filter(parsed ? parsed->filter : std::string_view(each.filter));
    const bool wildcard = filter.find('+') != std::string::npos;
    for (std::size_t i = 0; i < (wildcard ? options_.vehicles : 1); ++i) {
      targets_.push_back({topic_of(filter, i), identifier});
    }
  }
  targets_changed_ = true;
  return mqtt::encode(suback, version_, control_).ok();
}

bool FloodSession::send() {
  for (;;) {
    // A control packet goes between two runs, never into one.
    if (unsent_.empty() && !control_.empty()) {
      std::string_view rest(control_);
      if (!write(rest)) {
        return false;
      }
      control_.erase(0, control_.size() - rest.size());
      if (!control_.empty()) {
        return true;
      }
    }
    if (unsent_.empty()) {
      next_run();
    }
    if (unsent_.empty()) {
      return true;
    }
    if (!write(unsent_)) {
      return false;
    }
    if (!unsent_.empty()) {
      return true;
    }
  }
}

void FloodSession::next_run() {
  if (targets_changed_) {
    targets_changed_ = false;
    flow_.set_block(std::make_unique<PublishBlock>(targets_, version_, mqtt::Sender::kServer,
                                                   std::max(options_.packets_in_block, targets_.size()),
                                                   options_.payload_bytes));
  }
  // Small runs would make this program, not the one that is measured, the busy one.
  if (flow_.room() != 0 && flow_.room() >= std::min<std::size_t>(flow_.window() / 8, 256)) {
    const std::uint64_t sent = flow_.sent();
    unsent_ = flow_.next_run(options_.packets_in_block);
    counts_.sent += flow_.sent() - sent;
  }
}

bool FloodSession::write(std::string_view& bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (done < 0) {
      return errno == EAGAIN || errno == EINTR;
    }
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

}  // namespace mkb::bench
