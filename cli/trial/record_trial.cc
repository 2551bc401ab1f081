#include "cli/trial/record_trial.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "api/topic_pattern.h"
#include "dataplane/egress/message_builder.h"
#include "dataplane/flow/drop_reason.h"

namespace mkb::cli {
namespace {

using dataplane::DropReason;

bool reads(const api::KafkaToMqttRoute& route, const std::string& topic) {
  return std::any_of(route.topics.begin(), route.topics.end(), [&topic](const std::string& text) {
    const auto pattern = api::TopicPattern::parse(text);
    const auto* parsed = std::get_if<api::TopicPattern>(&pattern);
    return parsed != nullptr && parsed->matches(topic);
  });
}

std::string consequence(const api::KafkaToMqttRoute& route, DropReason reason) {
  if (reason == DropReason::kLoop) return "it is dropped and counted, so that it does not go round";
  if (reason == DropReason::kExpired) return "it is dropped and counted";
  if (route.on_error.dead_letter_topic)
    return "it goes to the dead-letter topic " + *route.on_error.dead_letter_topic;
  return consequence_of(route.on_error.action);
}

}  // namespace

Result<std::vector<RouteTrial<dataplane::OutgoingMessage>>> try_record(const api::BridgeSpec& spec,
                                                                       const TrialInput& input,
                                                                       std::int64_t now_unix_ms) {
  dataplane::ConsumedRecord record;
  record.topic = input.topic;
  record.timestamp_ms = now_unix_ms;
  if (input.key) record.key = *input.key;
  if (input.value) record.value = *input.value;
  for (const auto& [name, value] : input.headers) record.headers.emplace_back(name, value);
  std::vector<RouteTrial<dataplane::OutgoingMessage>> trials;
  for (const api::KafkaToMqttRoute& route : spec.kafka_to_mqtt) {
    if (!reads(route, input.topic)) continue;
    auto builder = dataplane::MessageBuilder::create(route, spec.mqtt.version, spec.uid);
    if (!builder) return builder.error();
    RouteTrial<dataplane::OutgoingMessage> trial;
    trial.route = route.name;
    dataplane::OutgoingMessage message;
    if (const auto failure = builder->build(record, now_unix_ms, message)) {
      trial.failure =
          TrialFailure{dataplane::drop_reason_name(failure->reason), failure->stage,
                       "route " + route.name + ": " + failure->text, consequence(route, failure->reason)};
    } else {
      trial.made = std::move(message);
    }
    trials.push_back(std::move(trial));
  }
  return trials;
}

}  // namespace mkb::cli
