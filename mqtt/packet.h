#pragma once

#include <string>
#include <variant>

#include "mqtt/ack.h"
#include "mqtt/auth.h"
#include "mqtt/connack.h"
#include "mqtt/connect.h"
#include "mqtt/disconnect.h"
#include "mqtt/ping.h"
#include "mqtt/publish.h"
#include "mqtt/subscribe.h"
#include "mqtt/unsubscribe.h"

namespace mkb::mqtt {

/// Any control packet, owning. For tools, tests and peers that handle packets one by one; the receiving
/// engine decodes by type and keeps PUBLISH as a view.
using Packet = std::variant<Connect, Connack, Publish, Ack, Subscribe, Suback, Unsubscribe, Unsuback, Pingreq,
                            Pingresp, Disconnect, Auth>;

/// Whether `sender` may send packets of this type at all (MQTT 5, 2.1.2; DISCONNECT of a 3.1.1 server too).
bool may_send(Sender sender, PacketType type, Version version);

/// Decodes any frame. Packets of types that `sender` may not send are kProtocol. CONNECT carries its own
/// version; `version` is ignored for it.
Result<Packet> decode_packet(const Frame& frame, Version version, Sender sender);

/// Appends any packet; on failure `out` is unchanged. `version` is ignored for CONNECT.
Result<void> encode_packet(const Packet& packet, Version version, Sender sender, std::string& out);

}  // namespace mkb::mqtt
