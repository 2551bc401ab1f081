#pragma once

#include <string>

#include "e2e/demo/answering_vehicles.h"
#include "e2e/lab/command_stream.h"
#include "e2e/lab/kafka_admin.h"

namespace mkb::demo {

struct ConversationOptions {
  std::string mqtt_uri;
  std::string kafka_bootstrap;
  std::string commands_topic;  ///< of Kafka
  std::string answers_topic;   ///< of Kafka
  int vehicles = 20;
  double commands_per_second = 50;
};

/// The way down and back: commands that a control centre writes into Kafka, and the vehicles' answers to
/// them, which come back into Kafka.
class Conversation {
 public:
  explicit Conversation(ConversationOptions options);

  /// The vehicles listen; before the bridge starts, so that it publishes nothing to nobody.
  void listen() { vehicles_.start(); }
  /// The control centre begins.
  void start() { stream_.start(); }
  /// No new commands; those under way are still awaited.
  void stop();
  /// True when, after stop(), every command has been received and its answer is in Kafka.
  bool complete();

  struct Counts {
    std::uint64_t commands = 0;  ///< written to Kafka
    std::uint64_t obeyed = 0;    ///< received by the vehicles
    std::uint64_t answers = 0;   ///< in Kafka
  };
  Counts counts();

  struct Verdict {
    std::string table;
    bool good = false;  ///< nothing lost or invented, in neither direction
  };
  /// Ends the vehicles and settles the account with what Kafka holds.
  Verdict settle();

 private:
  ConversationOptions options_;
  lab::KafkaAdmin admin_;
  lab::CommandStream stream_;
  AnsweringVehicles vehicles_;
};

/// The account as people read it, and whether it is good. Pure.
Conversation::Verdict verdict(const lab::Ledger::Totals& commands, const lab::Ledger::Totals& answers);

}  // namespace mkb::demo
