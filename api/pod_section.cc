#include "api/pod_section.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "api/names.h"
#include "api/quote.h"
#include "api/yaml_json.h"
#include "base/digit.h"

namespace mkb::api {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 2> kOperators = {{{"Equal", 0}, {"Exists", 1}}};
constexpr std::array<std::pair<std::string_view, int>, 3> kEffects = {
    {{"NoSchedule", 0}, {"PreferNoSchedule", 1}, {"NoExecute", 2}}};

std::size_t digits_at(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

// A Kubernetes quantity without sign: digits, a fraction, and a suffix or an exponent.
bool is_quantity(std::string_view text) {
  std::size_t digits = digits_at(text);
  text.remove_prefix(digits);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::size_t fraction = digits_at(text);
    text.remove_prefix(fraction);
    digits += fraction;
  }
  if (digits == 0) return false;
  for (const std::string_view suffix :
       {"", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}) {
    if (text == suffix) return true;
  }
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && digits_at(text) == text.size();
}

void check_name(const Field& field, const std::string& what) {
  const auto text = field.text();
  if (text && !is_dns_subdomain(*text)) {
    field.problem(in_quotes(*text) + " is no name of a " + what,
                  "use a-z, 0-9, - and . only, as Kubernetes does");
  }
}

void check_quantities(const Field& field) {
  for (const auto& [name, value] : field.entries()) {
    const auto text = value.text_or_whole_number();
    if (text && !is_quantity(*text)) {
      value.problem(in_quotes(*text) + " is no quantity", "write one such as 500m or 64Mi");
    }
  }
}

void check_resources(const Field& field) {
  static constexpr std::array<std::string_view, 2> kKnown = {"requests", "limits"};
  const FieldMap fields(field, kKnown);
  for (const std::string_view name : kKnown) {
    if (const auto quantities = fields.find(name)) check_quantities(*quantities);
  }
}

// Texts by name; none of the names begins with one of `reserved`.
void check_texts(const Field& field, std::initializer_list<std::string_view> reserved = {}) {
  for (const auto& [name, value] : field.entries()) {
    for (const std::string_view prefix : reserved) {
      if (!name.starts_with(prefix)) continue;
      field.report().problem(value.key_at(), value.path(),
                             "names with " + in_quotes(prefix) + " are the operator's own",
                             "choose another name");
    }
    static_cast<void>(value.text());
  }
}

void check_toleration(const Field& field) {
  static constexpr std::array<std::string_view, 5> kKnown = {"key", "operator", "value", "effect",
                                                             "tolerationSeconds"};
  const FieldMap fields(field, kKnown);
  for (const std::string_view name : {"key", "value"}) {
    if (const auto text = fields.find(name)) static_cast<void>(text->text());
  }
  if (const auto op = fields.find("operator")) static_cast<void>(op->choice(kOperators));
  if (const auto effect = fields.find("effect")) static_cast<void>(effect->choice(kEffects));
  if (const auto bound = fields.find("tolerationSeconds")) {
    static_cast<void>(
        bound->integer(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()));
  }
}

void check_affinity(const Field& field) {
  static constexpr std::array<std::string_view, 3> kKnown = {"nodeAffinity", "podAffinity",
                                                             "podAntiAffinity"};
  const FieldMap fields(field, kKnown);
  for (const std::string_view name : kKnown) {
    const auto rules = fields.find(name);
    if (rules && rules->node().kind != YamlNode::Kind::kMap) {
      rules->problem("is " + std::string(rules->node().kind_name()), "write a mapping, as in a pod");
    }
  }
}

void check_pull_secrets(const Field& field) {
  static constexpr std::array<std::string_view, 1> kKnown = {"name"};
  std::map<std::string, std::string> first_paths;
  for (const Field& item : field.list("Secret")) {
    const FieldMap fields(item, kKnown);
    const auto name = fields.need("name", "write {name: NAME}, the name of a Secret");
    if (!name) continue;
    check_name(*name, "Secret");
    const auto [first, is_new] = first_paths.emplace(name->node().scalar, item.path());
    if (!is_new) {
      item.problem(in_quotes(name->node().scalar) + " is given twice", "the first is " + first->second);
    }
  }
}

}  // namespace

std::string read_pod(const Field& field) {
  static constexpr std::array<std::string_view, 9> kKnown = {
      "image",       "resources", "nodeSelector",     "tolerations",      "affinity",
      "annotations", "labels",    "imagePullSecrets", "priorityClassName"};
  const FieldMap fields(field, kKnown);
  if (!fields.readable()) return "";
  if (const auto image = fields.find("image")) static_cast<void>(image->filled_text());
  if (const auto resources = fields.find("resources")) check_resources(*resources);
  if (const auto selector = fields.find("nodeSelector")) check_texts(*selector);
  if (const auto tolerations = fields.find("tolerations")) {
    for (const Field& item : tolerations->list("toleration")) check_toleration(item);
  }
  if (const auto affinity = fields.find("affinity")) check_affinity(*affinity);
  if (const auto annotations = fields.find("annotations")) check_texts(*annotations, {"mqttkafka.io/"});
  if (const auto labels = fields.find("labels")) {
    check_texts(*labels, {"mqttkafka.io/", "app.kubernetes.io/"});
  }
  if (const auto secrets = fields.find("imagePullSecrets")) check_pull_secrets(*secrets);
  if (const auto priority = fields.find("priorityClassName")) check_name(*priority, "PriorityClass");
  return json_text(field.node());
}

}  // namespace mkb::api
