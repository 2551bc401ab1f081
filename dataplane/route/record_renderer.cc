#include "dataplane/route/record_renderer.h"

#include "dataplane/route/kafka_topic_name.h"
#include "dataplane/route/murmur2.h"

namespace mkb::dataplane {
namespace {

RenderFailure template_failure(const CompiledRoute& route, std::string_view stage, std::string_view topic,
                               const std::string& field, const std::string& problem) {
  return {DropReason::kTemplate, stage, topic, "route " + route.name() + ", " + field + ": " + problem};
}

}  // namespace

void RecordRenderer::begin(const mqtt::PublishView& publish, std::string_view client_id) {
  message_.reset(publish, client_id);
  passage_ = read_passage(publish.properties, bridge_uid_);
  shared_headers_ = 0;
}

std::optional<RenderFailure> RecordRenderer::render(const CompiledRoute& route, RenderedRecord& record) {
  if (passage_.loop()) {
    return RenderFailure{DropReason::kLoop, "loop", route.topic().text(),
                         "route " + route.name() + ": the message " +
                             (passage_.own ? "comes from this bridge"
                                           : "has passed " + std::to_string(passage_.hops) + " bridges")};
  }
  if (auto failure = render_topic(route, record)) {
    return failure;
  }
  if (const RenderOutcome outcome = render_key(route, record); !outcome.ok()) {
    return template_failure(route, "key", record.topic, "key", route.key()->describe(outcome));
  }
  begin_headers();
  for (const CompiledRoute::Header& header : route.headers()) {
    RenderOutcome outcome;
    const auto write = [&](std::string& out) {
      outcome = header.value.render(message_, out);
      return outcome.ok();
    };
    if (!headers_.add_written(header.name, write)) {
      return template_failure(route, "headers", record.topic, "header " + header.name,
                              header.value.describe(outcome));
    }
  }
  record.value = message_.publish().payload;
  record.headers = &headers_;
  record.partition = {route.partition().strategy, route.partition().fixed};
  if (record.partition.strategy == api::PartitionStrategy::kTopic) {
    record.partition.value = murmur2(message_.publish().topic) & 0x7fffffff;
  }
  return std::nullopt;
}

std::optional<RenderFailure> RecordRenderer::render_topic(const CompiledRoute& route,
                                                          RenderedRecord& record) {
  if (route.has_literal_topic()) {
    record.topic = route.topic().literal();
    return std::nullopt;
  }
  topic_.clear();
  if (const RenderOutcome outcome = route.topic().render(message_, topic_); !outcome.ok()) {
    return template_failure(route, "topic", route.topic().text(), "topic", route.topic().describe(outcome));
  }
  if (!is_kafka_topic_name(topic_)) {
    return RenderFailure{DropReason::kInvalidTopic, "topic", topic_,
                         "route " + route.name() + ", topic: " + route.topic().text() +
                             " gives a name that Kafka does not allow (1 to 249 of a-z A-Z 0-9 . _ -)"};
  }
  record.topic = topic_;
  return std::nullopt;
}

RenderOutcome RecordRenderer::render_key(const CompiledRoute& route, RenderedRecord& record) {
  record.key.reset();
  if (!route.key()) {
    return {};
  }
  key_.clear();
  const RenderOutcome outcome = route.key()->render(message_, key_);
  if (outcome.ok()) {
    record.key = key_;
  }
  return outcome;
}

void RecordRenderer::begin_headers() {
  if (shared_headers_ != 0) {
    headers_.truncate(shared_headers_);
    return;
  }
  headers_.clear();
  append_message_headers(message_.publish(), headers_);
  append_passage_headers(passage_, bridge_uid_, headers_);
  shared_headers_ = headers_.size();
}

void RecordRenderer::render_dead_letter(const CompiledRoute& route, const DeadLetterCause& cause,
                                        RenderedRecord& record) {
  record.topic = *route.on_error().dead_letter_topic;
  render_key(route, record);
  begin_headers();
  for (const CompiledRoute::Header& header : route.headers()) {
    headers_.add_written(header.name,
                         [&](std::string& out) { return header.value.render(message_, out).ok(); });
  }
  for (const RecordHeader& header : dead_letter_headers(cause)) {
    headers_.add(header.name, header.value);
  }
  record.value = message_.publish().payload;
  record.headers = &headers_;
  record.partition = {};
}

}  // namespace mkb::dataplane
