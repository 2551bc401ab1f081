#include "api/loop_check.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "api/egress_section.h"
#include "api/quote.h"
#include "api/topic_feed.h"

namespace mkb::api {
namespace {

constexpr std::size_t kMostNamed = 8;  // routes of a loop that a message names

using Node = std::uint32_t;  // routes of mqttToKafka first

struct Edge {
  Node to = 0;
  bool certain = false;
};

// Who feeds whom.
class FeedGraph {
 public:
  explicit FeedGraph(const BridgeSpec& bridge) : bridge_(bridge), ups_(bridge.mqtt_to_kafka.size()) {
    edges_.resize(ups_ + bridge.kafka_to_mqtt.size());
    fed_.resize(edges_.size());
    std::vector<KafkaTopicFeed> feeds;
    for (const MqttToKafkaRoute& route : bridge.mqtt_to_kafka) feeds.emplace_back(route.topic);
    for (std::size_t i = 0; i < bridge.kafka_to_mqtt.size(); ++i) add_kafka_edges(feeds, i);
    for (std::size_t i = 0; i < bridge.kafka_to_mqtt.size(); ++i) {
      if (fed_[ups_ + i]) add_mqtt_edges(i);
    }
  }

  [[nodiscard]] std::size_t size() const { return edges_.size(); }
  [[nodiscard]] const std::vector<Edge>& from(Node node) const { return edges_[node]; }
  [[nodiscard]] RouteRef route(Node node) const { return {node < ups_, node < ups_ ? node : node - ups_}; }

 private:
  void add_kafka_edges(const std::vector<KafkaTopicFeed>& feeds, std::size_t down) {
    std::vector<TopicPattern> patterns;
    for (const std::string& topic : bridge_.kafka_to_mqtt[down].topics) {
      auto parsed = TopicPattern::parse(topic);
      if (auto* pattern = std::get_if<TopicPattern>(&parsed)) patterns.push_back(std::move(*pattern));
    }
    const Node to = static_cast<Node>(ups_ + down);
    for (std::size_t up = 0; up < ups_; ++up) {
      Feeds best = Feeds::kNever;
      for (const TopicPattern& pattern : patterns) {
        if (best != Feeds::kCertainly) best = std::max(best, feeds[up].feeds(pattern));
      }
      add(static_cast<Node>(up), to, best);
    }
  }

  void add_mqtt_edges(std::size_t down) {
    const MqttTopicFeed feed(bridge_.kafka_to_mqtt[down].topic);
    for (std::size_t up = 0; up < ups_; ++up) {
      if (edges_[up].empty()) continue;
      Feeds best = Feeds::kNever;
      for (const std::string& filter : bridge_.mqtt_to_kafka[up].filters) {
        if (best != Feeds::kCertainly) best = std::max(best, feed.feeds(filter));
      }
      add(static_cast<Node>(ups_ + down), static_cast<Node>(up), best);
    }
  }

  void add(Node from, Node to, Feeds feeds) {
    if (feeds == Feeds::kNever) return;
    edges_[from].push_back({to, feeds == Feeds::kCertainly});
    fed_[to] = true;
  }

  const BridgeSpec& bridge_;
  std::size_t ups_;
  std::vector<std::vector<Edge>> edges_;
  std::vector<bool> fed_;
};

class LoopFinder {
 public:
  explicit LoopFinder(const FeedGraph& graph) : graph_(graph) {}

  std::vector<Loop> find() {
    find_pairs();
    find_longer(true);
    find_longer(false);
    return std::move(loops_);
  }

 private:
  enum class Color : std::uint8_t { kNew, kOnPath, kDone };

  struct Step {
    Node node = 0;
    std::size_t next = 0;  // edge to follow
    bool certain = false;  // the edge that leads here
  };

  void find_pairs() {
    for (Node up = 0; up < graph_.size() && graph_.route(up).up; ++up) {
      for (const Edge& out : graph_.from(up)) {
        const auto& back = graph_.from(out.to);
        // Edges of a node are in the order of the nodes that they lead to.
        const auto found = std::lower_bound(back.begin(), back.end(), up,
                                            [](Edge edge, Node node) { return edge.to < node; });
        if (found == back.end() || found->to != up) continue;
        const bool certain = out.certain && found->certain;
        if (!full(certain)) pairs_.insert({up, out.to, certain});
        add({up, out.to}, certain);
      }
    }
  }

  // Every loop closes with an edge back to the path of a depth-first search.
  void find_longer(bool certain_only) {
    std::vector<Color> colors(graph_.size(), Color::kNew);
    std::vector<Step> path;
    for (Node root = 0; root < graph_.size(); ++root) {
      if (colors[root] != Color::kNew) continue;
      path.push_back({root, 0, true});
      colors[root] = Color::kOnPath;
      while (!path.empty()) {
        const auto& edges = graph_.from(path.back().node);
        if (path.back().next == edges.size()) {
          colors[path.back().node] = Color::kDone;
          path.pop_back();
          continue;
        }
        const Edge edge = edges[path.back().next++];
        if (certain_only && !edge.certain) continue;
        if (colors[edge.to] == Color::kOnPath && !full(certain_only)) {
          close(path, edge, certain_only);
        } else if (colors[edge.to] == Color::kNew) {
          colors[edge.to] = Color::kOnPath;
          path.push_back({edge.to, 0, edge.certain});
        }
      }
    }
  }

  void close(const std::vector<Step>& path, const Edge& edge, bool certain_only) {
    const auto start =
        std::find_if(path.begin(), path.end(), [&edge](const Step& step) { return step.node == edge.to; });
    std::vector<Node> nodes;
    bool certain = edge.certain;
    for (auto step = start; step != path.end(); ++step) {
      nodes.push_back(step->node);
      certain = certain && (step == start || step->certain);
    }
    if (certain != certain_only || has_pair(nodes, certain_only)) return;
    const auto first = std::min_element(nodes.begin(), nodes.end());
    std::rotate(nodes.begin(), first, nodes.end());
    add(nodes, certain);
  }

  // Its own report says enough.
  [[nodiscard]] bool has_pair(const std::vector<Node>& nodes, bool certain_only) const {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const auto [up, down] = std::minmax(nodes[i], nodes[(i + 1) % nodes.size()]);
      if (pairs_.contains({up, down, true}) || (!certain_only && pairs_.contains({up, down, false}))) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] bool full(bool certain) const { return counts_[certain ? 1 : 0] >= Report::kMostKept; }

  void add(const std::vector<Node>& nodes, bool certain) {
    if (full(certain)) return;
    ++counts_[certain ? 1 : 0];
    Loop loop;
    loop.certain = certain;
    for (const Node node : nodes) loop.routes.push_back(graph_.route(node));
    loops_.push_back(std::move(loop));
  }

  struct Pair {
    Node up = 0;
    Node down = 0;
    bool certain = false;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads a defaulted <=>
    auto operator<=>(const Pair&) const = default;
  };

  const FeedGraph& graph_;
  std::vector<Loop> loops_;
  std::set<Pair> pairs_;
  std::size_t counts_[2] = {0, 0};
};

// How a message goes round.
std::string story(const BridgeSpec& bridge, const Loop& loop) {
  const auto name = [&bridge](RouteRef route) -> const std::string& {
    return route.up ? bridge.mqtt_to_kafka[route.index].name : bridge.kafka_to_mqtt[route.index].name;
  };
  const std::size_t named = std::min(loop.routes.size(), kMostNamed);
  const bool all = named == loop.routes.size();
  std::string names;
  std::string way;
  for (std::size_t i = 0; i < named; ++i) {
    const RouteRef route = loop.routes[i];
    if (i > 0) names += all && i + 1 == named ? " and " : ", ";
    names += in_quotes(name(route));
    way += (i > 0 ? ", " : "") + escaped(name(route)) + (i > 0 ? " reads it and writes " : " writes ");
    way += route.up ? "Kafka topic " + escaped(bridge.mqtt_to_kafka[route.index].topic)
                    : "MQTT topic " + escaped(bridge.kafka_to_mqtt[route.index].topic);
  }
  if (!all) {
    names += " and " + std::to_string(loop.routes.size() - named) + " more";
    way += ", and so on until a topic";
  }
  return "routes " + names + (loop.certain ? " feed" : " may feed") + " each other: " + way + ", which " +
         escaped(name(loop.routes.front())) + " reads again";
}

}  // namespace

std::vector<Loop> find_loops(const BridgeSpec& bridge) {
  std::size_t topics = 0;
  for (const KafkaToMqttRoute& route : bridge.kafka_to_mqtt) topics += route.topics.size();
  if (topics > kMaxEgressTopics) return {};  // refused, and long to compare
  return LoopFinder(FeedGraph(bridge)).find();
}

void check_loops(const BridgeSpec& bridge, const Field& up, const Field& down) {
  for (const Loop& loop : find_loops(bridge)) {
    Position last;
    std::string path;
    for (const RouteRef route : loop.routes) {
      const Field& list = route.up ? up : down;
      const Position at = list.node().children[route.index]->at;
      if (!path.empty() && at.before(last)) continue;
      last = at;
      path = child_path(list.path(), route.index);
    }
    if (loop.certain) {
      up.report().problem(last, path, story(bridge, loop), "let one of them read or write other topics");
    } else {
      up.report().warning(last, path, story(bridge, loop),
                          "MQTT 5 messages carry mkb-origin and are stopped at run time, those of MQTT 3.1.1 "
                          "are not");
    }
  }
}

}  // namespace mkb::api
