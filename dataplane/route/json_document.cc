#include "dataplane/route/json_document.h"

#include <simdjson.h>

#include <variant>
#include <vector>

namespace mkb::dataplane {
namespace {

namespace ondemand = simdjson::ondemand;

JsonLookup lookup_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::NO_SUCH_FIELD:
    case simdjson::INDEX_OUT_OF_BOUNDS:
    case simdjson::INCORRECT_TYPE:  // a step into something that has no fields or items
      return JsonLookup::kMissing;
    default:
      return JsonLookup::kNotJson;
  }
}

std::string_view trimmed(std::string_view token) {
  const std::size_t end = token.find_last_not_of(" \t\r\n");
  return token.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

JsonLookup append_value(ondemand::value value, std::string& out) {
  ondemand::json_type type;
  if (value.type().get(type) != simdjson::SUCCESS) {
    return JsonLookup::kNotJson;
  }
  switch (type) {
    case ondemand::json_type::object:
    case ondemand::json_type::array:
      return JsonLookup::kNotScalar;
    case ondemand::json_type::null:
      return value.is_null() ? JsonLookup::kMissing : JsonLookup::kNotJson;
    case ondemand::json_type::string: {
      std::string_view text;
      if (value.get_string().get(text) != simdjson::SUCCESS) {
        return JsonLookup::kNotJson;
      }
      out += text;
      return JsonLookup::kFound;
    }
    case ondemand::json_type::boolean: {
      bool truth = false;
      if (value.get_bool().get(truth) != simdjson::SUCCESS) {
        return JsonLookup::kNotJson;
      }
      out += truth ? "true" : "false";
      return JsonLookup::kFound;
    }
    case ondemand::json_type::number: {
      const std::string_view token = trimmed(value.raw_json_token());
      double checked = 0;
      if (value.get_double().get(checked) != simdjson::SUCCESS) {
        return JsonLookup::kNotJson;
      }
      out += token;
      return JsonLookup::kFound;
    }
  }
  return JsonLookup::kNotJson;
}

}  // namespace

struct JsonDocument::State {
  std::string_view text;
  bool indexed = false;
  bool usable = false;
  std::vector<char> padded;
  ondemand::parser parser;
  ondemand::document document;
};

JsonDocument::JsonDocument() : state_(std::make_unique<State>()) {}
JsonDocument::~JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;

void JsonDocument::reset(std::string_view text) {
  state_->text = text;
  state_->indexed = false;
}

bool JsonDocument::index_text() {
  State& state = *state_;
  if (!state.indexed) {
    state.indexed = true;
    state.padded.resize(state.text.size() + simdjson::SIMDJSON_PADDING);
    state.text.copy(state.padded.data(), state.text.size());
    state.usable = state.parser.iterate(state.padded.data(), state.text.size(), state.padded.size())
                       .get(state.document) == simdjson::SUCCESS;
  }
  return state.usable;
}

JsonLookup JsonDocument::append_scalar(std::span<const api::PayloadStep> path, std::string& out) {
  if (!index_text()) {
    return JsonLookup::kNotJson;
  }
  State& state = *state_;
  state.document.rewind();
  ondemand::value value;
  for (std::size_t i = 0; i < path.size(); ++i) {
    simdjson::error_code error = simdjson::SUCCESS;
    if (const auto* field = std::get_if<std::string>(&path[i])) {
      error = (i == 0 ? state.document.find_field_unordered(*field) : value.find_field_unordered(*field))
                  .get(value);
    } else {
      const std::size_t index = std::get<std::size_t>(path[i]);
      error = (i == 0 ? state.document.at(index) : value.at(index)).get(value);
    }
    if (error != simdjson::SUCCESS) {
      return lookup_of(error);
    }
  }
  return append_value(value, out);
}

}  // namespace mkb::dataplane
