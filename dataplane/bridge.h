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

#include "api/assignment.h"
#include "api/bridge_spec.h"
#include "api/secret_store.h"
#include "base/clock.h"
#include "base/result.h"
#include "dataplane/bridge_types.h"
#include "dataplane/egress/egress_set.h"
#include "dataplane/flow/dispatcher.h"
#include "dataplane/kafka/kafka_probe.h"
#include "dataplane/kafka/kafka_producer.h"
#include "dataplane/shard/shard_set.h"

namespace mkb::dataplane {

/// The data plane of one resource: shards, dispatcher and producer, and the routes from Kafka to MQTT, on one
/// I/O thread.
/// Everything but the constructor and wait_for_snapshot() is called on that thread.
class Bridge {
 public:
  /// `instance` names this process among those of the bridge, the same after a restart: the pod's name.
  /// Errors: RouteError, SessionPackError, TemplateError, KafkaConfigError, SecretError; nothing has been
  /// connected yet.
  static Result<std::unique_ptr<Bridge>> create(boost::asio::io_context& io, api::BridgeSpec spec,
                                                const std::string& secrets_directory,
                                                const std::string& instance, const Clock& clock,
                                                BridgeOptions options = {});
  ~Bridge();
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  void start();

  /// Carries out what an assignment says, of several the last one. False: the bridge drains, or owns
  /// everything.
  bool assign(const api::Assignment& assignment);
  /// Takes new routes without connecting anew, and without losing a message: what was received goes on under
  /// the rules it was received with. A session connects anew only when messages wait in it under old rules.
  /// Errors as of create(); then nothing has changed.
  Result<BridgeChange> update(api::BridgeSpec spec, std::optional<api::ShardRecord> record);
  /// Held, ended and lost shards; see ShardSet.
  [[nodiscard]] const ShardSet& shards() const { return *shards_; }
  /// Called when shards() has something new to tell.
  void set_on_change(std::function<void()> on_change) { on_change_ = std::move(on_change); }

  /// Takes no further message, waits until Kafka has what is in flight or `timeout` is over, acknowledges,
  /// disconnects every session keeping it, then calls `done`.
  void drain(Duration timeout, std::function<void(DrainOutcome)> done);

  [[nodiscard]] Snapshot snapshot() const;
  /// From any other thread: nullopt when the I/O thread does not answer in time.
  std::optional<Snapshot> wait_for_snapshot(std::chrono::milliseconds timeout);

 private:
  Bridge(boost::asio::io_context& io, api::BridgeSpec spec, const std::string& secrets_directory,
         std::string instance, const Clock& clock, BridgeOptions options);
  Result<void> build();
  Result<void> build_shards();
  void report_change();
  RecordProducer* isolated_producer();
  void wait_for_reports(KafkaProducer& producer, boost::asio::posix::stream_descriptor& descriptor);
  void schedule_tick();
  void on_probe(const Result<KafkaProbe::Problems>& answer);
  void check_drained();

  boost::asio::io_context& io_;
  api::BridgeSpec spec_;
  BridgeOptions options_;
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
  std::unique_ptr<ShardSet> shards_;
  std::function<void()> on_change_;
  EgressSet egress_;
  boost::asio::steady_timer tick_;
  std::unique_ptr<KafkaProbe> probe_;

  bool kafka_reachable_ = false;
  bool kafka_reported_ = false;
  int probe_failures_ = 0;
  bool draining_ = false;
  TimePoint drain_deadline_{};
  std::function<void(DrainOutcome)> drained_;
  bool finishing_ = false;
  DrainOutcome outcome_;
  /// Cleared when this object goes, for handlers that outlive it.
  std::shared_ptr<Bridge*> life_ = std::make_shared<Bridge*>(this);
};

}  // namespace mkb::dataplane
