#include "e2e/lab/ledger.h"

#include <fmt/format.h>

namespace mkb::lab {

void Ledger::mark(const std::string& topic, std::uint64_t number, Published state) {
  auto& published = topics_[topic].published;
  if (published.size() <= number) published.resize(number + 1, Published::kNo);
  published[number] = state;
}

void Ledger::sent(const std::string& topic, std::uint64_t number) {
  mark(topic, number, Published::kSent);
}

void Ledger::unknown(const std::string& topic, std::uint64_t number) {
  mark(topic, number, Published::kUnknown);
}

void Ledger::arrived(const std::string& topic, std::uint64_t number) {
  auto& entry = topics_[topic];
  if (entry.copies.size() <= number) entry.copies.resize(number + 1, 0);
  if (entry.copies[number]++ > 0) return;
  if (entry.any_seen && number < entry.highest_seen) {
    entry.late.push_back(number);
  } else {
    entry.highest_seen = number;
  }
  entry.any_seen = true;
}

Ledger::Totals Ledger::totals() const {
  constexpr std::size_t kExamples = 5;
  Totals totals;
  for (const auto& [name, topic] : topics_) {
    ++totals.topics;
    totals.out_of_order += topic.late.size();
    const std::size_t size = std::max(topic.published.size(), topic.copies.size());
    for (std::size_t n = 0; n < size; ++n) {
      const auto published = n < topic.published.size() ? topic.published[n] : Published::kNo;
      const std::uint32_t copies = n < topic.copies.size() ? topic.copies[n] : 0;
      totals.sent += published == Published::kSent ? 1 : 0;
      totals.unknown += published == Published::kUnknown ? 1 : 0;
      totals.records += copies;
      totals.duplicated += copies > 1 ? copies - 1 : 0;
      const bool lost = published == Published::kSent && copies == 0;
      const bool invented = published == Published::kNo && copies > 0;
      totals.lost += lost ? 1 : 0;
      totals.invented += invented ? 1 : 0;
      if ((lost || invented) && totals.examples.size() < kExamples) {
        totals.examples.push_back(fmt::format("{} {} #{}", lost ? "lost" : "invented", name, n));
      }
    }
    for (const std::uint64_t n : topic.late) {
      if (totals.examples.size() == kExamples) break;
      totals.examples.push_back(fmt::format("late {} #{}, {} copies", name, n, topic.copies[n]));
    }
  }
  return totals;
}

std::string to_table(const Ledger::Totals& totals, const LedgerWords& words) {
  const auto line = [](const std::string& name, std::uint64_t count) {
    return fmt::format("  {:<38} {:>12}\n", name, count);
  };
  std::string table = line(words.sent, totals.sent) + line(words.arrived, totals.records) +
                      line("lost", totals.lost) + line("duplicated", totals.duplicated) +
                      line("out of order", totals.out_of_order);
  if (totals.unknown > 0) table += line("published, never acknowledged", totals.unknown);
  if (totals.invented > 0) table += line(words.invented, totals.invented);
  for (const auto& example : totals.examples) table += "    " + example + "\n";
  return table;
}

}  // namespace mkb::lab
