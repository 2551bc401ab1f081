#include "bench/publish_block.h"

#include <cassert>

#include "mqtt/publish.h"

namespace mkb::bench {
namespace {

std::string payload(std::size_t number, std::size_t size) {
  std::string text = R"({"t":1000000000000000000,"fleet":"fleet-)" + std::to_string(number % 7) +
                     R"(","speed":)" + std::to_string(40 + number % 60) + R"(.5,"position":{"lat":48.1)" +
                     std::to_string(1000 + number % 9000) + R"(,"lon":11.5)" +
                     std::to_string(1000 + number * 7 % 9000) + R"(},"note":")";
  assert(text.size() + 2 <= size);
  text.append(size - text.size() - 2, '.');
  return text + "\"}";
}

}  // namespace

PublishBlock::PublishBlock(const std::vector<PublishTarget>& targets, mqtt::Version version,
                           mqtt::Sender sender, std::size_t packets, std::size_t payload_bytes) {
  assert(!targets.empty());
  for (std::size_t i = 0; i < packets; ++i) {
    const PublishTarget& target = targets[i % targets.size()];
    mqtt::Publish publish;
    publish.topic = target.topic;
    publish.payload = payload(i, payload_bytes);
    publish.packet_id = 1;
    publish.qos = 1;
    if (target.subscription_id != 0) {
      publish.properties.add(mqtt::PropertyId::kSubscriptionIdentifier, target.subscription_id);
    }
    Packet packet;
    packet.begin = bytes_.size();
    if (!mqtt::encode(publish, version, sender, bytes_).ok()) {
      assert(false);
    }
    const std::size_t topic = bytes_.find(publish.topic, packet.begin);
    packet.packet_id = topic + publish.topic.size();
    packet.timestamp = bytes_.size() - payload_bytes + kTimestampOffset;
    packets_.push_back(packet);
  }
}

void PublishBlock::set_timestamp(std::size_t packet, std::uint64_t nanoseconds) {
  char* digit = bytes_.data() + packets_[packet].timestamp + kTimestampDigits;
  for (std::size_t i = 0; i < kTimestampDigits; ++i, nanoseconds /= 10) {
    *--digit = static_cast<char>('0' + nanoseconds % 10);
  }
}

std::string_view PublishBlock::bytes(std::size_t first, std::size_t count) const {
  const std::size_t begin = packets_[first].begin;
  const std::size_t end = first + count == packets_.size() ? bytes_.size() : packets_[first + count].begin;
  return std::string_view(bytes_).substr(begin, end - begin);
}

}  // namespace mkb::bench
