#include "dataplane/egress/dead_letter_producer.h"

#include <utility>

namespace mkb::dataplane {

DeadLetterProducer::DeadLetterProducer(std::string topic, std::function<RecordProducer*()> make,
                                       const Clock& clock, std::function<std::uint64_t()> random,
                                       Answers answers)
    : topic_(std::move(topic)),
      make_(std::move(make)),
      clock_(clock),
      random_(std::move(random)),
      answers_(std::move(answers)) {}

void DeadLetterProducer::send(std::uint64_t id, const ConsumedRecord& record,
                              const std::vector<std::pair<std::string, std::string>>& more_headers) {
  Letter& letter = letters_[id];
  letter.id = id;
  if (record.key) {
    letter.record.key = *record.key;
  }
  letter.record.value = record.value.value_or("");
  letter.tombstone = !record.value;
  for (const auto& [name, value] : record.headers) {
    letter.record.headers.emplace_back(name, value);
  }
  letter.record.headers.insert(letter.record.headers.end(), more_headers.begin(), more_headers.end());
  // Sent by tick(): an answer must not come from inside this call.
  letter.retry_at = clock_.now();
}

void DeadLetterProducer::forget(std::uint64_t id) {
  if (const auto found = letters_.find(id); found != letters_.end() && !found->second.sent) {
    letters_.erase(found);
  }
}

void DeadLetterProducer::tick() {
  std::vector<std::uint64_t> due;
  for (const auto& [id, letter] : letters_) {
    if (!letter.sent && letter.retry_at <= clock_.now()) {
      due.push_back(id);
    }
  }
  for (const std::uint64_t id : due) {
    transmit(letters_.at(id));
  }
}

void DeadLetterProducer::transmit(Letter& letter) {
  if (producer_ == nullptr) {
    producer_ = make_();
  }
  if (producer_ == nullptr) {
    try_later(letter, "no producer for the dead-letter topic");
    return;
  }
  RecordHeaders headers;
  OutgoingRecord record = view(letter.record, headers);
  record.tombstone = letter.tombstone;
  switch (producer_->produce(producer_->topic(topic_), record, &letter)) {
    case ProduceStatus::kQueued:
      letter.sent = true;
      break;
    case ProduceStatus::kQueueFull:
    case ProduceStatus::kRestarting:
      letter.retry_at = clock_.now() + std::chrono::milliseconds(100);
      break;
    case ProduceStatus::kTooLarge:
      refuse(letter, "the record is too large for the dead-letter topic");
      break;
    case ProduceStatus::kFailed:
      try_later(letter, producer_->failure().message);
      break;
  }
}

void DeadLetterProducer::try_later(Letter& letter, const std::string& why) {
  letter.sent = false;
  letter.retry_at = clock_.now() + letter.backoff.next(random_());
  answers_.trouble("dead-letter topic: " + why);
}

void DeadLetterProducer::refuse(Letter& letter, const std::string& why) {
  const std::uint64_t id = letter.id;
  letters_.erase(id);
  answers_.refused(id, why);
}

void DeadLetterProducer::on_delivered(RecordTag* tag) {
  const std::uint64_t id = static_cast<Letter*>(tag)->id;
  letters_.erase(id);
  answers_.done(id);
}

void DeadLetterProducer::on_failed(RecordTag* tag, const DeliveryFailure& failure, OwnedRecord) {
  Letter& letter = *static_cast<Letter*>(tag);
  using Kind = DeliveryFailure::Kind;
  if (failure.kind == Kind::kBehind || failure.kind == Kind::kRestart) {
    letter.sent = false;  // nothing is wrong with it
    letter.retry_at = clock_.now();
  } else if (failure.kind == Kind::kPermanent) {
    refuse(letter, failure.message);
  } else {
    // The topic is named in the resource, so it will be made or authorised.
    try_later(letter, failure.message);
  }
}

void DeadLetterProducer::on_producer_error(const std::string& name, const std::string& message) {
  answers_.trouble("dead-letter topic: " + name + ": " + message);
}

void DeadLetterProducer::on_restarted() {
  tick();
}

}  // namespace mkb::dataplane
