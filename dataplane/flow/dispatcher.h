#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "dataplane/flow/delivery.h"
#include "dataplane/flow/message_source.h"
#include "dataplane/flow/object_pool.h"
#include "dataplane/flow/snapshot.h"
#include "dataplane/kafka/record_producer.h"
#include "dataplane/route/record_renderer.h"
#include "dataplane/route/route.h"

namespace mkb::dataplane {

struct DispatcherOptions {
  /// Payload bytes of records that wait to be tried again, beyond which no message is accepted.
  std::size_t parked_bytes_limit = std::size_t{64} * 1024 * 1024;
  Duration retry_base = std::chrono::seconds(1);
  Duration retry_cap = std::chrono::seconds(30);
  /// Topics made from messages, beyond which a new one is an error of its message: publishers choose them.
  std::size_t topics_limit = 10'000;
};

/// From a received message to its acknowledgement: renders one record per route, produces it, and confirms
/// the message once every record is delivered, filtered, dead-lettered or dropped for a counted reason. What
/// Kafka does not take now is kept in order and tried again; what it will never take goes the route's onError
/// way.
///
/// Bounds: at most a few records wait for room in the producer's queue, and then no message is accepted;
/// parked records are bounded by the sessions' receive maxima and parked_bytes_limit.
/// One thread. The producers' events must be this object's.
class Dispatcher final : public ProducerEvents {
 public:
  Dispatcher(std::vector<CompiledRoute> routes, std::vector<std::vector<std::string>> filters_of_routes,
             const std::string& bridge_uid, const Clock& clock, std::function<std::uint64_t()> random,
             DispatcherOptions options = {});
  ~Dispatcher() override;

  /// Before the first message. `isolated` gives the producer whose records travel alone; called when first
  /// needed, may return null.
  void start(RecordProducer& producer, std::function<RecordProducer*()> isolated);
  /// A source may come at any time, and go when its `held` is 0; not from inside a call of this object.
  void add_source(MessageSource& source) { sources_.push_back(&source); }
  void remove_source(const MessageSource& source);
  /// Everything that is still held of the source waits for its topic or is blocked: nothing that Kafka will
  /// confirm without further ado.
  [[nodiscard]] bool settled(const MessageSource& source) const;

  /// Replaces the routes; dispatch()'s indexes are those of the new ones from now on. A route that keeps its
  /// name keeps its counts. What is in flight goes on under the rules it was received with; a route that is
  /// gone is counted until the last of it is done with.
  void change_routes(std::vector<CompiledRoute> routes,
                     std::vector<std::vector<std::string>> filters_of_routes);
  /// Whether something of the source waits or is blocked under rules that are no longer in use, and would
  /// come again if the source connected anew (QoS 1).
  [[nodiscard]] bool held_by_old_rules(const MessageSource& source) const;

  [[nodiscard]] bool accepting() const { return accepting_; }
  /// No further message is accepted (draining).
  void stop_accepting();

  /// `routes` are indexes of the routes that want the message; none: it is confirmed at once.
  void dispatch(MessageSource& source, const mqtt::PublishView& publish, const mqtt::Ticket& ticket,
                TimePoint received, std::span<const std::uint32_t> routes);

  /// The source connected again and the broker resumed its session: QoS 1 messages of earlier connections
  /// that are held here come again, so the held copies go (dropped, reason "returned").
  void on_session_resumed(const MessageSource& source);
  /// The source is not connected and will not be again: whoever resumes its session gets the held copies of
  /// QoS 1 and 2 messages again, so they go (dropped, reason "returned").
  void on_source_closed(const MessageSource& source);
  /// The broker has forgotten the session: held messages are all there is and stay, but for blocked ones.
  void on_session_lost(const MessageSource& source);

  /// Retries what is due; a few times a second.
  void tick();

  /// A problem of a configured topic found before any record failed; empty: none.
  void report_topic_problem(const std::string& topic, const std::string& problem);

  void fill(Snapshot& snapshot) const;
  /// Records that the producers have and that will end by themselves.
  [[nodiscard]] std::size_t outstanding() const;
  [[nodiscard]] std::uint64_t in_flight() const { return deliveries_.in_use(); }

  void on_delivered(RecordTag* tag) override;
  void on_failed(RecordTag* tag, const DeliveryFailure& failure, OwnedRecord record) override;
  void on_batch_end() override;
  void on_producer_error(const std::string& name, const std::string& message) override;
  void on_restarted() override;

 private:
  void make_routes(std::vector<CompiledRoute> routes,
                   std::vector<std::vector<std::string>> filters_of_routes);
  void find_topics();
  template <class Visit>
  void visit_waiting(const Visit& visit) const;
  void return_held(const std::function<bool(const HeldMessage&)>& comes_again);
  TopicState* topic_state(std::string_view name, bool configured);
  /// Where one record goes next: the producer, or behind others that wait.
  void send(Delivery* delivery, const OutgoingRecord& record);
  void send(Delivery* delivery, const OwnedRecord& record) { send(delivery, view(record, scratch_headers_)); }
  /// False when the producer's queue has no room; otherwise the record is on its way, whichever that is.
  bool transmit(Delivery* delivery, const OutgoingRecord& record);
  ProduceStatus produce(Delivery* delivery, const OutgoingRecord& record);
  void handle_failure(Delivery* delivery, const DeliveryFailure& failure, OwnedRecord record);
  void reject_unrendered(Delivery* delivery, const RenderFailure& failure);
  void reject(Delivery* delivery, DropReason reason, std::string_view stage, const std::string& text,
              OwnedRecord record);
  void give_up(Delivery* delivery, DropReason reason);
  void park(Delivery* delivery, OwnedRecord record, const std::string& why);
  void retry(TopicState& topic);
  static void on_topic_recovered(TopicState& topic);
  void drain_overflow();
  template <class Keep>
  void discard(std::deque<WaitingRecord>& waiting, const Keep& keep, bool parked);
  void drop(Delivery* delivery, DropReason reason);
  void complete(Delivery* delivery);
  void flush_sources();
  void update_accepting();
  void note_error(RouteState& route, const std::string& text);
  void log_permanent(RouteState& route, DropReason reason, const std::string& text);

  const Clock& clock_;
  std::function<std::uint64_t()> random_;
  DispatcherOptions options_;
  RecordProducer* producer_ = nullptr;
  std::function<RecordProducer*()> make_isolated_;
  RecordProducer* isolated_ = nullptr;
  RecordRenderer renderer_;
  std::vector<std::unique_ptr<RouteState>> routes_;
  std::vector<std::unique_ptr<RouteState>> retired_;  // something is in flight under them
  std::unordered_map<std::string, std::unique_ptr<TopicState>> topics_;
  std::string topic_name_;  // reused for look-ups
  std::vector<MessageSource*> sources_;
  ObjectPool<HeldMessage> messages_;
  ObjectPool<Delivery> deliveries_;
  std::deque<WaitingRecord> overflow_;  // the producer's queue is full
  std::vector<Delivery*> blocked_;
  RecordHeaders scratch_headers_;
  std::size_t parked_bytes_ = 0;
  bool accepting_ = true;
  bool stopped_ = false;
  std::uint64_t pauses_ = 0;
  std::uint64_t next_sequence_ = 1;
  std::optional<TimePoint> batch_time_;
  KafkaSnapshot kafka_;
};

}  // namespace mkb::dataplane
