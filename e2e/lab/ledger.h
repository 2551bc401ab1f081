#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mkb::lab {

/// What became of a fleet's messages, compared as a bank compares its books. Each MQTT topic numbers its
/// messages 0, 1, 2, ... Not thread-safe.
class Ledger {
 public:
  /// The broker acknowledged message `number` of `topic` to its publisher: from here on losing it is a loss.
  void sent(const std::string& topic, std::uint64_t number);
  /// It was published, but the acknowledgement never came: it may have arrived or not.
  void unknown(const std::string& topic, std::uint64_t number);
  /// A record of it is in Kafka; called in the order of the offsets within each partition.
  void arrived(const std::string& topic, std::uint64_t number);

  struct Totals {
    std::uint64_t topics = 0;
    std::uint64_t sent = 0;             ///< acknowledged to the publisher
    std::uint64_t unknown = 0;          ///< published, never acknowledged
    std::uint64_t records = 0;          ///< in Kafka
    std::uint64_t lost = 0;             ///< sent, not in Kafka
    std::uint64_t duplicated = 0;       ///< records beyond the first of their message
    std::uint64_t out_of_order = 0;     ///< first records that come after one with a higher number, per topic
    std::uint64_t invented = 0;         ///< records of messages nobody published
    std::vector<std::string> examples;  ///< of lost, invented and late ones, a few
  };
  [[nodiscard]] Totals totals() const;

 private:
  enum class Published : std::uint8_t { kNo, kUnknown, kSent };
  struct Topic {
    std::vector<Published> published;
    std::vector<std::uint32_t> copies;  ///< in Kafka
    std::uint64_t highest_seen = 0;
    bool any_seen = false;
    std::vector<std::uint64_t> late;  ///< those that came after a higher number
  };
  void mark(const std::string& topic, std::uint64_t number, Published state);

  std::map<std::string, Topic> topics_;
};

/// What a table calls the two ends of the way.
struct LedgerWords {
  std::string sent = "sent (acknowledged by the MQTT broker)";
  std::string arrived = "records in Kafka";
  std::string invented = "never published, yet in Kafka";
};

/// One table of a few lines, for people.
std::string to_table(const Ledger::Totals& totals, const LedgerWords& words = {});

}  // namespace mkb::lab
