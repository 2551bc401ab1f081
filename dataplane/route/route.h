#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/bridge_spec.h"
#include "base/result.h"
#include "dataplane/route/template.h"

namespace mkb::dataplane {

enum class RouteError {
  kTemplate = 1,  ///< a template does not parse
  kInvalidTopic,  ///< a topic without variables is not a Kafka topic name
};

/// An MQTT -> Kafka route ready to be applied to messages. Immutable; safe to share between threads.
class CompiledRoute {
 public:
  struct Header {
    std::string name;
    CompiledTemplate value;
  };

  /// `index` is the route's position in BridgeSpec::mqtt_to_kafka. Errors are of RouteError and name the
  /// route and the field.
  static Result<CompiledRoute> compile(const api::MqttToKafkaRoute& route, std::uint32_t index);

  [[nodiscard]] std::uint32_t index() const { return index_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const CompiledTemplate& topic() const { return topic_; }
  /// True when every record goes to topic().literal(), which is a Kafka topic name.
  [[nodiscard]] bool has_literal_topic() const { return topic_.is_literal(); }
  [[nodiscard]] const std::optional<CompiledTemplate>& key() const { return key_; }
  [[nodiscard]] const api::PartitionSpec& partition() const { return partition_; }
  [[nodiscard]] const std::vector<Header>& headers() const { return headers_; }
  [[nodiscard]] const api::OnErrorSpec& on_error() const { return on_error_; }

 private:
  CompiledRoute() = default;

  std::uint32_t index_ = 0;
  std::string name_;
  CompiledTemplate topic_;
  std::optional<CompiledTemplate> key_;
  api::PartitionSpec partition_;
  std::vector<Header> headers_;
  api::OnErrorSpec on_error_;
};

/// All routes of a bridge, in their order; the first error otherwise.
Result<std::vector<CompiledRoute>> compile_routes(const api::BridgeSpec& spec);

}  // namespace mkb::dataplane
