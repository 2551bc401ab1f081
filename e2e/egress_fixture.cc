#include "e2e/egress_fixture.h"

#include <algorithm>
#include <functional>
#include <iostream>

namespace mkb::e2e {

EgressFixture::EgressFixture(const lab::MosquittoOptions& options) : mosquitto_(dir(), options) {
  mosquitto_.start();
}

std::string EgressFixture::bridge_name() const {
  return "e2e-" + std::to_string(std::hash<std::string>()(topic()));
}

lab::BridgeConfig EgressFixture::commands(const std::string& route_lines,
                                          const std::string& mqtt_topic) const {
  lab::BridgeConfig config;
  config.name = bridge_name();
  config.mqtt_servers = {mosquitto_.uri()};
  config.kafka_bootstrap = kafka().bootstrap();
  config.egress_routes = "- name: commands\n  topics: [" + topic() + "]\n  topic: \"" + mqtt_topic +
                         "\"\n  start: {at: Earliest}\n" + route_lines;
  return config;
}

std::unique_ptr<lab::PahoSubscriber> EgressFixture::subscribe(const std::string& filter,
                                                              std::uint32_t session_expiry_seconds) {
  lab::PahoSubscriber::Options options;
  options.uri = mosquitto_.uri();
  options.client_id = "subscriber-" + std::to_string(++subscribers_);
  options.filters = {filter};
  options.session_expiry_seconds = session_expiry_seconds;
  auto subscriber = std::make_unique<lab::PahoSubscriber>(options);
  if (!subscriber->connect()) throw lab::LabError("mosquitto refused " + options.client_id);
  return subscriber;
}

lab::OutgoingRecord EgressFixture::record(const std::string& key, const std::string& value,
                                          std::int32_t partition) const {
  lab::OutgoingRecord made;
  made.topic = topic();
  made.key = key;
  made.value = value;
  made.partition = partition;
  return made;
}

nlohmann::json EgressFixture::wait_route(const lab::Bridge& bridge, const std::string& pointer,
                                         std::uint64_t value) {
  lab::wait_until([&] { return route_count(bridge, pointer) == value; }, 60s,
                  "route commands: " + pointer + " = " + std::to_string(value));
  EXPECT_EQ(lab::imbalance(bridge.status()), "");
  EXPECT_EQ(lab::imbalance(bridge.metrics()), "");
  return bridge.route("commands");
}

void EgressFixture::wait_received(const lab::PahoSubscriber& subscriber, std::size_t count,
                                  std::chrono::milliseconds timeout) {
  lab::wait_until([&] { return subscriber.count() >= count; }, timeout,
                  std::to_string(count) + " messages over MQTT");
}

void EgressFixture::wait_settled(const std::vector<const lab::Bridge*>& bridges,
                                 const lab::PahoSubscriber& subscriber, std::uint64_t count,
                                 std::chrono::milliseconds timeout) const {
  const auto all = static_cast<std::uint64_t>(admin().partitions(topic()));
  std::size_t before = 0;
  std::uint64_t partitions = 0;
  std::uint64_t left = 0;
  auto since = std::chrono::steady_clock::now();
  // Duplicates can make the count complete while messages are still on their way, so it must also stand
  // still.
  const bool settled = lab::eventually(
      [&] {
        partitions = 0;
        left = 0;
        for (const auto* bridge : bridges) {
          partitions += route_count(*bridge, "/partitions");
          left += route_count(*bridge, "/lag") + route_count(*bridge, "/in_flight");
        }
        const auto received = subscriber.count();
        const auto now = std::chrono::steady_clock::now();
        if (received != before || partitions != all || left > 0) since = now;
        before = received;
        return received >= count && now - since > 2s;
      },
      timeout);
  // Not thrown: the books that follow say what is missing.
  EXPECT_TRUE(settled) << "of " << count << " messages " << before << " have been received; the bridges have "
                       << partitions << " of " << all << " partitions and " << left << " records left";
}

void EgressFixture::expect_drains(lab::Bridge& bridge) const {
  const auto end = bridge.terminate();
  EXPECT_EQ(end.code, 0) << "signal " << end.signal;
  EXPECT_EQ(admin().committed(group(), topic()).size(),
            static_cast<std::size_t>(admin().partitions(topic())));
  EXPECT_TRUE(admin().all_committed(group(), topic()))
      << testing::PrintToString(admin().committed(group(), topic())) << " of "
      << testing::PrintToString(admin().end_offsets(topic()));
}

lab::Ledger::Totals EgressFixture::audit(const lab::CommandStream& stream,
                                         const lab::PahoSubscriber& subscriber) {
  auto totals = stream.ledger(subscriber.messages()).totals();
  std::cout << lab::to_table(totals, lab::command_words()) << std::flush;
  return totals;
}

lab::KafkaRecord EgressFixture::dead_letter(const std::string& reason, std::int32_t partition,
                                            std::int64_t offset) const {
  auto records = lab::read_topic(kafka().bootstrap(), topic(".dlq"), 1);
  EXPECT_EQ(records.size(), 1u);
  auto letter = std::move(records.at(0));
  EXPECT_EQ(letter.header("mkb-dlq-reason"), reason);
  EXPECT_EQ(letter.header("mkb-dlq-route"), "commands");
  EXPECT_NE(letter.header("mkb-dlq-stage").value_or(""), "");
  EXPECT_NE(letter.header("mkb-dlq-error").value_or(""), "");
  EXPECT_EQ(letter.header("mkb-dlq-origin-topic"), topic());
  EXPECT_EQ(letter.header("mkb-dlq-origin-partition"), std::to_string(partition));
  EXPECT_EQ(letter.header("mkb-dlq-origin-offset"), std::to_string(offset));
  return letter;
}

std::uint64_t route_count(const lab::Bridge& bridge, const std::string& pointer) {
  return bridge.route("commands").value(nlohmann::json::json_pointer(pointer), std::uint64_t{0});
}

std::vector<std::string> payloads(const std::vector<lab::ReceivedMessage>& messages) {
  std::vector<std::string> all;
  all.reserve(messages.size());
  for (const auto& message : messages) all.push_back(message.payload);
  return all;
}

void expect_last_states(const std::vector<lab::ReceivedMessage>& messages) {
  std::map<std::string, std::uint64_t> last;
  std::map<std::string, std::uint64_t> highest;
  for (const auto& message : messages) {
    const auto command = lab::parse_command(message.payload);
    last[command.vehicle] = command.number;
    highest[command.vehicle] = std::max(highest[command.vehicle], command.number);
  }
  EXPECT_FALSE(last.empty());
  EXPECT_EQ(last, highest);
}

}  // namespace mkb::e2e
