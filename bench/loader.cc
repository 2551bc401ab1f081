#include "bench/loader.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <memory>
#include <vector>

#include "e2e/lab/lab_error.h"
#include "mqtt/connack.h"
#include "mqtt/connect.h"

namespace mkb::bench {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} * 1024;
constexpr std::size_t kPacketsInBlock = 256;

std::uint64_t unix_nanoseconds() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

}  // namespace

Loader::Loader(std::uint16_t port, const LoaderOptions& options)
    : options_(options), limit_(options.rate > 0 ? std::numeric_limits<std::uint64_t>::max() : 0) {
  connect(port);
  std::vector<PublishTarget> targets;
  for (std::size_t i = 0; i < options_.vehicles; ++i) {
    targets.push_back({"fleet0/car-" + std::to_string(i) + "/telemetry", 0});
  }
  flow_.set_block(std::make_unique<PublishBlock>(targets, mqtt::Version::k5, mqtt::Sender::kClient,
                                                 kPacketsInBlock, options_.payload_bytes));
  thread_ = std::thread([this] { run(); });
}

Loader::~Loader() {
  stop();
  close(fd_);
}

std::uint64_t Loader::stop() {
  stopping_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
  return sent_;
}

void Loader::connect(std::uint16_t port) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  mqtt::Connect connect;
  connect.client_id = "mkb-bench-loader";
  std::string bytes;
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      !mqtt::encode(connect, bytes).ok() || !write_all(bytes)) {
    throw lab::LabError("the loader cannot connect to the MQTT broker");
  }
  for (;;) {
    const mqtt::FrameScan scan = mqtt::next_frame(input_, mqtt::kMaxPacketBytes);
    if (scan.state == mqtt::FrameScan::State::kFrame) {
      const auto connack = mqtt::decode_connack(scan.frame, mqtt::Version::k5);
      if (!connack || mqtt::is_failure(connack->reason)) {
        throw lab::LabError("the MQTT broker refuses the loader");
      }
      flow_.set_window(connack->properties.view()
                           .integer(mqtt::PropertyId::kReceiveMaximum)
                           .value_or(mqtt::kDefaultReceiveMaximum));
      input_.erase(0, scan.frame.total_size);
      return;
    }
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, 10'000) != 1 || !read()) {
      throw lab::LabError("the MQTT broker does not answer the loader");
    }
  }
}

void Loader::run() {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  while (!stopping_) {
    std::uint64_t due = limit_;
    if (options_.rate > 0) {
      const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
      due = std::min(due, static_cast<std::uint64_t>(options_.rate * seconds));
    }
    if (due > flow_.sent() && !publish(due - flow_.sent())) {
      return;
    }
    // At a rate, wake up every millisecond; otherwise there is nothing to do without a PUBACK, or a new
    // limit.
    pollfd waiting{fd_, POLLIN, 0};
    const int ready = poll(&waiting, 1, 1);
    if (ready > 0 && !read()) {
      return;
    }
  }
}

bool Loader::publish(std::size_t allowed) {
  while (allowed > 0) {
    const std::uint64_t before = flow_.sent();
    const std::string_view run = flow_.next_run(allowed, unix_nanoseconds());
    if (run.empty()) {
      return true;
    }
    if (!write_all(run)) {
      return false;
    }
    allowed -= flow_.sent() - before;
    sent_ = flow_.sent();
  }
  return true;
}

bool Loader::read() {
  const std::size_t old = input_.size();
  input_.resize(old + kReadBytes);
  const ssize_t got = recv(fd_, input_.data() + old, kReadBytes, MSG_DONTWAIT);
  input_.resize(old + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got <= 0) {
    return got < 0 && (errno == EAGAIN || errno == EINTR);
  }
  input_.erase(0, flow_.take_acknowledgements(input_));
  acknowledged_ = flow_.acknowledged();
  return true;
}

bool Loader::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (done < 0 && errno != EINTR) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(done, 0)));
  }
  return true;
}

}  // namespace mkb::bench
