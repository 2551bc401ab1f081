#include "e2e/demo/conversation.h"

#include <fmt/format.h>

#include "e2e/lab/kafka_reader.h"

namespace mkb::demo {

Conversation::Conversation(ConversationOptions options)
    : options_(std::move(options)),
      admin_(options_.kafka_bootstrap),
      stream_({options_.kafka_bootstrap, options_.commands_topic, options_.vehicles,
               options_.commands_per_second, 0}),
      vehicles_(options_.mqtt_uri) {}

void Conversation::stop() {
  stream_.stop();
  stream_.join();
}

Conversation::Counts Conversation::counts() {
  Counts now;
  // Against the stream, so that the picture never shows more arrived than sent.
  now.answers = static_cast<std::uint64_t>(admin_.records(options_.answers_topic));
  now.obeyed = vehicles_.received();
  now.commands = stream_.sent();
  return now;
}

bool Conversation::complete() {
  const auto now = counts();
  return now.obeyed >= now.commands && now.answers >= now.obeyed && vehicles_.answered() >= now.obeyed;
}

Conversation::Verdict Conversation::settle() {
  vehicles_.stop();
  auto answers = vehicles_.answers();
  for (const auto& record : lab::read_topic(options_.kafka_bootstrap, options_.answers_topic)) {
    const auto answer = lab::parse_command(record.value);
    answers.arrived(answer.vehicle, answer.number);
  }
  return verdict(stream_.ledger(vehicles_.commands()).totals(), answers.totals());
}

Conversation::Verdict verdict(const lab::Ledger::Totals& commands, const lab::Ledger::Totals& answers) {
  Conversation::Verdict made;
  made.table = lab::to_table(commands, lab::command_words()) +
               fmt::format("  {:<38} {:>12}\n  {:<38} {:>12}\n", "answers in Kafka", answers.records,
                           "answers lost", answers.lost);
  for (const auto& example : answers.examples) made.table += "    answer: " + example + "\n";
  made.good = commands.sent > 0 && commands.lost + commands.invented + answers.lost + answers.invented == 0;
  return made;
}

}  // namespace mkb::demo
