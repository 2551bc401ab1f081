#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/route/json_document.h"
#include "mqtt/publish.h"

namespace mkb::dataplane {

/// What templates see of one message. Everything costly is done when first asked for, at most once per
/// message: splitting the topic, indexing a JSON payload. One object serves one message after another and
/// stops allocating. Not thread-safe.
class MessageContext {
 public:
  /// Starts a message. What `publish` and `client_id` view must stay valid until the next reset(); the topic
  /// is the full one, with its alias resolved.
  void reset(const mqtt::PublishView& publish, std::string_view client_id);

  [[nodiscard]] const mqtt::PublishView& publish() const { return publish_; }
  /// Of the bridge's session that received the message.
  [[nodiscard]] std::string_view client_id() const { return client_id_; }
  /// Level `index` of the topic, from 0; nothing when the topic has fewer.
  [[nodiscard]] std::optional<std::string_view> topic_level(std::size_t index);
  /// See JsonDocument::append_scalar.
  JsonLookup append_payload_field(std::span<const api::PayloadStep> path, std::string& out) {
    return json_.append_scalar(path, out);
  }

 private:
  mqtt::PublishView publish_;
  std::string_view client_id_;
  std::vector<std::string_view> levels_;
  bool split_ = false;
  JsonDocument json_;
};

}  // namespace mkb::dataplane
