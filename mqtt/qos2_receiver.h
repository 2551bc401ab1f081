#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "mqtt/ack_queue.h"

namespace mkb::mqtt {

/// The receiving half of QoS 2 for one MQTT session, "method A" of [MQTT-4.3.3]: a packet identifier names
/// one message from its first PUBLISH until its PUBREL, over reconnections that resume the session. So a
/// message that is redelivered while Kafka is still busy with it, or after Kafka has it, is recognised and
/// not produced twice.
///
/// A broker that restarts from an old copy of its state may give a used identifier to another message. The
/// fingerprint of topic and payload tells the two apart: a different message is always taken as new, because
/// a duplicate is repairable and a loss is not. Pure; one thread. State is in memory only: after the process
/// is killed, messages whose PUBREC had not reached the broker are produced again, at most Receive Maximum of
/// them.
class Qos2Receiver {
 public:
  /// Names one message handed to Kafka; 0 is none.
  using DeliveryId = std::uint64_t;

  enum class Verdict {
    kNew,         ///< produce it, then call confirm() with the delivery id
    kInProgress,  ///< redelivered; Kafka is still busy with it: its confirm() answers this one too
    kDelivered,   ///< redelivered; Kafka has it: acknowledge at once
  };
  struct Received {
    Verdict verdict;
    DeliveryId delivery;
  };

  /// A PUBLISH arrived: takes a place for its PUBREC in the current connection's `acks`, unless the same
  /// PUBLISH already has one there.
  /// Without `dup` it is never a redelivery [MQTT-3.3.1-1].
  Received on_publish(std::uint16_t packet_id, std::uint64_t fingerprint, bool dup, AckQueue& acks);

  /// Kafka has the message. Returns the slot to complete: none when the message was superseded, its session
  /// lost, or no current connection waits for it (the broker will redeliver it).
  std::optional<AckQueue::Sequence> confirm(std::uint16_t packet_id, DeliveryId delivery);

  /// True while the current connection owes a PUBREC for this identifier: a PUBREL now breaks the protocol.
  [[nodiscard]] bool awaits_pubrec(std::uint16_t packet_id) const;

  /// A PUBREL arrived: the identifier is free again. False when it was not in use (answer reason code 0x92).
  bool on_pubrel(std::uint16_t packet_id) { return messages_.erase(packet_id) != 0; }

  /// The connection ended: slots are stale, identifiers stay taken.
  void on_disconnect();

  /// The broker has no session any more: every identifier is free.
  void on_session_lost() { messages_.clear(); }

  /// Messages whose identifiers are taken: awaiting Kafka or a PUBREL.
  [[nodiscard]] std::size_t size() const { return messages_.size(); }

 private:
  struct Message {
    std::uint64_t fingerprint;
    DeliveryId delivery;
    AckQueue::Sequence slot;  // 0: no current connection waits
    bool delivered;
  };

  std::unordered_map<std::uint16_t, Message> messages_;
  DeliveryId next_delivery_ = 1;
};

}  // namespace mkb::mqtt
