#include "operator/reconcile/drift.h"

#include <gtest/gtest.h>

#include <functional>

namespace mkb::reconcile {
namespace {

using nlohmann::json;

const json kDesired = with_applied_digest(json::parse(R"({
  "kind": "StatefulSet",
  "metadata": {"name": "s", "labels": {"a": "1"}},
  "spec": {"replicas": 3, "selector": {"app": "a"}, "empty": {}, "none": [],
           "template": {"containers": [{"name": "c", "image": "i:1", "args": ["--x", "--y"],
                                        "ports": [{"name": "admin", "containerPort": 8080}]}]}}})"));

json as_the_server_has_it() {
  json actual = kDesired;
  actual["metadata"]["uid"] = "u";
  actual["metadata"]["resourceVersion"] = "5";
  actual["metadata"]["annotations"]["other"] = "x";
  actual["metadata"]["labels"]["other"] = "x";
  actual["spec"].erase("empty");
  actual["spec"].erase("none");
  actual["spec"]["revisionHistoryLimit"] = 10;
  actual["spec"]["template"]["containers"][0]["terminationMessagePath"] = "/dev/null";
  actual["spec"]["template"]["containers"][0]["ports"][0]["protocol"] = "TCP";
  actual["status"]["replicas"] = 3;
  return actual;
}

TEST(Drift, IsNotWhatTheServerDefaultedOrOthersAdded) {
  EXPECT_FALSE(drifted(kDesired, as_the_server_has_it()));
}

TEST(Drift, IsNotAContainerThatAnotherAdded) {
  json actual = as_the_server_has_it();
  actual["spec"]["template"]["containers"].insert(actual["spec"]["template"]["containers"].begin(),
                                                  json::parse(R"({"name": "sidecar"})"));
  EXPECT_FALSE(drifted(kDesired, actual));
}

struct Edit {
  const char* what;
  std::function<void(json&)> make;
};

class EditIsDrift : public testing::TestWithParam<Edit> {};

TEST_P(EditIsDrift, Seen) {
  json actual = as_the_server_has_it();
  GetParam().make(actual);
  EXPECT_TRUE(drifted(kDesired, actual)) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    All, EditIsDrift,
    testing::Values(
        Edit{"a value", [](json& o) { o["spec"]["replicas"] = 4; }},
        Edit{"a type", [](json& o) { o["spec"]["replicas"] = "3"; }},
        Edit{"a missing member", [](json& o) { o["spec"].erase("replicas"); }},
        Edit{"a missing label", [](json& o) { o["metadata"]["labels"].erase("a"); }},
        Edit{"another image", [](json& o) { o["spec"]["template"]["containers"][0]["image"] = "i:2"; }},
        Edit{"an argument more",
             [](json& o) { o["spec"]["template"]["containers"][0]["args"].push_back("--z"); }},
        Edit{"arguments in another order",
             [](json& o) {
               o["spec"]["template"]["containers"][0]["args"] = {"--y", "--x"};
             }},
        Edit{"no containers", [](json& o) { o["spec"]["template"]["containers"] = json::array(); }},
        Edit{"containers that are no list", [](json& o) { o["spec"]["template"]["containers"] = 1; }},
        Edit{"another port",
             [](json& o) { o["spec"]["template"]["containers"][0]["ports"][0]["containerPort"] = 1; }},
        Edit{"something in a list that must be empty", [](json& o) { o["spec"]["none"] = {1}; }},
        Edit{"a selector that asks for more", [](json& o) { o["spec"]["selector"]["x"] = "y"; }},
        Edit{"the digest",
             [](json& o) { o["metadata"]["annotations"].erase(std::string(kAppliedAnnotation)); }}));

TEST(Drift, IsAFieldThatIsNoLongerWanted) {
  json without = kDesired;
  without["metadata"].erase("annotations");
  without["spec"].erase("replicas");
  // Everything that is wanted is there, and yet the old field has to go.
  EXPECT_TRUE(drifted(with_applied_digest(without), as_the_server_has_it()));
}

TEST(AppliedDigest, IsTheSameForTheSameContent) {
  const json a = json::parse(R"({"x": 1, "y": {"b": 2, "a": 1}})");
  const json b = json::parse(R"({"y": {"a": 1, "b": 2}, "x": 1})");
  EXPECT_EQ(with_applied_digest(a), with_applied_digest(b));
  EXPECT_NE(with_applied_digest(a), with_applied_digest(json{{"x", 2}}));
}

}  // namespace
}  // namespace mkb::reconcile
