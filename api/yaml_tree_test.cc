#include "api/yaml_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mkb::api {
namespace {

// The tree as one line of text; scalars that are no plain ones in quotes.
std::string written(const YamlNode& node) {
  std::string text;
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "~";
    case YamlNode::Kind::kScalar:
      return node.plain ? node.scalar : "'" + node.scalar + "'";
    case YamlNode::Kind::kSequence:
      for (const YamlNode* child : node.children) text += (text.empty() ? "" : ", ") + written(*child);
      return "[" + text + "]";
    case YamlNode::Kind::kMap:
      for (std::size_t i = 0; i < node.children.size(); i += 2) {
        text +=
            (text.empty() ? "" : ", ") + written(*node.children[i]) + ": " + written(*node.children[i + 1]);
      }
      return "{" + text + "}";
  }
  return text;
}

std::string tree(std::string_view text) {
  Report report("f");
  YamlTree tree;
  const YamlNode* root = tree.load(text, report);
  EXPECT_EQ(render(report.take_problems()), "") << text;
  return root == nullptr ? "" : written(*root);
}

std::string problem(std::string_view text) {
  Report report("f");
  YamlTree tree;
  tree.load(text, report);
  return render(report.take_problems());
}

TEST(YamlTree, ReadsDocuments) {
  EXPECT_EQ(tree("a: 1\nb: [x, 'y', \"z\", ~, null]\nc:\nd:\n  e: |\n    t\n"),
            "{a: 1, b: [x, 'y', 'z', ~, ~], c: ~, d: {e: 't\n'}}");
  EXPECT_EQ(tree("{\"a\": [1, true, null]}"), "{'a': [1, true, ~]}");
  EXPECT_EQ(tree("a: 1\r\nb:\r\n- x\r\n"), "{a: 1, b: [x]}");
  EXPECT_EQ(tree("a: !!str 5\nb: !!int 5\nc: !!seq [x]\nd: !!map {}"), "{a: '5', b: 5, c: [x], d: {}}");
}

TEST(YamlTree, FollowsAliases) {
  EXPECT_EQ(tree("a: &x [1, 2]\nb: *x\nc: {d: *x}"), "{a: [1, 2], b: [1, 2], c: {d: [1, 2]}}");
  EXPECT_EQ(tree("a: &x 1\nb: &x 2\nc: *x"), "{a: 1, b: 2, c: 2}");
  EXPECT_EQ(tree("a: &x\nb: *x"), "{a: ~, b: ~}");
}

TEST(YamlTree, WantsOneDocument) {
  EXPECT_EQ(tree("---\na: 1\n"), "{a: 1}");
  EXPECT_EQ(tree("%YAML 1.2\n---\na: 1\n...\n"), "{a: 1}");
  EXPECT_EQ(tree("---\n---\na: 1\n---\n"), "{a: 1}");
  const std::string empty =
      "f:1:1: the file holds no resource; give one MqttKafkaBridge, as in "
      "examples/quickstart.yaml\n";
  for (const char* text : {"", "\n", "# only a comment\n", "---\n", "~", "null"})
    EXPECT_EQ(problem(text), empty) << text;
  EXPECT_EQ(problem("a: 1\n---\nb: 2\n"), "f:3:1: a second document; give exactly one resource in a file\n");
}

TEST(YamlTree, KnowsWhereEmptyValuesAre) {
  Report report("f");
  YamlTree tree;
  const YamlNode* root = tree.load("k:\n\n\nlist:\n- a\n-\n\n- b\n-\nlast:\n", report);
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root->children[1]->at, (Position{1, 1}));
  const YamlNode& list = *root->children[3];
  EXPECT_EQ(list.children[1]->at, (Position{6, 1}));
  EXPECT_EQ(list.children[3]->at, (Position{9, 1}));
  EXPECT_EQ(root->children[5]->at, (Position{10, 1}));
}

TEST(YamlTree, ReportsKeys) {
  EXPECT_EQ(problem("a: {b: 1, c: 2, b: 3}\na: x\n'a': y"),
            "f:1:17: a.b: given twice; first on line 1\n"
            "f:2:1: a: given twice; first on line 1\n"
            "f:3:1: a: given twice; first on line 1\n");
  EXPECT_EQ(problem("x:\n- a: 1\n- k.l: {b: 1, b: 2}"),
            "f:3:15: x[1][\"k.l\"].b: given twice; first on line 3\n");
  EXPECT_EQ(problem("? [a]\n: b\n"), "f:1:3: a key that is a list; keys are texts\n");
  EXPECT_EQ(problem("x: {? {} : b}\n"), "f:1:7: x: a key that is a mapping; keys are texts\n");
  EXPECT_EQ(problem("x: {~: b}\n"), "f:1:5: x: a key that is nothing; keys are texts\n");
  EXPECT_EQ(problem("x: &a {b: 1, b: 2}\ny: *a\n"), "f:1:14: x.b: given twice; first on line 1\n");
}

TEST(YamlTree, SyntaxProblems) {
  const std::string check = "check indentation, quotes and brackets";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a: [1", "1:4: not YAML: the bracket that starts here is never closed; close it with ]"},
      {"a: {b: 1", "1:4: not YAML: the bracket that starts here is never closed; close it with }"},
      {"a: 'x", "1:6: not YAML: illegal EOF in scalar; " + check},
      {"a: \"x\nb: 1\n", "1:4: the quote that starts here is never closed; close it with \""},
      {"a: \"x\\", "1:8: not YAML: unknown escape character: \\x04; " + check},
      {"a: 1\n b: 2",
       "2:3: not YAML: illegal map value; check the indentation; a text with \": \" in it needs quotes"},
      {"a:\n\tb: 1\n", "2:3: not YAML: illegal map value; line 2 is indented with a tab: YAML wants spaces"},
      {"- a\nb: 1", "2:1: not YAML: what stands here belongs to nothing above; check the indentation"},
      {"a: *x",
       "1:4: not YAML: the referenced anchor is not defined; an alias names an earlier value marked with "
       "&name"},
      {"a: &x [1, *x]",
       "1:11: the alias stands inside what it names; an alias may only name an earlier value"},
      {"a: !secret x", "1:4: unknown tag \"!secret\"; write the value without a tag"},
      {"a: !!binary eA==", "1:4: unknown tag \"tag:yaml.org,2002:binary\"; write the value without a tag"},
      {"a: !!set {}", "1:4: unknown tag \"tag:yaml.org,2002:set\"; write the value without a tag"},
      {"a: \"\\q\"", "1:7: not YAML: unknown escape character: q; " + check},
      {"a: \"\\ud800\"", "1:11: not YAML: invalid unicode: 55296; " + check},
      {"a: `x`", "1:4: not YAML: unknown token; " + check},
      {"a: @x", "1:4: not YAML: unknown token; " + check},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(problem(text), "f:" + message + "\n") << text;
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(YamlTree, BoundsDepth) {
  EXPECT_EQ(tree(nested(YamlTree::kMaxDepth)), nested(YamlTree::kMaxDepth));
  EXPECT_EQ(problem(nested(YamlTree::kMaxDepth + 1)), "f:1:65: nested more than 64 levels deep\n");
  std::string maps;
  for (std::size_t i = 0; i <= YamlTree::kMaxDepth; ++i) maps += std::string(i, ' ') + "a:\n";
  EXPECT_EQ(problem(maps), "f:64:64: nested more than 64 levels deep\n");
}

TEST(YamlTree, BoundsDepthThroughAliases) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 100; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_EQ(problem(text), "f:63:12: nested more than 64 levels deep\n");
}

TEST(YamlTree, BoundsNodes) {
  std::string list;
  for (std::size_t i = 0; i + 1 < YamlTree::kMaxNodes; ++i) list += "- a\n";
  Report report("f");
  YamlTree kept;
  const YamlNode* root = kept.load(list, report);
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root->size, YamlTree::kMaxNodes);
  EXPECT_EQ(problem(list + "- a\n"), "f:100000:3: more than 100000 values\n");
}

TEST(YamlTree, BoundsWhatAliasesRepeat) {
  // Ten times ten times ten ...: 10^9 values in a few lines.
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias;
    for (int j = 1; j < 10; ++j) text += ", " + alias;
    text += "]\n";
  }
  EXPECT_EQ(problem(text), "f:6:5: more than 200000 values; aliases repeat too much\n");
}

TEST(YamlTree, PathsOfKeys) {
  EXPECT_EQ(child_path("", "spec"), "spec");
  EXPECT_EQ(child_path("spec", "mqtt"), "spec.mqtt");
  EXPECT_EQ(child_path("spec", "linger.ms"), "spec[\"linger.ms\"]");
  EXPECT_EQ(child_path("spec", ""), "spec[\"\"]");
  EXPECT_EQ(child_path("spec", "a\nb"), "spec[\"a\\nb\"]");
  EXPECT_EQ(child_path("spec", 3), "spec[3]");
}

}  // namespace
}  // namespace mkb::api
