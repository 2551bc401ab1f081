#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/backoff.h"
#include "base/clock.h"
#include "dataplane/egress/egress_ports.h"
#include "dataplane/kafka/record_producer.h"

namespace mkb::dataplane {

/// Puts records of one route into its dead-letter topic. What Kafka may take later is tried again with full
/// jitter, without end; the answer comes by `done` or `refused`. One thread.
class DeadLetterProducer final : public DeadLetterSink, public ProducerEvents {
 public:
  struct Answers {
    std::function<void(std::uint64_t id)> done;
    std::function<void(std::uint64_t id, const std::string& text)> refused;
    std::function<void(const std::string& text)> trouble;  ///< to be tried again
  };

  /// `make` gives the producer, whose events must be this object's, when it is first needed; null: not now.
  DeadLetterProducer(std::string topic, std::function<RecordProducer*()> make, const Clock& clock,
                     std::function<std::uint64_t()> random, Answers answers);

  void send(std::uint64_t id, const ConsumedRecord& record,
            const std::vector<std::pair<std::string, std::string>>& more_headers) override;
  void forget(std::uint64_t id) override;
  /// Tries again what is due; a few times a second.
  void tick();

  void on_delivered(RecordTag* tag) override;
  void on_failed(RecordTag* tag, const DeliveryFailure& failure, OwnedRecord record) override;
  void on_batch_end() override {}
  void on_producer_error(const std::string& name, const std::string& message) override;
  void on_restarted() override;

 private:
  struct Letter : RecordTag {
    std::uint64_t id = 0;
    OwnedRecord record;
    bool tombstone = false;
    bool sent = false;
    TimePoint retry_at{};
    FullJitterBackoff backoff{std::chrono::seconds(1), std::chrono::seconds(30)};
  };

  void transmit(Letter& letter);
  void try_later(Letter& letter, const std::string& why);
  void refuse(Letter& letter, const std::string& why);

  std::string topic_;
  std::function<RecordProducer*()> make_;
  const Clock& clock_;
  std::function<std::uint64_t()> random_;
  Answers answers_;
  RecordProducer* producer_ = nullptr;
  std::map<std::uint64_t, Letter> letters_;  // addresses are stable
};

}  // namespace mkb::dataplane
