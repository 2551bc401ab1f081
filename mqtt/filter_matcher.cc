#include "mqtt/filter_matcher.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "mqtt/topic_filter.h"

namespace mkb::mqtt {
namespace {

std::uint64_t edge_hash(std::uint32_t parent, std::uint64_t level_hash) {
  // Both steps are bijective, so edges of one name never share a hash with another parent's. Multiplication
  // by the golden ratio spreads consecutive parents over the table.
  const std::uint64_t mixed = (level_hash ^ parent) * 0x9e3779b97f4a7c15;
  return mixed ^ (mixed >> 32);
}

std::uint64_t hash_level(std::string_view level) {
  return std::hash<std::string_view>{}(level);
}

}  // namespace

/// Collects the trie, then lays it out flat.
class FilterMatcher::Builder {
 public:
  void add(std::string_view filter, std::uint32_t value) {
    std::uint32_t node = 0;
    for (std::size_t at = 0;;) {
      const std::size_t slash = std::min(filter.find('/', at), filter.size());
      const std::string_view level = filter.substr(at, slash - at);
      if (level == "#") {
        values_.emplace_back(node, true, value);
        return;
      }
      node = child(node, level);
      if (slash == filter.size()) {
        values_.emplace_back(node, false, value);
        return;
      }
      at = slash + 1;
    }
  }

  FilterMatcher finish() {
    lay_out_values();
    lay_out_edges();
    return std::move(matcher_);
  }

 private:
  std::uint32_t child(std::uint32_t node, std::string_view level) {
    std::uint32_t& found =
        level == "+" ? matcher_.nodes_[node].plus : children_.try_emplace({node, level}, kNone).first->second;
    if (found != kNone) {
      return found;
    }
    const auto created = static_cast<std::uint32_t>(matcher_.nodes_.size());
    found = created;
    if (level != "+") {
      ++matcher_.nodes_[node].literals;
    }
    matcher_.nodes_.emplace_back();  // invalidates `found`
    return created;
  }

  void lay_out_values() {
    std::sort(values_.begin(), values_.end());
    values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const auto& [node, is_multi, value] = values_[i];
      Range& range = is_multi ? matcher_.nodes_[node].multi : matcher_.nodes_[node].exact;
      if (range.begin == range.end) {
        range.begin = static_cast<std::uint32_t>(i);
      }
      range.end = static_cast<std::uint32_t>(i + 1);
      matcher_.values_.push_back(value);
    }
  }

  void lay_out_edges() {
    matcher_.edges_.resize(std::bit_ceil(2 * children_.size() + 1));
    const std::size_t mask = matcher_.edges_.size() - 1;
    for (const auto& [key, node] : children_) {
      const auto& [parent, level] = key;
      const std::uint64_t hash = edge_hash(parent, hash_level(level));
      std::size_t slot = hash & mask;
      while (matcher_.edges_[slot].child != kNone) {
        slot = (slot + 1) & mask;
      }
      matcher_.edges_[slot] = {hash, node, static_cast<std::uint32_t>(matcher_.texts_.size()),
                               static_cast<std::uint32_t>(level.size())};
      matcher_.texts_.append(level);
    }
  }

  FilterMatcher matcher_ = with_root();
  std::map<std::pair<std::uint32_t, std::string_view>, std::uint32_t> children_;
  std::vector<std::tuple<std::uint32_t, bool, std::uint32_t>> values_;  // node, is for `#`, value

  static FilterMatcher with_root() {
    FilterMatcher matcher;
    matcher.nodes_.emplace_back();
    return matcher;
  }
};

Result<FilterMatcher> FilterMatcher::build(std::span<const Entry> entries) {
  if (entries.empty()) {
    return FilterMatcher();
  }
  Builder builder;
  for (const Entry& entry : entries) {
    const Result<SubscriptionFilter> parsed = parse_subscription_filter(entry.filter);
    if (!parsed) {
      return parsed.error();
    }
    builder.add(parsed->filter, entry.value);
  }
  return builder.finish();
}

std::uint32_t FilterMatcher::find_literal(std::uint32_t parent, std::string_view level,
                                          std::uint64_t level_hash) const {
  const std::uint64_t hash = edge_hash(parent, level_hash);
  const std::size_t mask = edges_.size() - 1;
  for (std::size_t slot = hash & mask; edges_[slot].child != kNone; slot = (slot + 1) & mask) {
    const Edge& edge = edges_[slot];
    if (edge.hash == hash && std::string_view(texts_).substr(edge.text, edge.size) == level) {
      return edge.child;
    }
  }
  return kNone;
}

void FilterMatcher::emit(Range range, Matches& out) const {
  out.values_.insert(out.values_.end(), values_.begin() + range.begin, values_.begin() + range.end);
}

void FilterMatcher::match(std::string_view topic, Matches& out) const {
  out.values_.clear();
  if (nodes_.empty()) {
    return;
  }
  out.active_.assign(1, 0);
  // Wildcards at the first level do not match topics that start with `$` [MQTT-4.7.2-1].
  bool wildcards = !topic.starts_with('$');
  for (std::size_t at = 0; at <= topic.size() && !out.active_.empty();) {
    const std::size_t slash = std::min(topic.find('/', at), topic.size());
    const std::string_view level = topic.substr(at, slash - at);
    const std::uint64_t level_hash = hash_level(level);
    out.next_.clear();
    for (const std::uint32_t index : out.active_) {
      const Node& node = nodes_[index];
      if (wildcards) {
        emit(node.multi, out);
        if (node.plus != kNone) {
          out.next_.push_back(node.plus);
        }
      }
      if (node.literals != 0) {
        const std::uint32_t child = find_literal(index, level, level_hash);
        if (child != kNone) {
          out.next_.push_back(child);
        }
      }
    }
    out.active_.swap(out.next_);
    wildcards = true;
    at = slash + 1;
  }
  for (const std::uint32_t index : out.active_) {
    emit(nodes_[index].exact, out);
    emit(nodes_[index].multi, out);  // `a/#` also matches `a`
  }
  if (out.values_.size() > 1) {
    std::sort(out.values_.begin(), out.values_.end());
    out.values_.erase(std::unique(out.values_.begin(), out.values_.end()), out.values_.end());
  }
}

}  // namespace mkb::mqtt
