#include "api/route_section.h"

#include <array>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/filter_section.h"
#include "api/quote.h"
#include "api/route_fields.h"
#include "api/template_field.h"

namespace mkb::api {
namespace {

constexpr std::array<std::pair<std::string_view, Sharding>, 2> kShardings = {
    {{"Exclusive", Sharding::kExclusive}, {"Shared", Sharding::kShared}}};
constexpr std::array<std::pair<std::string_view, PartitionStrategy>, 4> kStrategies = {
    {{"Key", PartitionStrategy::kKey},
     {"Topic", PartitionStrategy::kTopic},
     {"Random", PartitionStrategy::kRandom},
     {"Fixed", PartitionStrategy::kFixed}}};
constexpr std::array<std::string_view, 2> kReservedHeaders = {"mkb-", "mqtt."};

void read_partition(const Field& field, PartitionSpec& partition) {
  static constexpr std::array<std::string_view, 2> kKnown = {"strategy", "partition"};
  const FieldMap fields(field, kKnown);
  bool strategy_known = true;
  if (const auto strategy = fields.find("strategy")) {
    const auto value = strategy->choice(kStrategies);
    strategy_known = value.has_value();
    if (value) partition.strategy = *value;
  }
  if (!strategy_known) return;
  if (partition.strategy == PartitionStrategy::kFixed) {
    const auto number = fields.need("partition", "strategy Fixed needs the partition's number");
    if (!number) return;
    if (const auto value = number->integer(0, std::numeric_limits<std::int32_t>::max())) {
      partition.fixed = static_cast<std::int32_t>(*value);
    }
  } else if (const auto number = fields.find("partition")) {
    number->problem("is only for strategy: Fixed", "leave it out, or write strategy: Fixed");
  }
}

std::map<std::string, std::string> read_headers(const Field& field, const std::vector<std::string>& filters) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : field.entries()) {
    if (name.empty()) {
      field.report().problem(value.key_at(), value.path(), "a header without a name", "write NAME: template");
      continue;
    }
    for (const std::string_view prefix : kReservedHeaders) {
      if (!name.starts_with(prefix)) continue;
      field.report().problem(value.key_at(), value.path(),
                             "names with " + in_quotes(prefix) + " are the bridge's own",
                             "choose another name");
    }
    if (const auto read = read_template(value)) {
      check_topic_levels(*read, filters);
      headers.emplace(name, read->text);
    }
  }
  return headers;
}

void read_on_error(const Field& field, const std::string& topic, OnErrorSpec& on_error) {
  static constexpr std::array<std::string_view, 2> kKnown = {"deadLetterTopic", "action"};
  const FieldMap fields(field, kKnown);
  if (const auto action = fields.find("action")) {
    if (const auto value = read_on_error_action(*action)) on_error.action = *value;
  }
  const auto dead_letter = fields.find("deadLetterTopic");
  const auto text = dead_letter ? read_dead_letter_topic(*dead_letter) : std::nullopt;
  if (!text) return;
  if (*text == topic) {
    dead_letter->problem("is the topic of the route itself", "write another topic");
  } else {
    on_error.dead_letter_topic = *text;
  }
}

void read_templates(const FieldMap& fields, MqttToKafkaRoute& route, const Field& field) {
  if (const auto topic = fields.need("topic", "give the Kafka topic")) {
    if (const auto read = read_template(*topic)) {
      check_topic_template(*read);
      check_topic_levels(*read, route.filters);
      check_whole_topic(*read, route.filters);
      route.topic = read->text;
    }
  }
  if (const auto key = fields.find("key")) {
    if (const auto read = read_template(*key)) {
      check_topic_levels(*read, route.filters);
      route.key = read->text;
    }
  }
  if (const auto partition = fields.find("partition")) read_partition(*partition, route.partition);
  if (!fields.has("key") && route.partition.strategy == PartitionStrategy::kKey) {
    field.report().warning(field.key_at(), field.path(),
                           "records without a key go to partitions at random, so topics lose their order",
                           "give a key, or partition: {strategy: Topic}");
  }
  if (const auto headers = fields.find("headers")) route.headers = read_headers(*headers, route.filters);
  if (const auto on_error = fields.find("onError")) read_on_error(*on_error, route.topic, route.on_error);
}

MqttToKafkaRoute read_route(const Field& field, MqttVersion version, std::vector<FilterField>& all_filters) {
  static constexpr std::array<std::string_view, 9> kKnown = {
      "name", "filters", "qos", "sharding", "topic", "key", "partition", "headers", "onError"};
  static constexpr std::array<std::string_view, 1> kUnbuilt = {"transform"};
  const FieldMap fields(field, kKnown, kUnbuilt);
  MqttToKafkaRoute route;
  route.line = field.at().line;
  if (!fields.readable()) return route;
  if (const auto name = fields.need("name", "give the route a name")) route.name = read_route_name(*name);
  if (const auto written = fields.need("filters", "give a list such as [vehicles/+/telemetry]")) {
    for (FilterField& filter : read_filters(*written)) {
      route.filters.push_back(filter.filter);
      all_filters.push_back(std::move(filter));
    }
  }
  if (const auto qos = fields.find("qos")) {
    if (const auto value = qos->integer(0, 2)) route.qos = static_cast<std::uint8_t>(*value);
  }
  if (const auto sharding = fields.find("sharding")) {
    if (const auto value = sharding->choice(kShardings)) route.sharding = *value;
    if (route.sharding == Sharding::kShared && route.qos == 2) {
      sharding->problem("Shared does not go with qos 2", "use qos: 1, or sharding: Exclusive");
    }
    if (route.sharding == Sharding::kShared && version == MqttVersion::k311) {
      sharding->problem("MQTT 3.1.1 has no shared subscriptions", "use version 5, or sharding: Exclusive");
    }
  }
  read_templates(fields, route, field);
  return route;
}

}  // namespace

std::vector<MqttToKafkaRoute> read_routes(const Field& field, MqttVersion version) {
  std::vector<MqttToKafkaRoute> routes;
  std::vector<FilterField> filters;
  RouteNames names;
  for (const Field& item : field.filled_list("route")) {
    routes.push_back(read_route(item, version, filters));
    const MqttToKafkaRoute& route = routes.back();
    names.add(item, route.name, route.line);
  }
  if (filters.size() > kMaxFilters) {
    field.problem(
        std::to_string(filters.size()) + " filters",
        "at most " + std::to_string(kMaxFilters) + " are supported; filters with + or # take many topics");
  } else if (version == MqttVersion::k311) {
    check_overlaps(filters);
  }
  return routes;
}

}  // namespace mkb::api
