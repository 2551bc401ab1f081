#pragma once

#include <random>
#include <string>

#include "mqtt/packet.h"
#include "mqtt/property_codec.h"

namespace mkb::mqtt {

/// Random valid packets for property tests; the same seed gives the same packets.
class PacketGenerator {
 public:
  explicit PacketGenerator(std::uint64_t seed) : random_(seed) {}

  /// A packet of `type` that `sender` may send in `version`.
  Packet packet(PacketType type, Version version, Sender sender);

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  bool coin() { return below(2) == 0; }
  std::uint8_t qos() { return static_cast<std::uint8_t>(below(3)); }
  std::uint16_t packet_id() { return static_cast<std::uint16_t>(1 + below(0xffff)); }
  std::string bytes();
  std::string text();
  std::string topic();
  std::string filter(Version version);
  ReasonCode reason(PacketType type, Sender sender);
  Properties properties(PropertyContext context);
  void add_random_value(Properties& properties, PropertyId id);

  Connect connect(Version version);
  Publish publish(Version version, Sender sender);
  Subscribe subscribe(Version version);
  Suback suback(Version version);
  Auth auth(Sender sender);

  std::mt19937_64 random_;
};

}  // namespace mkb::mqtt
