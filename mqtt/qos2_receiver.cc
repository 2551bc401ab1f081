#include "mqtt/qos2_receiver.h"

namespace mkb::mqtt {

Qos2Receiver::Received Qos2Receiver::on_publish(std::uint16_t packet_id, std::uint64_t fingerprint, bool dup,
                                                AckQueue& acks) {
  const auto [position, inserted] = messages_.try_emplace(packet_id, Message{});
  Message& message = position->second;
  if (!inserted && dup && message.fingerprint == fingerprint) {
    if (message.slot == 0 || message.delivered) {
      message.slot = acks.push(packet_id, 2);
    }
    return {message.delivered ? Verdict::kDelivered : Verdict::kInProgress, message.delivery};
  }
  // A place that waits already is taken over, or every acknowledgement behind it would wait for ever.
  const bool waits = message.slot != 0 && !message.delivered;
  message = Message{fingerprint, next_delivery_++, waits ? message.slot : acks.push(packet_id, 2), false};
  return {Verdict::kNew, message.delivery};
}

std::optional<AckQueue::Sequence> Qos2Receiver::confirm(std::uint16_t packet_id, DeliveryId delivery) {
  const auto position = messages_.find(packet_id);
  if (position == messages_.end() || position->second.delivery != delivery) {
    return std::nullopt;
  }
  Message& message = position->second;
  message.delivered = true;
  return message.slot == 0 ? std::nullopt : std::optional(message.slot);
}

bool Qos2Receiver::awaits_pubrec(std::uint16_t packet_id) const {
  const auto position = messages_.find(packet_id);
  return position != messages_.end() && position->second.slot != 0 && !position->second.delivered;
}

void Qos2Receiver::on_disconnect() {
  for (auto& [packet_id, message] : messages_) {
    message.slot = 0;
  }
}

}  // namespace mkb::mqtt
