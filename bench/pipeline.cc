#include "bench/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "bench/delivery_latency.h"
#include "bench/loader.h"
#include "bench/process_cost.h"
#include "e2e/lab/kafka_admin.h"
#include "e2e/lab/lab_error.h"
#include "e2e/lab/mosquitto.h"
#include "e2e/lab/wait.h"

namespace mkb::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPartitions = 4;
/// Messages on their way at saturation: enough to keep everybody busy, few enough not to swell mosquitto.
constexpr std::uint64_t kBacklog = 20'000;
/// How often the loader is told what has arrived.
constexpr std::chrono::milliseconds kLookEvery{40};

/// Counts the records of a topic and lets the loader run ahead of them by no more than kBacklog.
class Flow {
 public:
  Flow(lab::KafkaAdmin& admin, std::string topic, Loader& loader, bool paced)
      : admin_(admin), topic_(std::move(topic)), loader_(loader), paced_(paced) {}

  std::uint64_t delivered() {
    const auto records = static_cast<std::uint64_t>(admin_.records(topic_));
    if (!paced_) {
      loader_.set_limit(records + kBacklog);
    }
    return records;
  }
  void run_for(std::chrono::milliseconds time) {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) {
      if (!paced_) {
        delivered();
      }
      std::this_thread::sleep_for(std::min<Clock::duration>(
          kLookEvery, std::max<Clock::duration>(end - Clock::now(), Clock::duration::zero())));
    }
  }

 private:
  lab::KafkaAdmin& admin_;
  std::string topic_;
  Loader& loader_;
  bool paced_;
};

lab::KafkaOptions optimizing_kafka() {
  lab::KafkaOptions options;
  options.optimizing = true;
  return options;
}

}  // namespace

Pipeline::Pipeline() : dir_("bench"), kafka_(dir_.path(), optimizing_kafka()) {
  kafka_.start();
}

PipelineResult Pipeline::measure(Program program, const PipelineOptions& options) {
  const std::filesystem::path dir = dir_.path() / std::to_string(++measurements_);
  std::filesystem::create_directories(dir);
  const std::string topic = fmt::format("telemetry-{}", measurements_);
  lab::KafkaAdmin admin(kafka_.bootstrap());
  admin.create_topic(topic, kPartitions);
  lab::Mosquitto mosquitto(dir, {});
  mosquitto.start();

  ContenderOptions contender_options;
  contender_options.mqtt_port = mosquitto.port();
  contender_options.kafka_bootstrap = kafka_.bootstrap();
  contender_options.filters = {"fleet0/+/telemetry"};
  contender_options.kafka_topic = topic;
  contender_options.receive_maximum = options.receive_maximum;
  contender_options.linger_ms = options.linger_ms;
  Contender contender(program, dir, contender_options);
  contender.wait_subscribed();

  const bool paced = options.rate > 0;
  std::optional<ArrivalClock> arrivals;
  if (paced) {
    arrivals.emplace(kafka_.bootstrap(), topic, kPartitions);
  }
  LoaderOptions loader_options;
  loader_options.rate = options.rate;
  Loader loader(mosquitto.port(), loader_options);
  Flow flow(admin, topic, loader, paced);
  flow.run_for(options.warm_up);

  PipelineResult result;
  const auto latency_before = delivery_latency(contender.metrics());
  const auto begin = Clock::now();
  const std::uint64_t first = flow.delivered();
  const ProcessCost cost = read_cost(contender.process().pid());
  if (arrivals) {
    arrivals->begin();
  }
  flow.run_for(options.duration);
  const std::uint64_t messages = flow.delivered() - first;
  const ProcessCost used = read_cost(contender.process().pid()).since(cost);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (messages == 0 || !contender.process().running()) {
    throw lab::LabError(fmt::format("the {} moves nothing:\n{}", name_of(program),
                                    lab::read_file(contender.process().log())));
  }
  result.throughput = throughput_of(messages, seconds, used);
  result.throughput.resident_kib = contender.process().resident_kib();
  result.acknowledged = quantiles_between(latency_before, delivery_latency(contender.metrics()));
  if (arrivals) {
    result.end_to_end = arrivals->finish();
  }
  const std::uint64_t sent = loader.stop();
  if (!lab::eventually([&] { return flow.delivered() >= sent; }, std::chrono::seconds(30))) {
    throw lab::LabError(fmt::format("of {} messages only {} are in Kafka (the {}, linger {} ms)\n{}\n{}",
                                    sent, flow.delivered(), name_of(program), options.linger_ms,
                                    contender.metrics(), lab::read_file(contender.process().log())));
  }
  contender.terminate();
  mosquitto.stop();
  return result;
}

}  // namespace mkb::bench
