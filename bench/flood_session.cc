#include "bench/flood_session.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "mqtt/connack.h"
#include "mqtt/connect.h"
#include "mqtt/subscribe.h"
#include "mqtt/topic_filter.h"

namespace mkb::bench {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} * 1024;

std::uint16_t after(std::uint16_t id) {
  return id == 0xffff ? std::uint16_t{1} : static_cast<std::uint16_t>(id + 1);
}

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
  const std::size_t taken = take(input_);
  input_.erase(0, taken);
  counts_.acknowledged += acknowledged_;
  acknowledged_ = 0;
  return !broken_ && send();
}

std::size_t FloodSession::take(std::string_view bytes) {
  std::size_t at = 0;
  while (!broken_) {
    // Nearly all there is to read: PUBACK without a reason code.
    while (bytes.size() - at >= 4 && bytes[at] == '\x40' && bytes[at + 1] == '\x02') {
      acknowledge(static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[at + 2]) << 8 |
                                             static_cast<std::uint8_t>(bytes[at + 3])));
      at += 4;
    }
    const mqtt::FrameScan scan = mqtt::next_frame(bytes.substr(at), mqtt::kMaxPacketBytes);
    if (scan.state == mqtt::FrameScan::State::kNeedMore) {
      break;
    }
    broken_ = scan.state == mqtt::FrameScan::State::kError || !handle(scan.frame);
    at += scan.frame.total_size;
  }
  return at;
}

bool FloodSession::handle(const mqtt::Frame& frame) {
  switch (frame.type()) {
    case mqtt::PacketType::kConnect:
      return handle_connect(frame);
    case mqtt::PacketType::kSubscribe:
      return handle_subscribe(frame);
    case mqtt::PacketType::kPuback:
      if (frame.body.size() < 2) {
        return false;
      }
      acknowledge(static_cast<std::uint16_t>(static_cast<std::uint8_t>(frame.body[0]) << 8 |
                                             static_cast<std::uint8_t>(frame.body[1])));
      return true;
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
  window_ = version_ == mqtt::Version::k311 ? options_.window_311
                                            : connect->properties.view()
                                                  .integer(mqtt::PropertyId::kReceiveMaximum)
                                                  .value_or(mqtt::kDefaultReceiveMaximum);
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
    for (std::size_t i = 0; i < (wildcard ? options_.topics : 1); ++i) {
      targets_.push_back({topic_of(filter, i), identifier});
    }
  }
  targets_changed_ = true;
  return mqtt::encode(suback, version_, control_).ok();
}

void FloodSession::acknowledge(std::uint16_t packet_id) {
  ++acknowledged_;
  if (packet_id != expected_ack_) {
    ++counts_.out_of_order;
  }
  expected_ack_ = after(expected_ack_);
  if (in_flight_ == 0) {
    broken_ = true;
    return;
  }
  --in_flight_;
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
    block_ = std::make_unique<PublishBlock>(targets_, version_, mqtt::Sender::kServer,
                                            std::max(options_.packets_in_block, targets_.size()),
                                            options_.payload_bytes);
    next_packet_ = 0;
  }
  if (!block_) {
    return;
  }
  const std::uint32_t room = window_ - in_flight_;
  // Small runs would make this program, not the bridge, the busy one.
  if (room < std::min<std::uint32_t>(window_ / 8, 256)) {
    return;
  }
  const std::size_t count =
      std::min({static_cast<std::size_t>(room), block_->size() - next_packet_, options_.packets_in_block});
  for (std::size_t i = 0; i < count; ++i) {
    block_->set_packet_id(next_packet_ + i, next_id_);
    next_id_ = after(next_id_);
  }
  unsent_ = block_->bytes(next_packet_, count);
  next_packet_ = (next_packet_ + count) % block_->size();
  in_flight_ += static_cast<std::uint32_t>(count);
  counts_.sent += count;
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
