#include "e2e/lab/raw_broker.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "e2e/lab/lab_error.h"

namespace mkb::lab {
namespace {

using Time = std::chrono::steady_clock::time_point;

bool readable_before(int fd, Time deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd entry{fd, POLLIN, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

unsigned byte_at(const std::string& bytes, std::size_t at) {
  if (at >= bytes.size()) throw LabError("a packet that is too short");
  return static_cast<unsigned char>(bytes[at]);
}

// Reads a Variable Byte Integer and moves `at` behind it; nothing when `bytes` ends within it.
std::optional<std::size_t> take_variable_integer(const std::string& bytes, std::size_t& at) {
  std::size_t value = 0;
  for (unsigned shift = 0; shift <= 21; shift += 7) {
    if (at >= bytes.size()) return std::nullopt;
    const auto byte = byte_at(bytes, at++);
    value |= std::size_t{byte & 0x7f} << shift;
    if ((byte & 0x80) == 0) return value;
  }
  throw LabError("a malformed length");
}

std::string take_string(const std::string& bytes, std::size_t& at) {
  const std::size_t size = (byte_at(bytes, at) << 8) | byte_at(bytes, at + 1);
  if (at + 2 + size > bytes.size()) throw LabError("a string that is too short");
  auto text = bytes.substr(at + 2, size);
  at += 2 + size;
  return text;
}

std::string take_properties(int version, const std::string& bytes, std::size_t& at) {
  if (version != 5) return {};
  const auto size = take_variable_integer(bytes, at);
  if (!size || at + *size > bytes.size()) throw LabError("properties that are too short");
  auto properties = bytes.substr(at, *size);
  at += *size;
  return properties;
}

}  // namespace

RawConnection::~RawConnection() {
  ::close(fd_);
}

void RawConnection::send(const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto count = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

bool RawConnection::fill(Time deadline) {
  if (closed_ || !readable_before(fd_, deadline)) return false;
  std::array<char, 65536> chunk{};
  const auto count = ::recv(fd_, chunk.data(), chunk.size(), 0);
  if (count <= 0) {
    closed_ = true;
    return false;
  }
  buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<RawPacket> RawConnection::read(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    std::size_t at = 1;
    const auto size = buffer_.empty() ? std::nullopt : take_variable_integer(buffer_, at);
    if (size && buffer_.size() >= at + *size) {
      RawPacket packet{static_cast<std::uint8_t>(buffer_[0]), buffer_.substr(at, *size)};
      buffer_.erase(0, at + *size);
      return packet;
    }
    if (!fill(deadline)) return std::nullopt;
  }
}

std::optional<RawPacket> RawConnection::read_answering_pings(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    auto packet = read(std::max(left, std::chrono::milliseconds(0)));
    if (!packet || packet->type() != PacketType::kPingreq) return packet;
    send(pingresp());
  }
}

RawPacket RawConnection::expect(PacketType type) {
  const auto packet = read_answering_pings(std::chrono::seconds(20));
  if (!packet) {
    throw LabError(fmt::format("no packet of type {} came: {}", static_cast<int>(type),
                               closed_ ? "the client closed the connection" : "20 s are over"));
  }
  if (packet->type() != type) {
    throw LabError(fmt::format("a packet of type {} came instead of {}", static_cast<int>(packet->type()),
                               static_cast<int>(type)));
  }
  return *packet;
}

std::vector<RawPacket> RawConnection::read_to_end(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::vector<RawPacket> packets;
  while (!closed_ && std::chrono::steady_clock::now() < deadline) {
    if (auto packet = read(std::chrono::milliseconds(50))) packets.push_back(std::move(*packet));
  }
  if (!closed_) throw LabError("the client did not close the connection");
  return packets;
}

RawConnect parse_connect(const RawPacket& packet) {
  std::size_t at = 0;
  if (take_string(packet.body, at) != "MQTT") throw LabError("a CONNECT that is not MQTT's");
  RawConnect connect;
  connect.version = static_cast<int>(byte_at(packet.body, at));
  connect.flags = static_cast<std::uint8_t>(byte_at(packet.body, at + 1));
  connect.keep_alive =
      static_cast<std::uint16_t>((byte_at(packet.body, at + 2) << 8) | byte_at(packet.body, at + 3));
  at += 4;
  connect.properties = take_properties(connect.version, packet.body, at);
  connect.client_id = take_string(packet.body, at);
  return connect;
}

RawBroker::RawBroker() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw LabError("cannot listen on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
}

RawBroker::~RawBroker() {
  ::close(listener_);
}

std::unique_ptr<RawConnection> RawBroker::accept(std::chrono::milliseconds timeout) {
  if (!readable_before(listener_, std::chrono::steady_clock::now() + timeout)) {
    throw LabError("nobody connected to the scripted broker");
  }
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) throw LabError("accept failed");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return std::make_unique<RawConnection>(fd);
}

RawBroker::Session RawBroker::accept_session(bool session_present, const std::string& connack_properties) {
  Session session;
  session.connection = accept();
  session.connect = parse_connect(session.connection->expect(PacketType::kConnect));
  session.connection->send(connack(session.connect.version, session_present, 0, connack_properties));
  session.filters =
      grant(*session.connection, session.connect.version, session.connection->expect(PacketType::kSubscribe));
  return session;
}

std::vector<std::string> grant(RawConnection& connection, int version, const RawPacket& subscribe) {
  std::vector<std::string> filters;
  std::vector<std::uint8_t> granted;
  std::size_t at = 2;
  take_properties(version, subscribe.body, at);
  while (at < subscribe.body.size()) {
    filters.push_back(take_string(subscribe.body, at));
    granted.push_back(static_cast<std::uint8_t>(byte_at(subscribe.body, at++) & 3));
  }
  connection.send(suback(version, subscribe.packet_id(), granted));
  return filters;
}

}  // namespace mkb::lab
