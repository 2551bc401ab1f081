// The reference that the bridge is compared with: the least that Paho and librdkafka can do together. Paho
// acknowledges a message when its callback returns, long before Kafka has it, so a crash here loses messages;
// nothing is matched, and records have no headers.

#include <librdkafka/rdkafka.h>
#include <mqtt/async_client.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Options {
  int mqtt_port = 0;
  int receive_maximum = 1000;
  std::vector<std::string> filters;
  std::string kafka;
  std::string kafka_topic;
  std::string linger_ms = "5";
};

class Producer {
 public:
  Producer(const Options& options) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", options.kafka);
    set(conf, "linger.ms", options.linger_ms);
    set(conf, "enable.idempotence", "true");
    set(conf, "acks", "all");
    set(conf, "compression.type", "lz4");
    std::array<char, 256> reason{};
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason.data(), reason.size());
    if (client_ == nullptr) throw std::runtime_error(reason.data());
    rd_kafka_topic_conf_t* topic_conf = rd_kafka_topic_conf_new();
    rd_kafka_topic_conf_set(topic_conf, "partitioner", "murmur2_random", nullptr, 0);
    topic_ = rd_kafka_topic_new(client_, options.kafka_topic.c_str(), topic_conf);
  }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  ~Producer() {
    rd_kafka_flush(client_, 10'000);
    rd_kafka_topic_destroy(topic_);
    rd_kafka_destroy(client_);
  }

  void produce(const std::string& key, const std::string& value) {
    while (rd_kafka_produce(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                            const_cast<char*>(value.data()), value.size(), key.data(), key.size(),
                            nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        std::fprintf(stderr, "produce: %s\n", rd_kafka_err2str(rd_kafka_last_error()));
        return;
      }
      rd_kafka_poll(client_, 10);
    }
    rd_kafka_poll(client_, 0);
  }

 private:
  static void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
    std::array<char, 256> reason{};
    if (rd_kafka_conf_set(conf, name, value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK) {
      throw std::runtime_error(reason.data());
    }
  }

  rd_kafka_t* client_ = nullptr;
  rd_kafka_topic_t* topic_ = nullptr;
};

/// The second level of a topic, as the bridge's `${topic[1]}`.
std::string vehicle_of(const std::string& topic) {
  const auto begin = topic.find('/');
  if (begin == std::string::npos) return {};
  const auto end = topic.find('/', begin + 1);
  return topic.substr(begin + 1, end == std::string::npos ? end : end - begin - 1);
}

void run(const Options& options, const sigset_t& ending) {
  Producer producer(options);
  mqtt::async_client client("tcp://127.0.0.1:" + std::to_string(options.mqtt_port), "mkb-paho-forwarder",
                            mqtt::create_options(MQTTVERSION_5));
  client.set_message_callback([&producer](const mqtt::const_message_ptr& message) {
    producer.produce(vehicle_of(message->get_topic()), message->get_payload_ref().str());
  });
  const auto connect = mqtt::connect_options_builder()
                           .mqtt_version(MQTTVERSION_5)
                           .clean_start(true)
                           .properties({{mqtt::property::RECEIVE_MAXIMUM, options.receive_maximum}})
                           .finalize();
  client.connect(connect)->wait();
  for (const std::string& filter : options.filters) {
    client.subscribe(filter, 1)->wait();
  }
  std::puts("ready");
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ending, &signal);
  client.disable_callbacks();
  client.disconnect()->wait_for(std::chrono::seconds(2));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Forwards MQTT messages to Kafka, acknowledging early."};
  app.add_option("--mqtt-port", options.mqtt_port)->required();
  app.add_option("--receive-maximum", options.receive_maximum);
  app.add_option("--filter", options.filters)->required();
  app.add_option("--kafka", options.kafka)->required();
  app.add_option("--kafka-topic", options.kafka_topic)->required();
  app.add_option("--linger-ms", options.linger_ms);
  CLI11_PARSE(app, argc, argv);
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);  // before any thread starts
  try {
    run(options, ending);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
