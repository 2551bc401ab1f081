#include "api/route_fields.h"

#include <array>
#include <string_view>
#include <utility>

#include "api/names.h"
#include "api/quote.h"

namespace mkb::api {
namespace {

constexpr std::array<std::pair<std::string_view, OnErrorAction>, 2> kActions = {
    {{"Block", OnErrorAction::kBlock}, {"Drop", OnErrorAction::kDrop}}};

}  // namespace

std::string read_route_name(const Field& field) {
  const auto text = field.text();
  if (!text) return "";
  if (!is_dns_label(*text)) {
    field.problem(in_quotes(*text) + " is no name of a route",
                  "use at most 63 of a-z, 0-9 and -, with a letter or digit at both ends");
  }
  return *text;
}

std::optional<std::string> read_dead_letter_topic(const Field& field) {
  auto text = field.filled_text();
  if (!text) return std::nullopt;
  if (text->find("${") != std::string::npos) {
    field.problem("a template", "write the name of one Kafka topic");
    return std::nullopt;
  }
  if (!is_kafka_topic(*text)) {
    field.problem(in_quotes(*text) + " is no Kafka topic name",
                  "write 1 to 249 of a-z, A-Z, 0-9, ., _ and -");
    return std::nullopt;
  }
  return text;
}

std::optional<OnErrorAction> read_on_error_action(const Field& field) {
  return field.choice(kActions);
}

void RouteNames::add(const Field& route, const std::string& name, int line) {
  if (name.empty()) return;
  const auto [other, is_new] = lines_.emplace(name, line);
  if (is_new) return;
  route.problem("another route has the name " + in_quotes(name),
                "names are unique; the " + std::string(other->second > line ? "other" : "first") +
                    " is on line " + std::to_string(other->second));
}

void RouteNames::add(const std::string& name, int line) {
  if (!name.empty()) lines_.emplace(name, line);
}

}  // namespace mkb::api
