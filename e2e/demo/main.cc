// mkb-demo: the whole way of a message on this machine, from a simulated vehicle to Apache Kafka, and of
// commands back, live.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "e2e/demo/conversation.h"
#include "e2e/demo/latency_window.h"
#include "e2e/demo/live_view.h"
#include "e2e/demo/narration.h"
#include "e2e/demo/quickstart.h"
#include "e2e/lab/bridge.h"
#include "e2e/lab/fleet.h"
#include "e2e/lab/interrupt.h"
#include "e2e/lab/kafka.h"
#include "e2e/lab/kafka_admin.h"
#include "e2e/lab/kafka_reader.h"
#include "e2e/lab/mosquitto.h"
#include "e2e/lab/temp_dir.h"
#include "e2e/lab/wait.h"

namespace mkb::demo {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Options {
  double seconds = 0;  ///< 0: until Ctrl-C
  int vehicles = 20;
  double rate = 1000;
  double commands = 50;
};

/// What runs.
struct Stage {
  lab::Fleet& fleet;
  Conversation& conversation;
  lab::Bridge& bridge;
  const Quickstart& quickstart;
  std::string kafka_bootstrap;
};

Sample sample_now(const Stage& stage, lab::KafkaAdmin& admin, Clock::time_point start,
                  LatencyWindow& window) {
  Sample sample;
  // Kafka first: what it has was sent before, so the picture never shows more arrived than sent.
  sample.in_kafka = static_cast<std::uint64_t>(admin.records(stage.quickstart.data_topic));
  sample.sent = stage.fleet.sent();
  const auto counts = stage.conversation.counts();
  sample.commands = counts.commands;
  sample.obeyed = counts.obeyed;
  sample.answers = counts.answers;
  const auto status = stage.bridge.status();
  for (const auto& route : status.at("routes")) {
    sample.in_flight += route.at("in_flight").get<std::uint64_t>();
    if (route.at("name") != stage.quickstart.data_route) continue;
    const auto latency = window.advance(route.at("latency"));
    sample.p50_ms = latency.p50_ms;
    sample.p99_ms = latency.p99_ms;
  }
  sample.seconds = seconds_since(start);
  return sample;
}

constexpr std::size_t kWidth = 100;  // columns

std::string shortened(const std::string& text, std::size_t size) {
  return text.size() <= size ? text : text.substr(0, size) + "...";
}

void show_records(const std::vector<lab::KafkaRecord>& records, std::size_t count) {
  print("\nRead back from Kafka:\n");
  for (std::size_t i = 0; i < std::min(count, records.size()); ++i) {
    const auto& record = records[i * records.size() / count];
    print("  {}[{}] offset {}  key {}\n", record.topic, record.partition, record.offset,
          record.key.value_or("(none)"));
    std::string line = "     headers ";
    for (const auto& [name, value] : record.headers) {
      const auto header = fmt::format(" {}={}", name, shortened(value, 32));
      if (line.size() + header.size() > kWidth) {
        print("{}\n", line);
        line = "             ";
      }
      line += header;
    }
    print("{}\n     value    {}\n", line, shortened(record.value, kWidth - 20));
  }
  print("\n");
}

void watch(const Options& options, const Stage& stage) {
  lab::KafkaAdmin admin(stage.kafka_bootstrap);
  const auto& topic = stage.quickstart.data_topic;
  LiveView view(::isatty(STDOUT_FILENO) != 0);
  LatencyWindow window;
  const auto start = Clock::now();
  lab::wait_until([&] { return admin.records(topic) >= 100; }, 60s, "the first records in Kafka");
  show_records(lab::read_topic(stage.kafka_bootstrap, topic), 2);
  auto next = Clock::now();
  while (!lab::interrupted() && (options.seconds <= 0 || seconds_since(start) < options.seconds)) {
    if (Clock::now() >= next) {
      print("{}", view.render(sample_now(stage, admin, start, window)));
      next += 1s;
    }
    ::usleep(50'000);
  }
}

// Stops the fleet, lets the bridge finish, and settles the account: 0 when nothing is lost.
int settle(const Stage& stage) {
  lab::clear_interrupt();
  print("\nStopping the fleet and waiting until everything has arrived (Ctrl-C again: at once).\n");
  stage.conversation.stop();
  stage.fleet.stop();
  stage.fleet.join();
  lab::KafkaAdmin admin(stage.kafka_bootstrap);
  const auto& topic = stage.quickstart.data_topic;
  const bool drained = lab::eventually(
      [&] {
        lab::throw_if_interrupted();
        return static_cast<std::uint64_t>(admin.records(topic)) >= stage.fleet.sent() &&
               stage.conversation.complete() && stage.bridge.idle();
      },
      60s);
  if (!drained) print("Not everything arrived within 60 s.\n");
  const auto end = stage.bridge.terminate();
  if (end.code != 0) print("The bridge ended with exit code {}, signal {}.\n", end.code, end.signal);

  const auto totals = stage.fleet.ledger(lab::read_topic(stage.kafka_bootstrap, topic)).totals();
  print("\nTelemetry: ledger of {} MQTT topics, every message numbered:\n{}", totals.topics,
        lab::to_table(totals));
  const auto commands = stage.conversation.settle();
  print("\nCommands: ledger of the other direction, every command numbered:\n{}", commands.table);
  const bool good = totals.lost == 0 && totals.invented == 0 && totals.sent > 0 && commands.good;
  return good && end.code == 0 ? 0 : 1;
}

int run(const Options& options) {
  print(
      "This starts mosquitto, Apache Kafka, mkb-dataplane and {} simulated vehicles on free ports of "
      "127.0.0.1,\n"
      "{}. Everything is stopped and removed at the end.\n\n",
      options.vehicles,
      options.seconds > 0 ? fmt::format("for {:g} s", options.seconds)
                          : std::string("until you press Ctrl-C"));

  const lab::TempDir dir("demo");
  lab::Mosquitto mosquitto(dir.path(), {});
  step(fmt::format("mosquitto at 127.0.0.1:{}", mosquitto.port()), [&] { mosquitto.start(); });

  std::unique_ptr<lab::Kafka> kafka;
  step("Apache Kafka 4.1.1", [&] {
    kafka = std::make_unique<lab::Kafka>(dir.path());
    kafka->start();
  });
  const auto quickstart =
      load_quickstart(MKB_QUICKSTART, fmt::format("127.0.0.1:{}", mosquitto.port()), kafka->bootstrap());
  step(fmt::format("its {} topics", quickstart.topics.size()), [&] {
    for (const auto& topic : quickstart.topics) {
      lab::KafkaAdmin(kafka->bootstrap())
          .create_topic(topic, topic == quickstart.data_topic || topic == quickstart.commands_topic ? 6 : 1);
    }
  });

  Conversation conversation({mosquitto.uri(), kafka->bootstrap(), quickstart.commands_topic,
                             quickstart.answers_topic, options.vehicles, options.commands});
  conversation.listen();
  lab::Bridge bridge(dir.path(), quickstart.yaml);
  step("the bridge, with examples/quickstart.yaml", [&] { bridge.start_ready(); });
  print("\nThe bridge's status page: http://127.0.0.1:{}/\n", bridge.admin_port());

  lab::FleetOptions fleet_options;
  fleet_options.uri = mosquitto.uri();
  fleet_options.vehicles = options.vehicles;
  fleet_options.messages_per_second = options.rate;
  lab::Fleet fleet(fleet_options);
  print("The fleet: {} vehicles, {:g} messages/s, QoS 1; {:g} commands/s for them, each answered.\n",
        options.vehicles, options.rate, options.commands);
  fleet.start();
  conversation.start();
  const Stage stage{fleet, conversation, bridge, quickstart, kafka->bootstrap()};
  try {
    watch(options, stage);
  } catch (const lab::Interrupted&) {
    // Ctrl-C before the first records: the account is settled all the same.
  }
  return settle(stage);
}

}  // namespace
}  // namespace mkb::demo

int main(int argc, char** argv) {
  mkb::demo::Options options;
  CLI::App app("MqttKafkaBridge, live: a simulated fleet <-> mosquitto <-> the bridge <-> Apache Kafka");
  app.add_option("--seconds", options.seconds, "end by itself after that long; otherwise with Ctrl-C")
      ->check(CLI::PositiveNumber);
  app.add_option("--vehicles", options.vehicles, "size of the fleet")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--rate", options.rate, "messages per second of the whole fleet")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--commands", options.commands, "commands per second to the whole fleet")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  return mkb::demo::run_to_end([&] { return mkb::demo::run(options); });
}
