#include "api/yaml_json.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "api/problem.h"

namespace mkb::api {
namespace {

std::string json_of(const std::string& yaml) {
  Report report("f");
  YamlTree tree;
  const YamlNode* document = tree.load(yaml, report);
  EXPECT_EQ(render(report.take_problems()), "") << yaml;
  return document == nullptr ? "" : json_text(*document);
}

TEST(YamlJson, Values) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{}", "{}"},
      {"[]", "[]"},
      {"{b: 1, a: 2}", R"({"a":2,"b":1})"},
      {"[true, false, ~, null]", "[true,false,null,null]"},
      {"[1, -2, 0, 9223372036854775807]", "[1,-2,0,9223372036854775807]"},
      {"[0.5, 1e3, -2.5E-1]", "[0.5,1000.0,-0.25]"},
      {"['1', \"true\", !!str 5, 'null']", R"(["1","true","5","null"])"},
      {"[0x10, .5, +1, 007, .inf, 1_0]", R"(["0x10",".5","+1","007",".inf","1_0"])"},
      {"[yes, on, 500m, 1h]", R"(["yes","on","500m","1h"])"},
      {"{a: \"q\\\"\\\\\\n\\u00e9\"}", "{\"a\":\"q\\\"\\\\\\né\"}"},
      {"[&x {a: [1]}, *x]", R"([{"a":[1]},{"a":[1]}])"},
      {"- a:\n  - b: {c: d}\n", R"([{"a":[{"b":{"c":"d"}}]}])"},
  };
  for (const auto& [yaml, json] : cases) EXPECT_EQ(json_of(yaml), json) << yaml;
}

TEST(YamlJson, JsonComesBackAsItWas) {
  for (const std::string json :
       {R"({"a":[1,2.5,"x",null,true,{"b":{}}],"c":"500m"})", R"(["","1","true","~"])", R"({"":0})"}) {
    EXPECT_EQ(json_of(json), json);
    EXPECT_EQ(json_of(json_of(json)), json);
  }
}

}  // namespace
}  // namespace mkb::api
