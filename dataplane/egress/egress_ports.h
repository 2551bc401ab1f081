#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/egress/paho/outgoing_message.h"
#include "dataplane/kafka/record_source.h"

namespace mkb::dataplane {

/// What EgressFlow asks of the world besides RecordSource; fakes stand in for it in tests. Answers come as
/// calls to the flow, never from inside a call.

/// The MQTT client that records are published with.
class MessagePublisher {
 public:
  virtual ~MessagePublisher() = default;
  [[nodiscard]] virtual bool connected() const = 0;
  /// The largest packet that the broker takes, in bytes; 0: it has not said.
  [[nodiscard]] virtual std::size_t maximum_packet_size() const = 0;
  /// The highest QoS that the broker takes.
  [[nodiscard]] virtual int maximum_qos() const = 0;
  [[nodiscard]] virtual bool retain_available() const = 0;
  /// False when nothing was taken because there is no connection. Otherwise on_published(), on_refused() or
  /// on_unsent() follows with `id`, unless on_connected(false) comes first: then it was forgotten.
  virtual bool publish(std::uint64_t id, const OutgoingMessage& message) = 0;
};

/// What takes records that can never be delivered. Tries again by itself for as long as that may help;
/// on_dead_lettered() or on_dead_letter_refused() follows.
class DeadLetterSink {
 public:
  virtual ~DeadLetterSink() = default;
  virtual void send(std::uint64_t id, const ConsumedRecord& record,
                    const std::vector<std::pair<std::string, std::string>>& more_headers) = 0;
  /// Nobody waits for the answer any more; what is not on its way need not go.
  virtual void forget(std::uint64_t id) = 0;
};

}  // namespace mkb::dataplane
