#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mkb::demo {

/// One second of the demo.
struct Sample {
  double seconds = 0;           ///< since the fleet started
  std::uint64_t sent = 0;       ///< acknowledged to the fleet by the MQTT broker
  std::uint64_t in_kafka = 0;   ///< records
  std::uint64_t in_flight = 0;  ///< in the bridge: received, not yet in Kafka
  double p50_ms = 0;            ///< MQTT received -> Kafka acknowledged
  double p99_ms = 0;
  std::uint64_t commands = 0;  ///< written to Kafka
  std::uint64_t obeyed = 0;    ///< received by the vehicles
  std::uint64_t answers = 0;   ///< of the vehicles, in Kafka
};

/// Shows samples: a block that is redrawn in place on a terminal, one line per sample elsewhere.
class LiveView {
 public:
  explicit LiveView(bool terminal) : terminal_(terminal) {}

  /// The text that shows the sample; on a terminal it first moves the cursor back over the last block.
  std::string render(const Sample& sample);

 private:
  [[nodiscard]] std::string block(const Sample& sample, double sent_rate, double kafka_rate) const;

  bool terminal_;
  bool started_ = false;
  Sample last_;
  std::vector<double> rates_;  ///< into Kafka, the newest last
};

}  // namespace mkb::demo
