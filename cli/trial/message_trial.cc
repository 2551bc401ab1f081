#include "cli/trial/message_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "dataplane/flow/drop_reason.h"
#include "dataplane/route/record_renderer.h"
#include "dataplane/route/route.h"
#include "dataplane/route/route_matcher.h"
#include "dataplane/route/session_packer.h"
#include "mqtt/publish.h"
#include "mqtt/topic_filter.h"

namespace mkb::cli {
namespace {

using dataplane::CompiledRoute;
using dataplane::RenderedRecord;

std::string partition_text(const dataplane::PartitionChoice& partition, bool has_key) {
  switch (partition.strategy) {
    case api::PartitionStrategy::kFixed:
      return std::to_string(partition.value);
    case api::PartitionStrategy::kTopic:
      return fmt::format("by the MQTT topic: {} modulo the number of partitions", partition.value);
    case api::PartitionStrategy::kRandom:
      return "any, at random";
    case api::PartitionStrategy::kKey:
      break;
  }
  return has_key ? "by the key" : "any, because there is no key";
}

TrialRecord record_of(const RenderedRecord& rendered) {
  TrialRecord record;
  record.topic = rendered.topic;
  if (rendered.key) record.key.emplace(*rendered.key);
  record.partition = partition_text(rendered.partition, rendered.key.has_value());
  for (std::size_t i = 0; i < rendered.headers->size(); ++i) {
    const dataplane::RecordHeader header = (*rendered.headers)[i];
    record.headers.emplace_back(header.name, header.value);
  }
  record.value = rendered.value;
  return record;
}

/// One session's part of a trial: it receives the message when it is subscribed to its topic.
struct Reception {
  std::string client_id;
  int qos = 0;  ///< the highest that a matching subscription asks for
  std::vector<std::uint32_t> routes;
};

Result<std::vector<Reception>> receive(const api::BridgeSpec& spec, const mqtt::PublishView& publish) {
  auto plans = dataplane::pack_sessions(spec);
  if (!plans) return plans.error();
  std::vector<Reception> receptions;
  for (const dataplane::SessionPlan& plan : *plans) {
    auto matcher = dataplane::RouteMatcher::build(plan);
    if (!matcher) return matcher.error();
    const auto routes = matcher->match(publish);
    if (routes.empty()) continue;
    Reception reception{plan.client_id, 0, {routes.begin(), routes.end()}};
    for (const dataplane::PlannedSubscription& each : plan.subscriptions) {
      if (mqtt::matches(each.filter, publish.topic)) reception.qos = std::max<int>(reception.qos, each.qos);
    }
    receptions.push_back(std::move(reception));
  }
  return receptions;
}

RouteTrial<TrialRecord> try_route(dataplane::RecordRenderer& renderer, const CompiledRoute& route, int qos) {
  RouteTrial<TrialRecord> trial;
  trial.route = route.name();
  RenderedRecord record;
  const auto failure = renderer.render(route, record);
  if (!failure) {
    trial.made = record_of(record);
    return trial;
  }
  TrialFailure told{dataplane::drop_reason_name(failure->reason), std::string(failure->stage),
                    failure->message, ""};
  if (failure->reason == dataplane::DropReason::kLoop) {
    told.consequence = "it is dropped and counted, so that it does not go round";
  } else if (route.on_error().dead_letter_topic) {
    told.consequence = "it goes to the dead-letter topic";
    const dataplane::DeadLetterCause cause{failure->reason, failure->stage, route.name(), failure->topic,
                                           failure->message};
    RenderedRecord letter;
    renderer.render_dead_letter(route, cause, letter);
    trial.made = record_of(letter);
  } else if (qos == 0) {
    told.consequence = "it is dropped and counted: with QoS 0 there is nothing to hold back";
  } else {
    told.consequence = consequence_of(route.on_error().action);
  }
  trial.failure = std::move(told);
  return trial;
}

}  // namespace

std::string consequence_of(api::OnErrorAction action) {
  return action == api::OnErrorAction::kDrop
             ? "it is dropped and counted (onError.action: Drop)"
             : "it is not acknowledged and holds up what comes after it (onError.action: Block)";
}

Result<std::vector<RouteTrial<TrialRecord>>> try_message(const api::BridgeSpec& spec,
                                                         const TrialMessage& message) {
  if (const char* problem = mqtt::topic_name_problem(message.topic)) {
    return Error(TrialError::kBadInput, "the MQTT topic " + std::string(problem));
  }
  if (spec.mqtt.version != api::MqttVersion::k5 && !message.user_properties.empty()) {
    return Error(TrialError::kBadInput,
                 "the bridge speaks MQTT 3.1.1 (spec.mqtt.version), which has no user properties");
  }
  mqtt::Publish publish;
  publish.topic = message.topic;
  publish.payload = message.payload;
  publish.retain = message.retain;
  for (const auto& [name, value] : message.user_properties) publish.properties.add_user_property(name, value);
  auto routes = dataplane::compile_routes(spec);
  if (!routes) return routes.error();
  const auto receptions = receive(spec, publish.view());
  if (!receptions) return receptions.error();

  dataplane::RecordRenderer renderer(spec.uid);
  std::map<std::uint32_t, RouteTrial<TrialRecord>> trials;
  for (const Reception& reception : *receptions) {
    // The broker delivers with the lower of what was published and what is subscribed.
    publish.qos = static_cast<std::uint8_t>(std::min(message.qos, reception.qos));
    publish.packet_id = publish.qos > 0 ? 1 : 0;
    renderer.begin(publish.view(), reception.client_id);
    for (const std::uint32_t index : reception.routes) {
      trials.insert_or_assign(index, try_route(renderer, (*routes)[index], publish.qos));
    }
  }
  std::vector<RouteTrial<TrialRecord>> all;
  all.reserve(trials.size());
  for (auto& [index, trial] : trials) all.push_back(std::move(trial));
  return all;
}

}  // namespace mkb::cli
