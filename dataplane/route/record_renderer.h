#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/flow/snapshot.h"
#include "dataplane/route/dead_letter.h"
#include "dataplane/route/message_context.h"
#include "dataplane/route/message_headers.h"
#include "dataplane/route/partition_choice.h"
#include "dataplane/route/record_headers.h"
#include "dataplane/route/route.h"

namespace mkb::dataplane {

/// A Kafka record as views into the route, the renderer and the message: valid until the renderer's next
/// call, and as long as the message is.
struct RenderedRecord {
  std::string_view topic;
  std::optional<std::string_view> key;  ///< an empty key is a key
  std::string_view value;               ///< the MQTT payload
  const RecordHeaders* headers = nullptr;
  PartitionChoice partition;
};

/// Why a message has no record for a route: a permanent error of that record alone.
struct RenderFailure {
  DropReason reason = DropReason::kTemplate;  ///< kTemplate, kInvalidTopic or kLoop
  std::string_view stage;                     ///< "loop", "topic", "key" or "headers"
  std::string_view topic;                     ///< the rendered topic, or its template when it has no value
  std::string message;                        ///< one sentence that names the route and the field
};

/// Turns messages into records: begin() once per message, then render() once per route. What the records of
/// a message share is made once. Does not allocate once its buffers have grown, except for failures. Not
/// thread-safe; one per I/O thread is enough.
class RecordRenderer {
 public:
  explicit RecordRenderer(std::string bridge_uid) : bridge_uid_(std::move(bridge_uid)) {}
  RecordRenderer(const RecordRenderer&) = delete;
  RecordRenderer& operator=(const RecordRenderer&) = delete;

  /// Starts a message; see MessageContext::reset for lifetimes.
  void begin(const mqtt::PublishView& publish, std::string_view client_id);

  /// Fills `record`, or says why there is none (then `record` is not to be used).
  std::optional<RenderFailure> render(const CompiledRoute& route, RenderedRecord& record);

  /// Fills `record` with the message's dead letter: the route's dead-letter topic (which must be set), the
  /// key if it can be rendered, and the message's headers, the route's as far as they can be rendered, and
  /// those of `cause`. The partitioner places it.
  void render_dead_letter(const CompiledRoute& route, const DeadLetterCause& cause, RenderedRecord& record);

  [[nodiscard]] MessageContext& message() { return message_; }

 private:
  std::optional<RenderFailure> render_topic(const CompiledRoute& route, RenderedRecord& record);
  RenderOutcome render_key(const CompiledRoute& route, RenderedRecord& record);
  /// Starts the headers of one record with those that all records of the message share.
  void begin_headers();

  std::string bridge_uid_;
  MessageContext message_;
  Passage passage_;
  RecordHeaders headers_;
  std::size_t shared_headers_ = 0;  ///< of headers_: made for this message; 0 until they are needed
  std::string topic_;
  std::string key_;
};

}  // namespace mkb::dataplane
