#include "bench/saturation.h"

#include <fmt/format.h>

#include <thread>

#include "bench/mock_kafka.h"
#include "bench/process_cost.h"
#include "bench/synthetic_broker.h"
#include "e2e/lab/lab_error.h"
#include "e2e/lab/temp_dir.h"
#include "e2e/lab/wait.h"

namespace mkb::bench {

Throughput measure_saturation(Program program, const SaturationOptions& options) {
  using Clock = std::chrono::steady_clock;
  const lab::TempDir dir("bench-saturation");
  ContenderOptions contender_options;
  const MockKafka kafka({contender_options.kafka_topic}, 4);
  FloodOptions flood;
  flood.window_311 = static_cast<std::uint16_t>(options.receive_maximum);
  const SyntheticBroker broker(flood);
  contender_options.mqtt_port = broker.port();
  contender_options.kafka_bootstrap = kafka.bootstrap();
  contender_options.receive_maximum = options.receive_maximum;
  contender_options.linger_ms = options.linger_ms;
  for (int i = 0; i < options.sessions; ++i) {
    contender_options.filters.push_back(fmt::format("fleet{}/+/telemetry", i));
  }
  Contender contender(program, dir.path(), contender_options);
  lab::wait_until([&] { return broker.counts().acknowledged > 0 || !contender.process().running(); },
                  std::chrono::seconds(20), "the first acknowledgement");
  std::this_thread::sleep_for(options.warm_up);

  const auto begin = Clock::now();
  const std::uint64_t first = broker.counts().acknowledged;
  const ProcessCost cost = read_cost(contender.process().pid());
  std::this_thread::sleep_for(options.duration);
  const std::uint64_t messages = broker.counts().acknowledged - first;
  const ProcessCost used = read_cost(contender.process().pid()).since(cost);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (messages == 0 || !contender.process().running()) {
    throw lab::LabError(std::string(name_of(program)) + " moves nothing:\n" +
                        lab::read_file(contender.process().log()));
  }
  Throughput result = throughput_of(messages, seconds, used);
  result.out_of_order = broker.counts().out_of_order;
  result.resident_kib = contender.process().resident_kib();
  contender.terminate();
  return result;
}

}  // namespace mkb::bench
