#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "e2e/lab/certificates.h"
#include "e2e/lab/server.h"

namespace mkb::lab {

struct MosquittoOptions {
  std::string address = "127.0.0.1";         ///< where it listens
  bool persistence = false;                  ///< sessions and queues survive a restart
  int max_inflight = 1000;                   ///< unacknowledged messages per client
  int max_queued = 0;                        ///< 0: no bound
  std::map<std::string, std::string> users;  ///< name -> password; empty: everybody may connect
  bool anonymous_too = false;                ///< besides `users`, whoever gives no name
  std::string acl;                           ///< lines of an acl_file; empty: everything is allowed
  std::uint32_t max_packet_size = 0;         ///< 0: MQTT's own limit
  bool log_denied = false;                   ///< log what `acl` denies, and much else
  std::optional<Certificates> tls;           ///< a second listener, with TLS
  bool require_client_certificate = false;   ///< on the TLS listener
};

/// A mosquitto broker on free ports of 127.0.0.1, or of another address.
class Mosquitto final : public Server {
 public:
  Mosquitto(const std::filesystem::path& dir, const MosquittoOptions& options,
            const std::string& name = "mosquitto");

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::uint16_t tls_port() const { return tls_port_; }
  /// mqtt://ADDRESS:PORT
  [[nodiscard]] std::string uri() const { return "mqtt://" + address_ + ":" + std::to_string(port_); }

 protected:
  std::vector<std::string> command() override;
  bool ready() override;

 private:
  std::filesystem::path config_;
  std::string address_;
  std::uint16_t port_;
  std::uint16_t tls_port_;
};

}  // namespace mkb::lab
