#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "api/bridge_spec.h"
#include "api/secret_store.h"
#include "base/clock.h"
#include "base/result.h"
#include "dataplane/egress/dead_letter_producer.h"
#include "dataplane/egress/egress_flow.h"
#include "dataplane/egress/mqtt_publisher.h"
#include "dataplane/flow/snapshot.h"
#include "dataplane/kafka/kafka_consumer.h"
#include "dataplane/kafka/kafka_producer.h"

namespace mkb::dataplane {

/// What all routes from Kafka to MQTT of one process share. Everything outlives the routes.
struct EgressEnvironment {
  boost::asio::io_context& io;
  const api::BridgeSpec& spec;
  const std::string& instance;  ///< of this process among those of the bridge: its pod's name
  const api::SecretStore& secrets;
  const Clock& clock;
  std::function<std::uint64_t()> random;
};

/// One route from Kafka to MQTT: a member of its consumer group, an MQTT client of its own, and EgressFlow
/// between them. Everything happens on the io_context's thread.
class EgressRoute final : public ConsumerEvents, public PublisherEvents {
 public:
  /// Errors: api::TemplateError, SecretError, KafkaConfigError.
  static Result<std::unique_ptr<EgressRoute>> create(EgressEnvironment environment,
                                                     const api::KafkaToMqttRoute& route);
  ~EgressRoute() override;
  EgressRoute(const EgressRoute&) = delete;
  EgressRoute& operator=(const EgressRoute&) = delete;

  void start();
  /// A few times a second.
  void tick();

  /// Reads nothing more; what is on its way is settled and committed.
  void drain() { flow_->drain(); }
  [[nodiscard]] bool drained() const { return flow_->drained(); }
  [[nodiscard]] std::uint64_t outstanding() const { return flow_->outstanding(); }
  /// After draining: leaves the MQTT broker.
  void finish() { publisher_->disconnect(); }

  [[nodiscard]] RouteSnapshot route_snapshot() const;
  [[nodiscard]] PublisherSnapshot publisher_snapshot() const;

  [[nodiscard]] std::size_t room() const override { return flow_->room(); }
  void on_record(ConsumedRecord record) override { flow_->on_record(std::move(record)); }
  void on_assigned(const std::vector<TopicPartition>& partitions) override;
  void on_revoked(const std::vector<TopicPartition>& partitions) override;
  void on_lost(const std::vector<TopicPartition>& partitions) override;
  void on_committed(const Offsets& offsets, const std::string& error) override;
  void on_consumer_error(const std::string& name, const std::string& message) override;

  void on_connected(bool resumed) override { flow_->on_connected(resumed); }
  void on_published(std::uint64_t id) override { flow_->on_published(id); }
  void on_refused(std::uint64_t id, const std::string& text) override { flow_->on_refused(id, text); }
  void on_unsent(std::uint64_t id) override { flow_->on_unsent(id); }
  void on_publisher_error(const std::string& text) override { note_error("MQTT: " + text); }
  void on_publisher_batch_end() override { read_on(); }

 private:
  EgressRoute(EgressEnvironment environment, const api::KafkaToMqttRoute& route);
  Result<void> build();
  RecordProducer* dead_letter_producer();
  void note_error(const std::string& text);
  void wait_for_consumer();
  void wait_for_dead_letters();
  void poll_consumer();
  void post_poll();
  void read_on();

  EgressEnvironment environment_;
  const api::KafkaToMqttRoute& route_;
  std::unique_ptr<KafkaConsumer> consumer_;
  std::unique_ptr<MqttPublisher> publisher_;
  std::unique_ptr<DeadLetterProducer> dead_letters_;
  std::unique_ptr<KafkaProducer> producer_;  // of the dead letters, when there was one
  std::unique_ptr<EgressFlow> flow_;
  boost::asio::posix::stream_descriptor consumer_ready_;
  boost::asio::posix::stream_descriptor reports_;
  bool poll_posted_ = false;
  std::string last_error_;  // of the two connections, not of records
  std::int64_t last_error_unix_ms_ = 0;
  std::string logged_error_;
  /// Cleared when this object goes, for handlers that outlive it.
  std::shared_ptr<EgressRoute*> life_ = std::make_shared<EgressRoute*>(this);
};

}  // namespace mkb::dataplane
