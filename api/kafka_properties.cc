#include "api/kafka_properties.h"

#include <array>

namespace mkb::api {
namespace {

struct Rule {
  std::string_view name;
  std::string_view what;
  std::string_view hint = "leave it out";
};

constexpr std::string_view kAcks =
    "the bridge sets acks=all: an MQTT message is acknowledged when every in-sync replica has it";
constexpr std::string_view kIdempotence =
    "the bridge always produces idempotently, so that retries neither duplicate nor reorder";
constexpr std::string_view kTimeout =
    "the bridge retries for as long as Kafka is away: giving up would lose the record";
constexpr std::string_view kInFlight = "an idempotent producer may have 1 to 5 requests in flight";
constexpr std::string_view kPartitioner = "the bridge chooses partitions as Kafka's Java clients do";
constexpr std::string_view kReports = "the bridge needs every delivery report";
constexpr std::string_view kVerify = "the certificates of brokers are always verified";
constexpr std::string_view kOrder = "the order of records would not be kept";
constexpr std::string_view kPointer = "it takes a pointer, which a text cannot give";
constexpr std::string_view kConsumer = "it is a property of consumers, and this side only produces";

constexpr auto kRules = std::to_array<Rule>({
    {"acks", kAcks},
    {"request.required.acks", kAcks},
    {"enable.idempotence", kIdempotence},
    {"enable.gapless.guarantee", kIdempotence},
    {"message.timeout.ms", kTimeout},
    {"delivery.timeout.ms", kTimeout},
    {"retries", kTimeout},
    {"message.send.max.retries", kTimeout},
    {"transactional.id", "the bridge does not use transactions"},
    {"transaction.timeout.ms", "the bridge does not use transactions"},
    {"partitioner", kPartitioner, "use the route's partition"},
    {"partitioner_cb", kPartitioner, "use the route's partition"},
    {"sticky.partitioning.linger.ms", kPartitioner, "use the route's partition"},
    {"queuing.strategy", kOrder},
    {"msg_order_cmp", kOrder},
    {"delivery.report.only.error", kReports},
    {"enabled_events", kReports},
    {"bootstrap.servers", "the brokers have a field of their own", "use kafka.bootstrapServers"},
    {"metadata.broker.list", "the brokers have a field of their own", "use kafka.bootstrapServers"},
    {"security.protocol", "it follows from kafka.tls and kafka.sasl", "use those fields"},
    {"enable.ssl.certificate.verification", kVerify, "give the CA with kafka.tls.caSecretRef"},
    {"enable.sasl.oauthbearer.unsecure.jwt", "credentials come from a Secret", "use kafka.sasl"},
    {"plugin.library.paths", "plugins could change what is delivered"},
    {"opaque", kPointer},
    {"default_topic_conf", kPointer},
    {"interceptors", kPointer},
    {"consume.callback.max.messages", kConsumer},
    {"group.id", kConsumer},
    {"group.instance.id", kConsumer},
    {"group.protocol.type", kConsumer},
    {"partition.assignment.strategy", kConsumer},
    {"session.timeout.ms", kConsumer},
    {"heartbeat.interval.ms", kConsumer},
    {"coordinator.query.interval.ms", kConsumer},
    {"max.poll.interval.ms", kConsumer},
    {"enable.auto.commit", kConsumer},
    {"auto.commit.enable", kConsumer},
    {"auto.commit.interval.ms", kConsumer},
    {"auto.offset.reset", kConsumer},
    {"enable.auto.offset.store", kConsumer},
    {"queued.min.messages", kConsumer},
    {"queued.max.messages.kbytes", kConsumer},
    {"isolation.level", kConsumer},
    {"enable.partition.eof", kConsumer},
    {"check.crcs", kConsumer},
    {"allow.auto.create.topics", kConsumer},
});

constexpr auto kPrefixRules = std::to_array<Rule>({
    {"sasl.", "credentials come from a Secret", "use kafka.sasl"},
    {"ssl.", "TLS has fields of its own", "use kafka.tls"},
    {"ssl_", "TLS has fields of its own", "use kafka.tls"},
    {"fetch.", kConsumer},
    {"offset.store.", kConsumer},
});

PropertyRefusal refusal(const Rule& rule) {
  return {std::string(rule.what), std::string(rule.hint)};
}

}  // namespace

std::optional<PropertyRefusal> refuse_property(std::string_view name, std::string_view value) {
  if (name == "max.in.flight" || name == "max.in.flight.requests.per.connection") {
    if (value.size() == 1 && value[0] >= '1' && value[0] <= '5') return std::nullopt;
    return PropertyRefusal{std::string(kInFlight), "write a number from 1 to 5"};
  }
  for (const Rule& rule : kRules) {
    if (name == rule.name) return refusal(rule);
  }
  for (const Rule& rule : kPrefixRules) {
    if (name.starts_with(rule.name)) return refusal(rule);
  }
  if (name.ends_with("_cb")) return refusal({name, kPointer});
  return std::nullopt;
}

std::vector<std::string_view> refused_properties() {
  std::vector<std::string_view> names;
  names.reserve(kRules.size());
  for (const Rule& rule : kRules) names.push_back(rule.name);
  return names;
}

std::vector<std::string_view> refused_property_prefixes() {
  std::vector<std::string_view> prefixes;
  prefixes.reserve(kPrefixRules.size());
  for (const Rule& rule : kPrefixRules) prefixes.push_back(rule.name);
  return prefixes;
}

}  // namespace mkb::api
