#include "api/field.h"

#include <algorithm>
#include <charconv>

#include "api/nearest_name.h"
#include "api/plain_scalar.h"
#include "api/quote.h"

namespace mkb::api {
namespace {

using Kind = YamlNode::Kind;

}  // namespace

void Field::problem(std::string what, std::string hint) const {
  report_->problem(at(), path_, std::move(what), std::move(hint));
}

void Field::warning(std::string what, std::string hint) const {
  report_->warning(at(), path_, std::move(what), std::move(hint));
}

bool Field::expect(Kind kind, std::string_view wanted) const {
  if (node_->kind == kind) return true;
  if (node_->kind == Kind::kNull) {
    problem("has no value", "write " + std::string(wanted));
  } else {
    problem("is " + std::string(node_->kind_name()), "write " + std::string(wanted));
  }
  return false;
}

bool Field::expect_scalar(std::string_view wanted) const {
  if (!expect(Kind::kScalar, wanted)) return false;
  if (node_->scalar.find('\0') == std::string::npos) return true;
  problem("holds the character U+0000", "write " + std::string(wanted) + " without it");
  return false;
}

std::optional<std::string> Field::text() const {
  if (!expect_scalar("a text")) return std::nullopt;
  if (node_->plain && (looks_like_number(node_->scalar) || looks_like_truth(node_->scalar))) {
    problem(in_quotes(node_->scalar) +
                (looks_like_number(node_->scalar) ? " is a number" : " is a truth value") + " to YAML",
            "put it in quotes to make it a text");
    return std::nullopt;
  }
  return node_->scalar;
}

std::optional<std::string> Field::filled_text() const {
  auto written = text();
  if (written && written->empty()) {
    problem("is empty", "write a text");
    return std::nullopt;
  }
  return written;
}

std::optional<std::string> Field::any_scalar() const {
  if (!expect_scalar("a text or a number")) return std::nullopt;
  return node_->scalar;
}

std::optional<std::string> Field::text_or_whole_number() const {
  if (!expect_scalar("a text or a number")) return std::nullopt;
  if (node_->plain && looks_like_whole_number(node_->scalar)) return node_->scalar;
  return text();
}

std::optional<std::int64_t> Field::integer(std::int64_t least, std::int64_t most) const {
  const std::string wanted = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  if (!expect(Kind::kScalar, wanted)) return std::nullopt;
  const std::string& text = node_->scalar;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  const bool padded = text.size() > sign + 1 && text[sign] == '0';
  const bool whole = error != std::errc::invalid_argument && end == text.data() + text.size() && !padded;
  if (whole && !node_->plain) {
    problem("is a text", "write the number without quotes");
    return std::nullopt;
  }
  if (!whole) {
    problem(in_quotes(text) + " is no whole number", "write " + wanted);
    return std::nullopt;
  }
  if (error != std::errc() || value < least || value > most) {
    problem(in_quotes(text) + " is out of range", "write " + wanted);
    return std::nullopt;
  }
  return value;
}

std::vector<Field> Field::filled_list(std::string_view what) const {
  if (node_->kind == Kind::kSequence && node_->children.empty()) {
    problem("is empty", "give at least one " + std::string(what));
  }
  return list(what);
}

std::vector<Field> Field::list(std::string_view what) const {
  std::vector<Field> items;
  if (!expect(Kind::kSequence, "a list of " + std::string(what) + "s")) return items;
  items.reserve(node_->children.size());
  for (std::size_t i = 0; i < node_->children.size(); ++i) {
    const YamlNode& child = *node_->children[i];
    items.emplace_back(child, child_path(path_, i), child.at, *report_);
  }
  return items;
}

std::vector<std::pair<std::string, Field>> Field::entries() const {
  std::vector<std::pair<std::string, Field>> entries;
  if (!expect(Kind::kMap, "a mapping of names to texts")) return entries;
  for (std::size_t i = 0; i + 1 < node_->children.size(); i += 2) {
    const YamlNode& key = *node_->children[i];
    if (key.kind != Kind::kScalar) continue;
    entries.emplace_back(key.scalar,
                         Field(*node_->children[i + 1], child_path(path_, key.scalar), key.at, *report_));
  }
  return entries;
}

void Field::not_a_choice(std::string_view written, std::span<const std::string_view> names) const {
  if (const auto nearest = nearest_name(written, names)) {
    problem("unknown value " + in_quotes(written), "did you mean " + std::string(*nearest) + "?");
    return;
  }
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) list += i + 1 == names.size() ? " or " : ", ";
    list += names[i];
  }
  problem("unknown value " + in_quotes(written), "write " + list);
}

FieldMap::FieldMap(const Field& field, std::span<const std::string_view> known,
                   std::span<const std::string_view> unbuilt, std::span<const std::string_view> ignored)
    : field_(field), readable_(field.expect(Kind::kMap, "a mapping")) {
  if (!readable_) return;
  const auto contains = [](std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto& children = field.node().children;
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    const YamlNode& key = *children[i];
    if (key.kind != Kind::kScalar || contains(ignored, key.scalar)) continue;
    const Field value(*children[i + 1], child_path(field.path(), key.scalar), key.at, field.report());
    if (contains(known, key.scalar)) {
      if (value.node().kind == Kind::kNull)
        value.problem("has no value", "give it one, or leave the field out");
      fields_.emplace_back(key.scalar, value);
    } else if (contains(unbuilt, key.scalar)) {
      field.report().problem(key.at, value.path(), "is known but not built in this version",
                             "leave it out: it would have no effect");
    } else if (key.scalar == "<<") {
      field.report().problem(key.at, value.path(), "merge keys are not supported", "write the fields out");
    } else {
      std::vector<std::string_view> meant(known.begin(), known.end());
      meant.insert(meant.end(), unbuilt.begin(), unbuilt.end());
      meant.insert(meant.end(), ignored.begin(), ignored.end());
      const bool near = nearest_name(key.scalar, meant).has_value();
      field.report().problem(
          key.at, value.path(), "unknown field",
          suggest_name(key.scalar, near ? std::span<const std::string_view>(meant) : known));
    }
  }
}

bool FieldMap::has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [name](const auto& entry) { return entry.first == name; });
}

std::optional<Field> FieldMap::find(std::string_view name) const {
  for (const auto& [known, field] : fields_) {
    if (known == name && field.node().kind != Kind::kNull) return field;
  }
  return std::nullopt;
}

std::optional<Field> FieldMap::need(std::string_view name, const std::string& hint) const {
  if (readable_ && !has(name)) {
    field_.report().problem(field_.key_at(), child_path(field_.path(), name), "is missing", hint);
  }
  return find(name);
}

}  // namespace mkb::api
