#include "api/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "api/quote.h"
#include "api/text_guard.h"

namespace mkb::api {
namespace {

using NodeKind = YamlNode::Kind;

// Thrown through yaml-cpp, which has no other way to stop, and caught in YamlTree::load.
struct Stop {
  Position at;
  std::string what;
  std::string hint;
};

Position position(const YAML::Mark& mark) {
  return mark.is_null() ? Position{} : Position{mark.line + 1, mark.column + 1};
}

// Null for a quote that is closed, or no quote at all. yaml-cpp takes a double-quoted text that the file ends
// in for complete.
bool quote_left_open(std::string_view text, std::size_t start) {
  if (start >= text.size() || text[start] != '"') return false;
  for (std::size_t i = start + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return false;
    }
  }
  return true;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::deque<YamlNode>& nodes) : text_(text), nodes_(nodes) {}

  /// The document read last.
  [[nodiscard]] const YamlNode* root() const { return root_; }
  /// The innermost list or mapping that has not ended.
  [[nodiscard]] const YamlNode* innermost() const { return open_.empty() ? nullptr : open_.back(); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {
    anchors_.clear();
    root_ = nullptr;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode& node = add(NodeKind::kNull, mark, anchor);
    // The mark is that of whatever follows.
    if (!open_.empty()) node.at = empty_position(*open_.back(), mark);
    place(node, node.at);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (quote_left_open(text_, static_cast<std::size_t>(std::max(mark.pos, 0)))) {
      throw Stop{position(mark), "the quote that starts here is never closed", "close it with \""};
    }
    YamlNode& node = add(NodeKind::kScalar, mark, anchor);
    node.plain = tag == "?" || tag == "tag:yaml.org,2002:int" || tag == "tag:yaml.org,2002:float" ||
                 tag == "tag:yaml.org,2002:bool";
    if (!node.plain && tag != "!") check_tag(tag, "tag:yaml.org,2002:str", node.at);
    node.scalar = value;
    place(node, node.at);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const YamlNode* node = anchors_[anchor];
    if (std::find(open_.begin(), open_.end(), node) != open_.end()) {
      throw Stop{position(mark), "the alias stands inside what it names",
                 "an alias may only name an earlier value"};
    }
    place(*node, position(mark));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(NodeKind::kSequence, mark, tag, anchor, "tag:yaml.org,2002:seq");
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(NodeKind::kMap, mark, tag, anchor, "tag:yaml.org,2002:map");
  }
  void OnMapEnd() override { close(); }

 private:
  static void check_tag(const std::string& tag, std::string_view known, Position at) {
    if (tag.empty() || tag == "?" || tag == known) return;
    throw Stop{at, "unknown tag " + in_quotes(tag), "write the value without a tag"};
  }

  YamlNode& add(NodeKind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (nodes_.size() >= YamlTree::kMaxNodes) {
      throw Stop{position(mark), "more than " + std::to_string(YamlTree::kMaxNodes) + " values", ""};
    }
    YamlNode& node = nodes_.emplace_back();
    node.kind = kind;
    node.at = position(mark);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
    return node;
  }

  void open(NodeKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            std::string_view known_tag) {
    YamlNode& node = add(kind, mark, anchor);
    check_tag(tag, known_tag, node.at);
    open_.push_back(&node);
    check_depth(0, node.at);
  }

  void close() {
    YamlNode* node = open_.back();
    open_.pop_back();
    place(*node, node->at);
  }

  // A complete node becomes the next child of the innermost open one.
  void place(const YamlNode& node, Position at) {
    if (open_.empty()) {
      root_ = &node;
      return;
    }
    YamlNode& parent = *open_.back();
    parent.children.push_back(&node);
    parent.size += node.size;
    parent.height = std::max(parent.height, node.height + 1);
    check_depth(node.height, at);
    if (parent.size > YamlTree::kMaxExpandedNodes) {
      throw Stop{parent.at, "more than " + std::to_string(YamlTree::kMaxExpandedNodes) + " values",
                 "aliases repeat too much"};
    }
  }

  void check_depth(std::size_t height, Position at) const {
    if (open_.size() + height > YamlTree::kMaxDepth) {
      throw Stop{at, "nested more than " + std::to_string(YamlTree::kMaxDepth) + " levels deep", ""};
    }
  }

  // Where something that is left out would stand: at its key, or after the dash before it.
  [[nodiscard]] Position empty_position(const YamlNode& parent, const YAML::Mark& mark) const {
    if (parent.kind == NodeKind::kMap) {
      return parent.children.size() % 2 == 1 ? parent.children.back()->at : position(mark);
    }
    Position at = position(mark);
    for (std::size_t i = std::min(text_.size(), static_cast<std::size_t>(std::max(mark.pos, 0))); i-- > 0;) {
      const char c = text_[i];
      if (c == '\n') {
        at.line -= 1;
        const std::size_t before = i == 0 ? std::string_view::npos : text_.rfind('\n', i - 1);
        at.column = static_cast<int>(i - (before == std::string_view::npos ? 0 : before + 1)) + 1;
      } else {
        at.column -= 1;
        if (c == '-') return at;
        if (c != ' ' && c != '\r') break;
      }
    }
    return position(mark);
  }

  std::string_view text_;
  std::deque<YamlNode>& nodes_;
  std::vector<YamlNode*> open_;
  std::unordered_map<YAML::anchor_t, const YamlNode*> anchors_;
  const YamlNode* root_ = nullptr;
};

// Whether a line that starts a document stands between two places.
bool marker_between(std::string_view text, Position from, Position to) {
  int line = 1;
  while (line < to.line) {
    if (line >= from.line && (text.starts_with("---") || text.starts_with("..."))) return true;
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
    ++line;
  }
  return text.starts_with("---");
}

void report_second_document(std::string_view text, Position first, Position second, Report& report) {
  if (marker_between(text, first, second)) {
    report.problem(second, "", "a second document", "give exactly one resource in a file");
  } else {
    report.problem(second, "", "not YAML: what stands here belongs to nothing above",
                   "check the indentation");
  }
}

std::string syntax_hint(const std::string& message, std::string_view text, Position at) {
  const int tabbed = tab_indented_line(text, at.line);
  if (tabbed > 0) return "line " + std::to_string(tabbed) + " is indented with a tab: YAML wants spaces";
  if (message == YAML::ErrorMsg::UNKNOWN_ANCHOR) return "an alias names an earlier value marked with &name";
  if (message == YAML::ErrorMsg::MAP_VALUE)
    return "check the indentation; a text with \": \" in it needs quotes";
  return "check indentation, quotes and brackets";
}

void report_syntax(const YAML::Exception& error, std::string_view text, const YamlNode* innermost,
                   Report& report) {
  // yaml-cpp blames the end of the file or the start of the outermost value.
  if (innermost != nullptr &&
      (error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW || error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW)) {
    const bool list = innermost->kind == NodeKind::kSequence;
    report.problem(innermost->at, "", "not YAML: the bracket that starts here is never closed",
                   list ? "close it with ]" : "close it with }");
    return;
  }
  const Position at = position(error.mark);
  report.problem(at, "", "not YAML: " + escaped(error.msg), syntax_hint(error.msg, text, at));
}

// Visits every mapping once, by the first path that leads to it.
class KeyCheck {
 public:
  explicit KeyCheck(Report& report) : report_(report) {}

  void visit(const YamlNode& node, const std::string& path) {
    if (node.children.empty() || !seen_.insert(&node).second) return;
    if (node.kind == NodeKind::kSequence) {
      for (std::size_t i = 0; i < node.children.size(); ++i) visit(*node.children[i], child_path(path, i));
      return;
    }
    std::map<std::string_view, Position> lines;
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const YamlNode& key = *node.children[i];
      if (key.kind != NodeKind::kScalar) {
        report_.problem(key.at, path, "a key that is " + std::string(key.kind_name()), "keys are texts");
        continue;
      }
      const std::string key_path = child_path(path, key.scalar);
      const auto [first, is_new] = lines.emplace(key.scalar, key.at);
      if (!is_new) {
        report_.problem(key.at, key_path, "given twice",
                        "first on line " + std::to_string(first->second.line));
      }
      visit(*node.children[i + 1], key_path);
    }
  }

 private:
  Report& report_;
  std::unordered_set<const YamlNode*> seen_;
};

}  // namespace

std::string_view YamlNode::kind_name() const {
  switch (kind) {
    case NodeKind::kNull:
      return "nothing";
    case NodeKind::kScalar:
      return "a single value";
    case NodeKind::kSequence:
      return "a list";
    case NodeKind::kMap:
      return "a mapping";
  }
  return "";
}

const YamlNode* YamlTree::load(std::string_view text, Report& report) {
  nodes_.clear();
  const YamlNode* document = nullptr;
  TreeBuilder builder(text, nodes_);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
      const YamlNode* root = builder.root();
      if (root == nullptr || root->kind == NodeKind::kNull) continue;
      if (document != nullptr) {
        report_second_document(text, document->at, root->at, report);
        return nullptr;
      }
      document = root;
    }
  } catch (const Stop& stop) {
    report.problem(stop.at, "", stop.what, stop.hint);
    return nullptr;
  } catch (const YAML::Exception& error) {
    report_syntax(error, text, builder.innermost(), report);
    return nullptr;
  } catch (const std::exception& error) {
    report.problem({}, "", "not YAML: " + escaped(error.what()), "");
    return nullptr;
  }
  if (document == nullptr) {
    report.problem({1, 1}, "", "the file holds no resource",
                   "give one MqttKafkaBridge, as in examples/quickstart.yaml");
    return nullptr;
  }
  KeyCheck(report).visit(*document, "");
  return document;
}

std::string child_path(const std::string& path, std::string_view key) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (key.empty() || key.size() > 80 || !std::all_of(key.begin(), key.end(), is_plain)) {
    return path + "[" + in_quotes(key) + "]";
  }
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::string child_path(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

}  // namespace mkb::api
