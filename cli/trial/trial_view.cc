#include "cli/trial/trial_view.h"

#include <fmt/format.h>

#include "api/quote.h"

namespace mkb::cli {
namespace {

std::string line(std::string_view name, std::string_view value) {
  return fmt::format("  {:<12}{}\n", name, value);
}

std::string failure_text(const TrialFailure& failure) {
  return line("error", fmt::format("{} ({}, at {})", failure.text, failure.reason, failure.stage)) +
         line("so", failure.consequence);
}

std::string named_values(std::string_view title, const NamedValues& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    text += line(text.empty() ? title : "", printable(name) + " = " + printable(value));
  }
  return text;
}

std::string record_text(const TrialRecord& record) {
  return line("Kafka topic", record.topic) + line("key", record.key ? printable(*record.key) : "(none)") +
         line("partition", record.partition) + named_values("headers", record.headers) +
         line("value", printable(record.value));
}

std::string message_text(const dataplane::OutgoingMessage& message) {
  std::string text = line("MQTT topic", printable(message.topic)) + line("QoS", std::to_string(message.qos)) +
                     line("retain", message.retain ? "true" : "false");
  if (message.content_type) text += line("type", printable(*message.content_type));
  if (message.response_topic) text += line("response to", printable(*message.response_topic));
  if (message.correlation_data) text += line("correlation", printable(*message.correlation_data));
  if (message.expiry_seconds) text += line("expires in", fmt::format("{} s", *message.expiry_seconds));
  return text + named_values("properties", message.user_properties) +
         line("payload", printable(message.payload));
}

template <class Made, class Text>
std::string trials_text(const std::vector<RouteTrial<Made>>& trials, const Text& text_of) {
  std::string text;
  for (const RouteTrial<Made>& trial : trials) {
    text += (text.empty() ? "route " : "\nroute ") + trial.route + "\n";
    if (trial.failure) text += failure_text(*trial.failure);
    if (trial.made) text += text_of(*trial.made);
  }
  return text;
}

}  // namespace

std::string printable(std::string_view value) {
  std::string text;
  while (!value.empty()) {
    const auto byte = static_cast<unsigned char>(value.front());
    const std::size_t length = api::utf8_sequence_length(value);
    if (length == 0 || byte < 0x20 || byte == 0x7F) {
      text += fmt::format("\\x{:02X}", byte);
      value.remove_prefix(1);
    } else {
      if (byte == '\\') text += '\\';
      text += value.substr(0, length);
      value.remove_prefix(length);
    }
  }
  return text;
}

std::string message_trial_text(const std::vector<RouteTrial<TrialRecord>>& trials) {
  return trials.empty() ? "no route matches this topic\n" : trials_text(trials, record_text);
}

std::string record_trial_text(const std::vector<RouteTrial<dataplane::OutgoingMessage>>& trials) {
  return trials.empty() ? "no route reads this topic\n" : trials_text(trials, message_text);
}

}  // namespace mkb::cli
