#include "api/metadata_section.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "api/names.h"
#include "api/quote.h"

namespace mkb::api {
namespace {

constexpr std::array<std::string_view, 3> kKnown = {"name", "namespace", "uid"};
constexpr std::array<std::string_view, 13> kIgnored = {"annotations",
                                                       "creationTimestamp",
                                                       "deletionGracePeriodSeconds",
                                                       "deletionTimestamp",
                                                       "finalizers",
                                                       "generateName",
                                                       "generation",
                                                       "labels",
                                                       "managedFields",
                                                       "ownerReferences",
                                                       "resourceVersion",
                                                       "selfLink",
                                                       "clusterName"};

// Part of every client id; Kubernetes gives a UUID of 36 characters.
bool is_uid(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

void read_metadata(const Field& field, BridgeSpec& spec) {
  const FieldMap fields(field, kKnown, {}, kIgnored);
  if (const auto name = fields.need("name", "give the bridge a name")) {
    const auto text = name->text();
    if (text && (!is_dns_label(*text) || text->size() > kMaxBridgeName)) {
      name->problem(in_quotes(*text) + " is no name of a bridge",
                    "use at most " + std::to_string(kMaxBridgeName) +
                        " of a-z, 0-9 and -, with a letter or digit at both ends");
    } else if (text) {
      spec.name = *text;
    }
  }
  spec.name_space = "default";
  if (const auto name_space = fields.find("namespace")) {
    const auto text = name_space->text();
    if (text && !is_dns_label(*text)) {
      name_space->problem(in_quotes(*text) + " is no name of a namespace",
                          "use at most 63 of a-z, 0-9 and -, with a letter or digit at both ends");
    } else if (text) {
      spec.name_space = *text;
    }
  }
  spec.uid = derived_uid(spec.name_space, spec.name);
  if (const auto uid = fields.find("uid")) {
    const auto text = uid->text();
    if (text && !is_uid(*text)) {
      uid->problem(in_quotes(*text) + " is no uid", "leave it out: it is derived from namespace and name");
    } else if (text) {
      spec.uid = *text;
    }
  }
}

std::string derived_uid(std::string_view name_space, std::string_view name) {
  // FNV-1a, 64 bits, folded to 40. Names hold no slash, so joining them with one keeps them apart.
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto mix = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  };
  mix(name_space);
  mix("/");
  mix(name);
  hash = (hash ^ (hash >> 40U)) & 0xff'ffff'ffffU;
  std::string text(10, '0');
  for (std::size_t i = text.size(); i-- > 0; hash >>= 4U) text[i] = "0123456789abcdef"[hash & 15U];
  return text;
}

}  // namespace mkb::api
