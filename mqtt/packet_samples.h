#pragma once

#include <cstddef>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "mqtt/packet.h"

namespace mkb::mqtt {

/// A packet written out by hand as bytes and as a value; for tests and as the seeds of the fuzz targets.
struct PacketSample {
  std::string name;
  Version version;
  Sender sender;
  std::string bytes;
  Packet packet;
  /// Body lengths, shorter than its own, at which the packet is still a valid (other) one because what
  /// follows is optional or a list.
  std::set<std::size_t> valid_body_cuts;

  /// How a failing test shows it.
  friend std::ostream& operator<<(std::ostream& out, const PacketSample& sample) {
    return out << sample.name;
  }
};

/// Every packet type in both versions, plain and with all that it can carry.
std::vector<PacketSample> packet_samples();

}  // namespace mkb::mqtt
