#pragma once

#include <cstdint>
#include <string_view>

#include "mqtt/properties.h"
#include "mqtt/wire_reader.h"
#include "mqtt/wire_writer.h"

namespace mkb::mqtt {

/// Where properties stand: what is allowed differs by packet and, for two packets, by sender.
enum class PropertyContext : std::uint8_t {
  kConnect,
  kConnack,
  kPublishFromClient,
  kPublishFromServer,
  kWill,
  kAck,  ///< PUBACK, PUBREC, PUBREL, PUBCOMP
  kSubscribe,
  kSuback,
  kUnsubscribe,
  kUnsuback,
  kDisconnectFromClient,
  kDisconnectFromServer,
  kAuth,
};

/// Checks encoded properties (without length prefix) against 2.2.2: known identifiers, allowed in `context`,
/// no duplicates but of User Property and, from a server, Subscription Identifier; values in range, strings
/// valid. The first offence is set in `failure`.
void check_properties(std::string_view bytes, PropertyContext context, CodecFailure& failure);

/// Reads a property length and that many bytes, and checks them.
PropertyView read_properties(WireReader& in, PropertyContext context);

/// Checks and writes properties with their length.
void write_properties(WireWriter& out, const Properties& properties, PropertyContext context);

/// How a property's value is encoded.
enum class PropertyKind : std::uint8_t { kByte, kTwoBytes, kFourBytes, kVarint, kText, kBinary, kTextPair };

/// Kind of a known property identifier; for any other, asserted, kBinary.
PropertyKind property_kind(PropertyId id);

/// Reads one property without checking its value; unknown identifiers fail.
Property read_property(WireReader& in);

}  // namespace mkb::mqtt
