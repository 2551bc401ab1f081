#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "e2e/lab/raw_packet.h"

namespace mkb::lab {

/// One accepted connection, in the hands of the test: nothing is read, sent or answered but by its calls.
/// Not thread-safe.
class RawConnection {
 public:
  explicit RawConnection(int fd) : fd_(fd) {}
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  /// Sends bytes as they are; a peer that has closed is no error.
  void send(const std::string& bytes);
  void send(const RawPacket& packet) { send(packet.wire()); }
  /// The next packet, or nothing when none came within `timeout` or the peer has closed.
  std::optional<RawPacket> read(std::chrono::milliseconds timeout);
  /// The next packet other than PINGREQ, which is answered.
  std::optional<RawPacket> read_answering_pings(std::chrono::milliseconds timeout);
  /// The next packet, which must be of this type: LabError otherwise, or after 20 s.
  RawPacket expect(PacketType type);
  /// True once the peer has closed.
  [[nodiscard]] bool closed() const { return closed_; }
  /// Reads until the peer closes; the packets that still came. LabError after `timeout`.
  std::vector<RawPacket> read_to_end(std::chrono::milliseconds timeout);

 private:
  bool fill(std::chrono::steady_clock::time_point deadline);

  int fd_;
  bool closed_ = false;
  std::string buffer_;
};

/// What a client announced in its CONNECT.
struct RawConnect {
  int version = 0;  ///< 5 or 4
  std::uint8_t flags = 0;
  std::uint16_t keep_alive = 0;
  std::string properties;  ///< encoded
  std::string client_id;
  [[nodiscard]] bool clean() const { return (flags & 2) != 0; }
};
RawConnect parse_connect(const RawPacket& packet);

/// A scripted MQTT server: listens on 127.0.0.1 and hands each connection to the test.
class RawBroker {
 public:
  RawBroker();
  ~RawBroker();
  RawBroker(const RawBroker&) = delete;
  RawBroker& operator=(const RawBroker&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string uri() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }
  /// The next connection; LabError when none comes within `timeout`.
  std::unique_ptr<RawConnection> accept(std::chrono::milliseconds timeout = std::chrono::seconds(30));

  /// A connection past its handshake: CONNECT answered with success, and the first SUBSCRIBE granted. The
  /// bridge subscribes also where a session is present, because its configuration may have changed.
  struct Session {
    std::unique_ptr<RawConnection> connection;
    RawConnect connect;
    std::vector<std::string> filters;  ///< as subscribed
  };
  Session accept_session(bool session_present = false, const std::string& connack_properties = {});

 private:
  int listener_;
  std::uint16_t port_ = 0;
};

/// Answers a SUBSCRIBE with the quality of service each filter asked for; returns the filters.
std::vector<std::string> grant(RawConnection& connection, int version, const RawPacket& subscribe);

}  // namespace mkb::lab
