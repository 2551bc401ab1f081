#include "dataplane/route/template.h"

#include <utility>

namespace mkb::dataplane {
namespace {

using Kind = api::TemplateSegment::Kind;

RenderError error_of(JsonLookup lookup) {
  switch (lookup) {
    case JsonLookup::kFound:
      return RenderError::kNone;
    case JsonLookup::kNotJson:
      return RenderError::kPayloadNotJson;
    case JsonLookup::kMissing:
      return RenderError::kFieldMissing;
    case JsonLookup::kNotScalar:
      return RenderError::kFieldNotScalar;
  }
  return RenderError::kPayloadNotJson;
}

RenderError append_segment(const api::TemplateSegment& segment, MessageContext& message, std::string& out) {
  switch (segment.kind) {
    case Kind::kLiteral:
      out += segment.text;
      break;
    case Kind::kTopic:
      out += message.publish().topic;
      break;
    case Kind::kTopicLevel: {
      const auto level = message.topic_level(segment.level);
      if (!level) {
        return RenderError::kTopicLevelMissing;
      }
      out += *level;
      break;
    }
    case Kind::kClientId:
      out += message.client_id();
      break;
    case Kind::kQos:
      out += static_cast<char>('0' + message.publish().qos);
      break;
    case Kind::kRetain:
      out += message.publish().retain ? "true" : "false";
      break;
    case Kind::kPayload:
      if (!segment.path.empty()) {
        return error_of(message.append_payload_field(segment.path, out));
      }
      out += message.publish().payload;
      break;
    case Kind::kUserProperty: {
      const auto value = message.publish().properties.user_property(segment.text);
      if (!value) {
        return RenderError::kUserPropertyMissing;
      }
      out += *value;
      break;
    }
  }
  return RenderError::kNone;
}

const char* phrase(RenderError error) {
  switch (error) {
    case RenderError::kNone:
      return "no error";
    case RenderError::kTopicLevelMissing:
      return "the MQTT topic has no such level";
    case RenderError::kPayloadNotJson:
      return "the payload is not JSON";
    case RenderError::kFieldMissing:
      return "the payload has no such field";
    case RenderError::kFieldNotScalar:
      return "the field is an object or a list";
    case RenderError::kUserPropertyMissing:
      return "the message has no such user property";
  }
  return "unknown error";
}

}  // namespace

Result<CompiledTemplate> CompiledTemplate::compile(std::string_view text) {
  auto segments = api::parse_template(text);
  if (!segments) {
    return segments.error();
  }
  CompiledTemplate compiled;
  compiled.text_ = text;
  compiled.segments_ = std::move(*segments);
  compiled.literal_only_ = api::is_literal(compiled.segments_);
  if (compiled.literal_only_) {
    compiled.literal_ = api::literal_text(compiled.segments_);
  }
  return compiled;
}

RenderOutcome CompiledTemplate::render(MessageContext& message, std::string& out) const {
  const std::size_t start = out.size();
  for (std::uint32_t index = 0; index < segments_.size(); ++index) {
    const RenderError error = append_segment(segments_[index], message, out);
    if (error != RenderError::kNone) {
      out.resize(start);
      return {error, index};
    }
  }
  return {};
}

std::string CompiledTemplate::describe(RenderOutcome outcome) const {
  std::string variable = text_;
  if (outcome.segment < segments_.size()) {
    const std::size_t begin = segments_[outcome.segment].offset;
    const std::size_t end = text_.find('}', begin);
    variable = text_.substr(begin, end == std::string::npos ? end : end + 1 - begin);
  }
  return variable + ": " + phrase(outcome.error);
}

}  // namespace mkb::dataplane
