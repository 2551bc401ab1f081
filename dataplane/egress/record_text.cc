#include "dataplane/egress/record_text.h"

#include <utility>

namespace mkb::dataplane {
namespace {

using Kind = api::RecordSegment::Kind;

const char* phrase(JsonLookup lookup) {
  switch (lookup) {
    case JsonLookup::kFound:
      return nullptr;
    case JsonLookup::kNotJson:
      return "the value is not JSON";
    case JsonLookup::kMissing:
      return "the value has no such field";
    case JsonLookup::kNotScalar:
      return "the field is an object or a list";
  }
  return "unknown error";
}

/// Appends the segment's value; what is wrong otherwise.
const char* append_segment(const api::RecordSegment& segment, RecordContext& context, std::string& out) {
  const ConsumedRecord& record = context.record();
  switch (segment.kind) {
    case Kind::kLiteral:
      out += segment.text;
      break;
    case Kind::kKey:
      if (!record.key) {
        return "the record has no key";
      }
      out += *record.key;
      break;
    case Kind::kValue:
      if (!segment.path.empty()) {
        return record.value ? phrase(context.append_field(segment.path, out)) : "the record has no value";
      }
      // A tombstone makes an empty payload, which is how MQTT clears a retained message.
      out += record.value.value_or("");
      break;
    case Kind::kHeader: {
      const auto value = record.header(segment.text);
      if (!value) {
        return "the record has no such header";
      }
      out += *value;
      break;
    }
    case Kind::kTopic:
      out += record.topic;
      break;
    case Kind::kPartition:
      out += std::to_string(record.partition);
      break;
    case Kind::kOffset:
      out += std::to_string(record.offset);
      break;
    case Kind::kTimestamp:
      if (record.timestamp_ms <= 0) {
        return "the record has no timestamp";
      }
      out += std::to_string(record.timestamp_ms);
      break;
  }
  return nullptr;
}

}  // namespace

void RecordContext::reset(const ConsumedRecord& record) {
  record_ = &record;
  json_.reset(record.value.value_or(""));
}

Result<RecordText> RecordText::compile(std::string_view text) {
  auto segments = api::parse_record_template(text);
  if (!segments) {
    return segments.error();
  }
  RecordText compiled;
  compiled.text_ = text;
  compiled.segments_ = std::move(*segments);
  return compiled;
}

std::optional<std::string> RecordText::render(RecordContext& context, std::string& out) const {
  const std::size_t start = out.size();
  for (const api::RecordSegment& segment : segments_) {
    if (const char* problem = append_segment(segment, context, out)) {
      out.resize(start);
      const std::size_t end = text_.find('}', segment.offset);
      return text_.substr(segment.offset, end + 1 - segment.offset) + ": " + problem;
    }
  }
  return std::nullopt;
}

}  // namespace mkb::dataplane
