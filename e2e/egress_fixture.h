#pragma once

#include <memory>
#include <string>
#include <vector>

#include "e2e/bridge_fixture.h"
#include "e2e/lab/command_stream.h"
#include "e2e/lab/kafka_writer.h"
#include "e2e/lab/paho_subscriber.h"

namespace mkb::e2e {

/// What every test of the way from Kafka to MQTT starts from: a mosquitto and a bridge of the test's own
/// name, so that no consumer group is shared with another test.
class EgressFixture : public BridgeFixture {
 protected:
  explicit EgressFixture(const lab::MosquittoOptions& options = {});

  /// A configuration with one route, `commands`, from topic() to `mqtt_topic`, with these lines besides.
  [[nodiscard]] lab::BridgeConfig commands(const std::string& route_lines = "",
                                           const std::string& mqtt_topic = "vehicles/${key}/cmd") const;
  /// The test's own, as short as names of bridges have to be.
  [[nodiscard]] std::string bridge_name() const;
  /// The consumer group of that route.
  [[nodiscard]] std::string group() const { return "mkb-" + bridge_name() + "-commands"; }
  /// Options of a program that bears this name, whatever the machine is called.
  static lab::BridgeOptions instance(const std::string& name) { return {{}, {"--instance", name}}; }

  /// A subscriber that is connected; `session_expiry_seconds` as in PahoSubscriber.
  [[nodiscard]] std::unique_ptr<lab::PahoSubscriber> subscribe(const std::string& filter = "vehicles/+/cmd",
                                                               std::uint32_t session_expiry_seconds = 0);
  /// A record of topic().
  [[nodiscard]] lab::OutgoingRecord record(const std::string& key, const std::string& value,
                                           std::int32_t partition = -1) const;
  static void write(const std::vector<lab::OutgoingRecord>& records) {
    lab::write_records(kafka().bootstrap(), records);
  }

  /// Waits until the counter at this JSON pointer of the route `commands` has the value, and checks the
  /// accounting; the route.
  static nlohmann::json wait_route(const lab::Bridge& bridge, const std::string& pointer,
                                   std::uint64_t value);
  static void wait_received(const lab::PahoSubscriber& subscriber, std::size_t count,
                            std::chrono::milliseconds timeout = 60s);
  /// Waits until these bridges have all of topic()'s partitions between them, none has anything left to
  /// deliver, and the subscriber, with at least `count` messages, has had no more for 2 s.
  void wait_settled(const std::vector<const lab::Bridge*>& bridges, const lab::PahoSubscriber& subscriber,
                    std::uint64_t count, std::chrono::milliseconds timeout = 120s) const;
  /// Ends the bridge with SIGTERM and expects that it drained: exit code 0, everything committed.
  void expect_drains(lab::Bridge& bridge) const;
  /// The books of the stream with what the subscriber got, printed.
  static lab::Ledger::Totals audit(const lab::CommandStream& stream, const lab::PahoSubscriber& subscriber);

  /// The only record of the dead-letter topic, topic(".dlq"), which must come from this place of topic().
  [[nodiscard]] lab::KafkaRecord dead_letter(const std::string& reason, std::int32_t partition,
                                             std::int64_t offset) const;

  lab::Mosquitto mosquitto_;

 private:
  int subscribers_ = 0;
};

/// The number at this JSON pointer of the status of the route `commands`; 0 when it is absent.
std::uint64_t route_count(const lab::Bridge& bridge, const std::string& pointer);
std::vector<std::string> payloads(const std::vector<lab::ReceivedMessage>& messages);
/// Expects that each vehicle's last message is its highest number: the state it is left in.
void expect_last_states(const std::vector<lab::ReceivedMessage>& messages);

}  // namespace mkb::e2e
