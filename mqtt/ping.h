#pragma once

#include <string>

#include "base/result.h"
#include "mqtt/frame.h"

namespace mkb::mqtt {

struct Pingreq {
  friend bool operator==(const Pingreq&, const Pingreq&) = default;
};
struct Pingresp {
  friend bool operator==(const Pingresp&, const Pingresp&) = default;
};

Result<Pingreq> decode_pingreq(const Frame& frame, Version version);
Result<Pingresp> decode_pingresp(const Frame& frame, Version version);

void append_pingreq(std::string& out);
void append_pingresp(std::string& out);

}  // namespace mkb::mqtt
