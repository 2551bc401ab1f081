#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/bridge_spec.h"
#include "base/clock.h"
#include "dataplane/egress/egress_ports.h"
#include "dataplane/egress/held_record.h"
#include "dataplane/egress/message_builder.h"

namespace mkb::dataplane {

struct EgressOptions {
  std::size_t bytes_limit = std::size_t{64} * 1024 * 1024;  ///< of held records, beyond which reading pauses
  Duration commit_interval = std::chrono::milliseconds(500);
  Duration revoke_timeout =
      std::chrono::seconds(10);  ///< for what is in flight when partitions are taken away
  Duration blocked_retry = std::chrono::seconds(30);  ///< between tries of a record that the broker refuses
};

/// From a Kafka record to its committed offset, for one route: makes an MQTT message of it, publishes it, and
/// lets its offset be committed once the broker has acknowledged it (PUBACK, PUBCOMP) or it is dead-lettered
/// or dropped for a counted reason.
///
/// Order: of the records of one key in one partition only one is on its way at a time, so neither a refusal
/// nor a reconnection can invert them. Records without a key go as they come.
/// Bounds: at most maxInFlight records are held, and at most twice as many, counted from the committed
/// offsets on, would be delivered again after a crash; beyond that the partitions are paused in Kafka. A
/// partition with a blocked record, or whose commits fail, counts by itself, so it does not stop the others.
/// One thread, no clock or socket inside.
class EgressFlow {
 public:
  EgressFlow(const api::KafkaToMqttRoute& route, MessageBuilder builder, RecordSource& source,
             MessagePublisher& publisher, DeadLetterSink& dead_letters, const Clock& clock,
             EgressOptions options = {});

  /// How many records may be read now.
  [[nodiscard]] std::size_t room() const;
  void on_record(ConsumedRecord record);
  void on_assigned(const std::vector<TopicPartition>& partitions);
  /// To be given up once what is in flight is settled and committed: RecordSource::release() follows.
  void on_revoked(const std::vector<TopicPartition>& partitions);
  /// Gone already: others may be reading them. RecordSource::release() follows at once.
  void on_lost(const std::vector<TopicPartition>& partitions);
  /// Kafka has committed these; with an `error` it has not.
  void on_committed(const Offsets& offsets, const std::string& error);

  /// Connected. `resumed`: the client still knows what it took before and will settle it.
  void on_connected(bool resumed);
  void on_published(std::uint64_t id);
  /// The broker will not have it: a reason code of 0x80 or above.
  void on_refused(std::uint64_t id, const std::string& text);
  /// The client could not send it.
  void on_unsent(std::uint64_t id);
  void on_dead_lettered(std::uint64_t id);
  void on_dead_letter_refused(std::uint64_t id, const std::string& text);

  /// Retries and commits what is due; a few times a second.
  void tick();
  /// After a batch of the calls above.
  void commit_if_due();

  /// Reads nothing more and gives back what is not on its way.
  void drain();
  /// After drain(): everything is settled and committed.
  [[nodiscard]] bool drained() const;
  [[nodiscard]] std::uint64_t outstanding() const { return held_.size(); }

  /// The route's counts, but for lag.
  void fill(RouteSnapshot& snapshot) const;
  void note_error(const std::string& text);

 private:
  using State = HeldRecord::State;

  HeldRecord* find(std::uint64_t id, State state);
  void pump();
  /// False when the connection is gone.
  bool transmit(HeldRecord& held);
  void reject(HeldRecord& held, BuildFailure failure);
  void give_up(HeldRecord& held);
  void drop(HeldRecord& held, DropReason reason);
  void settle(HeldRecord& held);
  void forget(HeldRecord& held);
  void give_back(const PartitionState* partition, bool sent_too);
  void retry_at(HeldRecord& held, Duration delay);
  void run_retries();
  void check_revoked();
  void commit_all();
  void commit(const Offsets& offsets);
  void update_reading();
  void log_permanent(DropReason reason, const std::string& text);
  void rewind(PartitionState& partition, std::int64_t offset);
  void recount();
  [[nodiscard]] bool full(const PartitionState& partition) const;

  api::KafkaToMqttRoute route_;
  MessageBuilder builder_;
  RecordSource& source_;
  MessagePublisher& publisher_;
  DeadLetterSink& dead_letters_;
  const Clock& clock_;
  EgressOptions options_;
  std::map<TopicPartition, PartitionState> partitions_;
  std::map<std::uint64_t, HeldRecord> held_;  // by id: in the order in which they were read
  std::unordered_map<std::string, Lane> lanes_;
  std::set<std::uint64_t> ready_;  // to be published, in order
  std::multimap<TimePoint, std::uint64_t> retries_;
  std::optional<PendingRevoke> revoke_;
  OutgoingMessage message_;
  std::uint64_t next_id_ = 1;
  std::uint32_t next_partition_number_ = 0;
  std::size_t held_bytes_ = 0;
  // What counts together, without partitions that count by themselves: at the last look, and what came since.
  std::size_t open_ = 0;  // records that are not committed
  std::size_t apart_held_ = 0;
  std::size_t apart_bytes_ = 0;
  std::size_t limit_;
  bool paused_ = false;
  bool draining_ = false;
  bool pumping_ = false;
  bool committing_ = false;
  bool last_commit_failed_ = false;
  Offsets committing_what_;
  bool commit_together_ = true;  // else one of those that are to be committed alone
  TopicPartition committed_alone_;
  TimePoint last_commit_;
  RouteSnapshot counts_;
  std::map<DropReason, TimePoint> logged_;
};

}  // namespace mkb::dataplane
