#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "e2e/lab/certificates.h"
#include "e2e/lab/server.h"

namespace mkb::lab {

struct MosquittoOptions {
  bool persistence = false;                  ///< sessions and queues survive a restart
  int max_inflight = 1000;                   ///< unacknowledged messages per client
  int max_queued = 0;                        ///< 0: no bound
  std::map<std::string, std::string> users;  ///< name -> password; empty: everybody may connect
  std::string acl;                           ///< lines of an acl_file; empty: everything is allowed
  std::uint32_t max_packet_size = 0;         ///< 0: MQTT's own limit
  bool log_denied = false;                   ///< log what `acl` denies, and much else
  std::optional<Certificates> tls;           ///< a second listener, with TLS
  bool require_client_certificate = false;   ///< on the TLS listener
};

/// A mosquitto broker on free ports of 127.0.0.1.
class Mosquitto final : public Server {
 public:
  Mosquitto(const std::filesystem::path& dir, const MosquittoOptions& options,
            const std::string& name = "mosquitto");

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::uint16_t tls_port() const { return tls_port_; }
  /// mqtt://127.0.0.1:PORT
  [[nodiscard]] std::string uri() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }

 protected:
  std::vector<std::string> command() override;
  bool ready() override;

 private:
  std::filesystem::path config_;
  std::uint16_t port_;
  std::uint16_t tls_port_;
};

}  // namespace mkb::lab
