#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "e2e/lab/server.h"

namespace mkb::lab {

struct KafkaOptions {
  std::string address = "127.0.0.1";  ///< where it listens, and what it tells clients
  int message_max_bytes = 1'048'588;  ///< the broker's default
  /// name -> password: a second listener with SASL PLAIN, on which a user may do only what allow_write()
  /// granted. The first listener stays open to everybody.
  std::map<std::string, std::string> users;
  /// For measurements: the JVM compiles at length what it often runs. Otherwise it compiles quickly, as what
  /// takes only minutes never gets back what the compiler takes from everybody else.
  bool optimizing = false;
};

/// Apache Kafka from $MKB_CACHE (see ./mkb deps): one KRaft node on free ports of 127.0.0.1, or of another
/// address. Topics are never created by themselves.
class Kafka final : public Server {
 public:
  Kafka(const std::filesystem::path& dir, const KafkaOptions& options = {},
        const std::string& name = "kafka");

  /// host:port of the open listener.
  [[nodiscard]] std::string bootstrap() const { return address_ + ":" + std::to_string(port_); }
  /// host:port of the SASL PLAIN listener (plain text).
  [[nodiscard]] std::string sasl_bootstrap() const { return address_ + ":" + std::to_string(sasl_port_); }

 protected:
  std::vector<std::string> command() override;
  bool ready() override;

 private:
  std::filesystem::path properties_;
  std::string address_;
  bool optimizing_;
  std::uint16_t port_;
  std::uint16_t controller_port_;
  std::uint16_t sasl_port_;
};

}  // namespace mkb::lab
