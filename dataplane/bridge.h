#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "api/bridge_spec.h"
#include "api/secret_store.h"
#include "base/clock.h"
#include "base/result.h"
#include "dataplane/egress/egress_route.h"
#include "dataplane/flow/dispatcher.h"
#include "dataplane/flow/ingest_session.h"
#include "dataplane/kafka/kafka_probe.h"
#include "dataplane/kafka/kafka_producer.h"

namespace mkb::dataplane {

/// What was left when a drain ended.
struct DrainOutcome {
  bool in_time = true;  ///< Kafka confirmed everything that was in flight
  /// Records without a delivery report and messages without an acknowledgement: the MQTT broker and Kafka
  /// keep them.
  std::uint64_t unconfirmed = 0;
};

/// The data plane of one resource, owning every shard: sessions, dispatcher and producer, and the routes from
/// Kafka to MQTT, on one I/O thread.
/// Everything but the constructor and wait_for_snapshot() is called on that thread.
class Bridge {
 public:
  /// `instance` names this process among those of the bridge, the same after a restart: the pod's name.
  /// Errors: RouteError, SessionPackError, TemplateError, KafkaConfigError, SecretError; nothing has been
  /// connected yet.
  static Result<std::unique_ptr<Bridge>> create(boost::asio::io_context& io, api::BridgeSpec spec,
                                                const std::string& secrets_directory,
                                                const std::string& instance, const Clock& clock);
  ~Bridge();
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  void start();

  /// Takes no further message, waits until Kafka has what is in flight or `timeout` is over, acknowledges,
  /// disconnects every session keeping it, then calls `done`.
  void drain(Duration timeout, std::function<void(DrainOutcome)> done);

  [[nodiscard]] Snapshot snapshot() const;
  /// From any other thread: nullopt when the I/O thread does not answer in time.
  std::optional<Snapshot> wait_for_snapshot(std::chrono::milliseconds timeout);

 private:
  Bridge(boost::asio::io_context& io, api::BridgeSpec spec, const std::string& secrets_directory,
         std::string instance, const Clock& clock);
  Result<void> build();
  Result<void> build_sessions();
  Result<void> build_egress();
  [[nodiscard]] mqtt::ConnectionOptions connection_options() const;
  [[nodiscard]] Result<mqtt::ConnectSecrets> read_secrets() const;
  RecordProducer* isolated_producer();
  void wait_for_reports(KafkaProducer& producer, boost::asio::posix::stream_descriptor& descriptor);
  void schedule_tick();
  void on_probe(const Result<KafkaProbe::Problems>& answer);
  void check_drained();

  boost::asio::io_context& io_;
  api::BridgeSpec spec_;
  api::SecretStore secrets_;
  std::string instance_;
  const Clock& clock_;
  std::mt19937_64 random_;
  TimePoint started_;
  KafkaProperties properties_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<KafkaProducer> producer_;
  std::unique_ptr<KafkaProducer> isolated_;
  boost::asio::posix::stream_descriptor reports_;
  boost::asio::posix::stream_descriptor isolated_reports_;
  std::vector<std::unique_ptr<IngestSession>> sessions_;
  std::vector<std::unique_ptr<EgressRoute>> egress_;
  boost::asio::steady_timer tick_;
  std::unique_ptr<KafkaProbe> probe_;

  bool kafka_reachable_ = false;
  bool kafka_reported_ = false;
  int probe_failures_ = 0;
  bool draining_ = false;
  std::size_t sessions_open_ = 0;
  TimePoint drain_deadline_{};
  std::function<void(DrainOutcome)> drained_;
  bool finishing_ = false;
  DrainOutcome outcome_;
  /// Cleared when this object goes, for handlers that outlive it.
  std::shared_ptr<Bridge*> life_ = std::make_shared<Bridge*>(this);
};

}  // namespace mkb::dataplane
