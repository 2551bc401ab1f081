#include "api/kafka_section.h"

#include <array>
#include <string>
#include <string_view>

#include "api/kafka_properties.h"
#include "api/security_section.h"
#include "api/server_address.h"

namespace mkb::api {
namespace {

void read_bootstrap_servers(const Field& field, KafkaSpec& kafka) {
  for (const Field& item : field.filled_list("broker")) {
    const auto text = item.text();
    if (!text) continue;
    if (const auto fault = check_bootstrap_server(*text)) {
      item.problem(fault->what, fault->hint);
    } else {
      kafka.bootstrap_servers.push_back(*text);
    }
  }
}

void read_properties(const Field& field, KafkaSpec& kafka) {
  for (const auto& [name, value] : field.entries()) {
    if (name.empty()) {
      field.report().problem(value.key_at(), value.path(), "a property without a name", "write NAME: value");
      continue;
    }
    // The refusal comes first: it says more than that a value is missing.
    const std::string& scalar = value.node().scalar;
    if (const auto refusal = refuse_property(name, scalar)) {
      field.report().problem(value.key_at(), value.path(), refusal->what, refusal->hint);
    } else if (const auto text = value.text_or_whole_number()) {
      kafka.properties.emplace(name, *text);
    }
  }
}

}  // namespace

KafkaSpec read_kafka(const Field& field) {
  static constexpr std::array<std::string_view, 4> kKnown = {"bootstrapServers", "sasl", "tls", "properties"};
  const FieldMap fields(field, kKnown);
  KafkaSpec kafka;
  if (const auto servers = fields.need("bootstrapServers", "give a list such as [host:9092]")) {
    read_bootstrap_servers(*servers, kafka);
  }
  if (const auto sasl = fields.find("sasl")) kafka.sasl = read_sasl(*sasl);
  if (const auto tls = fields.find("tls")) kafka.tls = read_kafka_tls(*tls);
  if (const auto properties = fields.find("properties")) read_properties(*properties, kafka);
  return kafka;
}

}  // namespace mkb::api
