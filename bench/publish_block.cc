#include "bench/publish_block.h"

#include <cassert>
#include <random>

#include "mqtt/publish.h"

namespace mkb::bench {
namespace {

/// Digits that differ from packet to packet: a batch of them compresses about as well as telemetry does.
std::string payload(std::mt19937& random, std::size_t number, std::size_t size) {
  std::string text = R"({"t":1000000000000000000,"fleet":"fleet-)" + std::to_string(number % 7) +
                     R"(","speed":)" + std::to_string(40 + number % 60) + R"(.5,"readings":[)";
  while (text.size() + 8 < size) {
    text += std::to_string(100'000 + random() % 900'000).insert(3, ".").substr(0, 6) + ",";
  }
  text.back() = ']';
  text.append(size - text.size() - 1, ' ');
  return text + "}";
}

}  // namespace

PublishBlock::PublishBlock(const std::vector<PublishTarget>& targets, mqtt::Version version,
                           mqtt::Sender sender, std::size_t packets, std::size_t payload_bytes) {
  assert(!targets.empty());
  std::mt19937 random(1);  // NOLINT: the same bytes in every run
  for (std::size_t i = 0; i < packets; ++i) {
    const PublishTarget& target = targets[i % targets.size()];
    mqtt::Publish publish;
    publish.topic = target.topic;
    publish.payload = payload(random, i, payload_bytes);
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
