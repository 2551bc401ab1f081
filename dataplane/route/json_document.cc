#include "dataplane/route/json_document.h"

// Without exceptions, so that no result can be used unchecked: some conversions would throw.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <variant>
#include <vector>

#include "base/digit.h"

namespace mkb::dataplane {
namespace {

namespace ondemand = simdjson::ondemand;

/// Whether `text` is a JSON number (RFC 8259, section 6): the parser itself only looks at the first
/// character.
bool is_number(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto digits = [&at, end] {
    const char* const begin = at;
    at = std::find_if_not(at, end, is_digit);
    return at != begin;
  };
  if (at != end && *at == '-') {
    ++at;
  }
  const bool zero = at != end && *at == '0';
  const char* const integer = at;
  if (!digits() || (zero && at != integer + 1)) {
    return false;
  }
  if (at != end && *at == '.') {
    ++at;
    if (!digits()) {
      return false;
    }
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) {
      ++at;
    }
    if (!digits()) {
      return false;
    }
  }
  return at == end;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kWhitespace = " \t\r\n";
  const std::size_t begin = std::min(text.find_first_not_of(kWhitespace), text.size());
  return text.substr(begin, text.find_last_not_of(kWhitespace) + 1 - begin);
}

/// Whether a text begins as JSON does: the parser takes any text for a value of some type. Only scalars that
/// have no quotes are judged as a whole.
bool begins_as_json(std::string_view text) {
  text = trimmed(text);
  return text.starts_with('{') || text.starts_with('[') || text == "true" || text == "false" ||
         text == "null" || text.starts_with('"') || is_number(text);
}

JsonLookup lookup_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::NO_SUCH_FIELD:
    case simdjson::INDEX_OUT_OF_BOUNDS:
    case simdjson::INCORRECT_TYPE:
      return JsonLookup::kMissing;
    default:
      return JsonLookup::kNotJson;
  }
}

JsonLookup append_value(ondemand::value value, std::string& out) {
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) {
    return JsonLookup::kNotJson;
  }
  switch (type) {
    case ondemand::json_type::object:
    case ondemand::json_type::array:
      return JsonLookup::kNotScalar;
    case ondemand::json_type::number: {
      const std::string_view token = trimmed(value.raw_json_token());
      if (!is_number(token)) {
        return JsonLookup::kNotJson;
      }
      out += token;
      return JsonLookup::kFound;
    }
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
    case ondemand::json_type::null: {
      bool null = false;
      // "null" is only known by its first letter so far.
      return value.is_null().get(null) == simdjson::SUCCESS && null ? JsonLookup::kMissing
                                                                    : JsonLookup::kNotJson;
    }
  }
  return JsonLookup::kNotJson;
}

}  // namespace

struct JsonDocument::State {
  enum class Phase { kUnread, kIndexed, kNotJson };

  /// Keys are compared by what they mean; only a text with a backslash has any that must be decoded for that.
  simdjson::error_code find_field(ondemand::object object, std::string_view name, ondemand::value& found);
  simdjson::error_code step(ondemand::value parent, const api::PayloadStep& step, ondemand::value& found);
  simdjson::error_code first_step(const api::PayloadStep& step, ondemand::value& found);
  void index() {
    const auto error = parser.iterate(padded.data(), text.size(), padded.size()).get(document);
    phase = error == simdjson::SUCCESS ? Phase::kIndexed : Phase::kNotJson;
  }

  ondemand::parser parser;
  ondemand::document document;
  std::vector<char> padded;
  std::string_view text;
  bool escapes = false;  ///< the text has a backslash
  Phase phase = Phase::kUnread;
};

JsonDocument::JsonDocument() : state_(std::make_unique<State>()) {}
JsonDocument::~JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;

void JsonDocument::reset(std::string_view text) {
  state_->text = text;
  state_->phase = State::Phase::kUnread;
}

bool JsonDocument::index_text() {
  State& state = *state_;
  if (state.phase == State::Phase::kUnread) {
    const std::size_t size = state.text.size();
    if (state.padded.size() < size + simdjson::SIMDJSON_PADDING) {
      state.padded.resize(size + simdjson::SIMDJSON_PADDING);
    }
    state.text.copy(state.padded.data(), size);
    std::memset(state.padded.data() + size, 0, simdjson::SIMDJSON_PADDING);
    state.escapes = state.text.find('\\') != std::string_view::npos;
    state.index();
  } else if (state.phase == State::Phase::kIndexed && !state.document.is_alive()) {
    // A syntax error ended the document for good, and rewinding it would follow a null pointer. Indexed
    // again, it makes each lookup independent of those before it.
    state.index();
  } else if (state.phase == State::Phase::kIndexed) {
    state.document.rewind();
  }
  return state.phase == State::Phase::kIndexed;
}

simdjson::error_code JsonDocument::State::find_field(ondemand::object object, std::string_view name,
                                                     ondemand::value& found) {
  if (!escapes) {
    return object.find_field(name).get(found);
  }
  for (auto result : object) {
    ondemand::field field;
    std::string_view key;
    if (const auto error = std::move(result).get(field); error != simdjson::SUCCESS) {
      return error;
    }
    if (const auto error = field.unescaped_key().get(key); error != simdjson::SUCCESS) {
      return error;
    }
    if (key == name) {
      found = field.value();
      return simdjson::SUCCESS;
    }
  }
  return simdjson::NO_SUCH_FIELD;
}

simdjson::error_code JsonDocument::State::step(ondemand::value parent, const api::PayloadStep& step,
                                               ondemand::value& found) {
  if (const auto* name = std::get_if<std::string>(&step)) {
    ondemand::object object;
    const auto error = parent.get_object().get(object);
    return error != simdjson::SUCCESS ? error : find_field(object, *name, found);
  }
  ondemand::array array;
  const auto error = parent.get_array().get(array);
  return error != simdjson::SUCCESS ? error : array.at(std::get<std::size_t>(step)).get(found);
}

simdjson::error_code JsonDocument::State::first_step(const api::PayloadStep& step, ondemand::value& found) {
  if (const auto* name = std::get_if<std::string>(&step)) {
    ondemand::object object;
    const auto error = document.get_object().get(object);
    return error != simdjson::SUCCESS ? error : find_field(object, *name, found);
  }
  ondemand::array array;
  const auto error = document.get_array().get(array);
  return error != simdjson::SUCCESS ? error : array.at(std::get<std::size_t>(step)).get(found);
}

JsonLookup JsonDocument::append_scalar(std::span<const api::PayloadStep> path, std::string& out) {
  if (!index_text()) {
    return JsonLookup::kNotJson;
  }
  State& state = *state_;
  ondemand::value value;
  simdjson::error_code error = state.first_step(path.front(), value);
  if (error == simdjson::INCORRECT_TYPE && !begins_as_json(state.text)) {
    return JsonLookup::kNotJson;
  }
  for (const api::PayloadStep& step : path.subspan(1)) {
    if (error != simdjson::SUCCESS) {
      break;
    }
    ondemand::value child;
    error = state.step(value, step, child);
    value = child;
  }
  return error != simdjson::SUCCESS ? lookup_of(error) : append_value(value, out);
}

}  // namespace mkb::dataplane
