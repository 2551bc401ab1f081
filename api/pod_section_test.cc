#include "api/pod_section.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "api/sample_bridge.h"

namespace mkb::api {
namespace {

// spec.pod is `text`, on the last line from column 8.
std::string with_pod(const std::string& text) {
  return bridge_with_mqtt("") + "  pod: " + text + "\n";
}

std::string pod(const std::string& text) {
  return spec_of(with_pod(text)).pod_json;
}

TEST(PodSection, Absent) {
  EXPECT_EQ(spec_of(bridge_with_mqtt("")).pod_json, "");
  EXPECT_EQ(pod("{}"), "{}");
}

TEST(PodSection, EveryField) {
  EXPECT_EQ(
      pod("{image: 'r.example/mkb:1', resources: {requests: {cpu: 500m, memory: 64Mi}, limits: {cpu: 1}}, "
          "nodeSelector: {disk: ssd}, "
          "tolerations: [{key: k, operator: Equal, value: v, effect: NoExecute, tolerationSeconds: 60}], "
          "affinity: {nodeAffinity: {x: [1, true]}, podAffinity: {}, podAntiAffinity: {}}, "
          "annotations: {a: b}, labels: {team: fleet}, imagePullSecrets: [{name: pull}], "
          "priorityClassName: high}"),
      R"({"affinity":{"nodeAffinity":{"x":[1,true]},"podAffinity":{},"podAntiAffinity":{}},)"
      R"("annotations":{"a":"b"},"image":"r.example/mkb:1","imagePullSecrets":[{"name":"pull"}],)"
      R"("labels":{"team":"fleet"},"nodeSelector":{"disk":"ssd"},"priorityClassName":"high",)"
      R"("resources":{"limits":{"cpu":1},"requests":{"cpu":"500m","memory":"64Mi"}},)"
      R"("tolerations":[{"effect":"NoExecute","key":"k","operator":"Equal","tolerationSeconds":60,)"
      R"("value":"v"}]})");
}

TEST(PodSection, EmptyListsAreAsGoodAsNone) {
  EXPECT_EQ(pod("{tolerations: [], imagePullSecrets: []}"), R"({"imagePullSecrets":[],"tolerations":[]})");
}

TEST(PodSection, Quantities) {
  for (const char* text : {"1", "0", "500m", "1.5", "'.5'", "'1.'", "64Mi", "1Ki", "2E", "'1e3'", "'1E-3'",
                           "'1e+3'", "100n", "7u", "3k", "8P", "9Ei"}) {
    const std::string quoted = std::string(text) == "1.5" ? "'1.5'" : text;
    EXPECT_EQ(problems_of(with_pod("{resources: {limits: {cpu: " + quoted + "}}}")), "") << text;
  }
  for (const char* text : {"-1", "x", "''", "1K", "1mi", "'.'", "1 Mi", "1e", "1e+", "m", "+1m", "1MiB"}) {
    EXPECT_NE(problems_of(with_pod("{resources: {limits: {cpu: " + std::string(text) + "}}}")), "") << text;
  }
}

TEST(PodSection, Problems) {
  const std::string mapping = "write a mapping of names to texts";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"x", "8: spec.pod: is a single value; write a mapping"},
      {"{picture: x}",
       "9: spec.pod.picture: unknown field; known: image, resources, nodeSelector, tolerations, "
       "affinity, annotations, labels, imagePullSecrets, priorityClassName"},
      {"{image: ''}", "16: spec.pod.image: is empty; write a text"},
      {"{image: 5}", "16: spec.pod.image: \"5\" is a number to YAML; put it in quotes to make it a text"},
      {"{resources: {limit: {}}}", "21: spec.pod.resources.limit: unknown field; did you mean \"limits\"?"},
      {"{resources: {limits: {cpu: one}}}",
       "35: spec.pod.resources.limits.cpu: \"one\" is no quantity; write one such as 500m or 64Mi"},
      {"{resources: {limits: {cpu: 0.5}}}",
       "35: spec.pod.resources.limits.cpu: \"0.5\" is a number to YAML; put it in quotes to make it a text"},
      {"{resources: {limits: [cpu]}}", "29: spec.pod.resources.limits: is a list; " + mapping},
      {"{nodeSelector: {a: 1}}",
       "27: spec.pod.nodeSelector.a: \"1\" is a number to YAML; put it in quotes to make it a text"},
      {"{tolerations: {}}", "22: spec.pod.tolerations: is a mapping; write a list of tolerations"},
      {"{tolerations: [{keys: a}]}",
       "24: spec.pod.tolerations[0].keys: unknown field; did you mean \"key\"?"},
      {"{tolerations: [{operator: Exist}]}",
       "34: spec.pod.tolerations[0].operator: unknown value \"Exist\"; did you mean Exists?"},
      {"{tolerations: [{effect: Evict}]}",
       "32: spec.pod.tolerations[0].effect: unknown value \"Evict\"; write "
       "NoSchedule, PreferNoSchedule or NoExecute"},
      {"{tolerations: [{tolerationSeconds: 1m}]}",
       "43: spec.pod.tolerations[0].tolerationSeconds: \"1m\" is no whole number; write a whole number from "
       "-9223372036854775808 to 9223372036854775807"},
      {"{affinity: {node: {}}}", "20: spec.pod.affinity.node: unknown field; did you mean \"nodeAffinity\"?"},
      {"{affinity: {nodeAffinity: []}}",
       "34: spec.pod.affinity.nodeAffinity: is a list; write a mapping, as in a pod"},
      {"{annotations: {mqttkafka.io/x: y}}",
       "23: spec.pod.annotations[\"mqttkafka.io/x\"]: names with \"mqttkafka.io/\" are the operator's own; "
       "choose another name"},
      {"{labels: {app.kubernetes.io/name: y}}",
       "18: spec.pod.labels[\"app.kubernetes.io/name\"]: names with \"app.kubernetes.io/\" are the "
       "operator's "
       "own; choose another name"},
      {"{imagePullSecrets: [a]}", "28: spec.pod.imagePullSecrets[0]: is a single value; write a mapping"},
      {"{imagePullSecrets: [{}]}",
       "28: spec.pod.imagePullSecrets[0].name: is missing; write {name: NAME}, the name of a Secret"},
      {"{imagePullSecrets: [{name: A}]}",
       "35: spec.pod.imagePullSecrets[0].name: \"A\" is no name of a Secret; use "
       "a-z, 0-9, - and . only, as Kubernetes does"},
      {"{imagePullSecrets: [{name: a}, {name: a}]}",
       "39: spec.pod.imagePullSecrets[1]: \"a\" is given twice; the first is spec.pod.imagePullSecrets[0]"},
      {"{priorityClassName: High}",
       "28: spec.pod.priorityClassName: \"High\" is no name of a PriorityClass; use "
       "a-z, 0-9, - and . only, as Kubernetes does"},
  };
  for (const auto& [text, message] : cases) {
    const std::string problems = problems_of(with_pod(text));
    EXPECT_EQ(problems.substr(problems.find(':', 2) + 1), message + "\n") << text;
  }
}

}  // namespace
}  // namespace mkb::api
