#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/flow/snapshot.h"
#include "dataplane/route/partition_choice.h"
#include "dataplane/route/record_headers.h"

namespace mkb::dataplane {

/// What travels with a record through the producer and comes back with its delivery report. Owned by the
/// caller and kept unchanged in between: the producer's threads read `partition`.
struct RecordTag {
  PartitionChoice partition;
};

/// A record as views that need to live only until produce() returns.
struct OutgoingRecord {
  std::optional<std::string_view> key;
  std::string_view value;
  const RecordHeaders* headers = nullptr;  ///< may be null
  bool tombstone = false;                  ///< null instead of the value
};

/// A record that owns what it carries: one that failed and may be tried again.
struct OwnedRecord {
  std::optional<std::string> key;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;

  [[nodiscard]] std::size_t bytes() const;
};

OwnedRecord own(const OutgoingRecord& record);
/// Views of `record`, with its headers in `headers`: both must outlive the result.
OutgoingRecord view(const OwnedRecord& record, RecordHeaders& headers);

/// A topic as the producer knows it.
class TopicHandle {
 public:
  virtual ~TopicHandle() = default;
  [[nodiscard]] virtual const std::string& name() const = 0;
};

enum class ProduceStatus {
  kQueued,      ///< a delivery report will follow
  kQueueFull,   ///< nothing was taken; room comes with delivery reports
  kTooLarge,    ///< larger than any message this producer sends
  kRestarting,  ///< nothing was taken; on_restarted() follows
  kFailed       ///< nothing was taken; failure() says why
};

/// Why Kafka does not have a record.
struct DeliveryFailure {
  enum class Kind {
    kRetry,      ///< try again later: the same record may succeed
    kPermanent,  ///< this record will never be accepted: `reason`
    /// As kRetry when the configuration names the topic (it will be made or authorised), as kPermanent when
    /// the topic came from the message.
    kTopic,
    kRestart,  ///< the producer is being replaced; try again after on_restarted()
    kBehind    ///< never sent: the record before it in its partition has failed, of which on_failed() came
               ///< first
  };
  Kind kind = Kind::kRetry;
  DropReason reason = DropReason::kRejected;
  std::string name;     ///< librdkafka's name of the error, for the metric
  std::string message;  ///< one sentence
};

class ProducerEvents {
 public:
  virtual ~ProducerEvents() = default;
  /// Kafka has the record with acks=all.
  virtual void on_delivered(RecordTag* tag) = 0;
  virtual void on_failed(RecordTag* tag, const DeliveryFailure& failure, OwnedRecord record) = 0;
  /// After a batch of the two above: the time to send acknowledgements.
  virtual void on_batch_end() = 0;
  /// An error of no record: a broker is away, credentials are refused.
  virtual void on_producer_error(const std::string& name, const std::string& message) = 0;
  /// The producer was replaced after a fatal error.
  virtual void on_restarted() = 0;
};

/// Sends records to Kafka, idempotently and with acks=all; keeps the order of records of one topic and
/// partition. All calls and events are on one thread; events never come from inside produce().
class RecordProducer {
 public:
  virtual ~RecordProducer() = default;
  /// The same handle for the same name; valid as long as the producer.
  virtual TopicHandle* topic(const std::string& name) = 0;
  virtual ProduceStatus produce(TopicHandle* topic, const OutgoingRecord& record, RecordTag* tag) = 0;
  /// Of the last produce() that returned kFailed.
  [[nodiscard]] virtual const DeliveryFailure& failure() const = 0;
  /// Records without a delivery report yet.
  [[nodiscard]] virtual std::size_t outstanding() const = 0;
};

}  // namespace mkb::dataplane
