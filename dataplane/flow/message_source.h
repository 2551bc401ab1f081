#pragma once

#include <cstdint>
#include <string_view>

#include "mqtt/client_engine_types.h"

namespace mkb::dataplane {

/// Where messages come from and acknowledgements go to: one MQTT session.
class MessageSource {
 public:
  virtual ~MessageSource() = default;
  [[nodiscard]] virtual std::string_view client_id() const = 0;
  /// Grows with each connection: tells messages of the current one from those of an earlier one.
  [[nodiscard]] virtual std::uint64_t epoch() const = 0;
  /// The epoch() in which the broker's present session began: it remembers messages from then on only.
  [[nodiscard]] virtual std::uint64_t session_epoch() const = 0;
  /// The message is done with. Acknowledgements are sent by flush(), once for many.
  virtual void confirm(const mqtt::Ticket& ticket) = 0;
  virtual void flush() = 0;
  /// The dispatcher accepts messages again.
  virtual void resume() = 0;

  /// For the dispatcher: confirmed something since the last flush().
  bool unflushed = false;
  /// For the dispatcher: messages received here that it is not done with.
  std::uint64_t held = 0;
};

}  // namespace mkb::dataplane
