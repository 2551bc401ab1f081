#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "bench/arrival_clock.h"
#include "bench/contender.h"
#include "bench/throughput.h"
#include "e2e/lab/kafka.h"
#include "e2e/lab/temp_dir.h"

namespace mkb::bench {

struct PipelineOptions {
  double rate = 0;  ///< messages per second; 0: as many as get through
  int receive_maximum = 1000;
  std::string linger_ms = "5";
  std::chrono::milliseconds warm_up{2000};
  std::chrono::milliseconds duration{5000};
};

struct PipelineResult {
  Throughput throughput;
  /// MQTT received -> Kafka acknowledged, from the bridge's own histogram.
  std::optional<Quantiles> acknowledged;
  /// Sent by the publisher -> received by a consumer; measured only at a rate.
  std::optional<Quantiles> end_to_end;
};

/// Case (a): loader -> mosquitto -> program -> Apache Kafka, real servers on this machine. Kafka is started
/// once; each measurement has a topic, a mosquitto and a program of its own.
class Pipeline {
 public:
  /// Starts Kafka; throws LabError.
  Pipeline();

  /// A message counts when it is in Kafka. Throws LabError also when in the end one is missing.
  PipelineResult measure(Program program, const PipelineOptions& options);

 private:
  lab::TempDir dir_;
  lab::Kafka kafka_;
  int measurements_ = 0;
};

}  // namespace mkb::bench
