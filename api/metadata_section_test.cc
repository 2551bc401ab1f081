#include "api/metadata_section.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/sample_bridge.h"

namespace mkb::api {
namespace {

// A resource whose metadata is `text`, on line 3 from column 11.
std::string with_metadata(const std::string& text) {
  std::string resource = bridge_with_mqtt("");
  const std::string sample = "{name: b}";
  return resource.replace(resource.find(sample), sample.size(), text);
}

TEST(MetadataSection, Defaults) {
  const BridgeSpec spec = spec_of(with_metadata("{name: bridge}"));
  EXPECT_EQ(spec.name, "bridge");
  EXPECT_EQ(spec.name_space, "default");
  EXPECT_EQ(spec.uid, derived_uid("default", "bridge"));
}

TEST(MetadataSection, TheLongestName) {
  EXPECT_EQ(spec_of(with_metadata("{name: " + std::string(kMaxBridgeName, 'x') + "}")).name.size(), 48u);
}

TEST(MetadataSection, EveryField) {
  const BridgeSpec spec =
      spec_of(with_metadata("{name: my-bridge-1, namespace: fleet, uid: "
                            "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0, labels: {a: b}, annotations: "
                            "{c: d}, generation: 3, resourceVersion: \"1\", creationTimestamp: null, "
                            "deletionTimestamp: x, finalizers: [f], "
                            "managedFields: [{}], ownerReferences: [], selfLink: /x, generateName: y, "
                            "deletionGracePeriodSeconds: 0}"));
  EXPECT_EQ(spec.name, "my-bridge-1");
  EXPECT_EQ(spec.name_space, "fleet");
  EXPECT_EQ(spec.uid, "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
}

TEST(MetadataSection, DerivedUidsAreStableAndDistinct) {
  // Sessions are found again by it: these values must never change.
  EXPECT_EQ(derived_uid("default", "quickstart"), "927f842883");
  EXPECT_EQ(derived_uid("fleet", "secured"), "0d0e8547db");
  std::set<std::string> uids;
  for (int i = 0; i < 1000; ++i) {
    const std::string uid = derived_uid("default", "bridge-" + std::to_string(i));
    EXPECT_EQ(uid.size(), 10u);
    EXPECT_EQ(uid.find_first_not_of("0123456789abcdef"), std::string::npos);
    uids.insert(uid);
  }
  EXPECT_EQ(uids.size(), 1000u);
  EXPECT_NE(derived_uid("a", "bc"), derived_uid("ab", "c"));
}

TEST(MetadataSection, Problems) {
  const std::string name = "use at most 48 of a-z, 0-9 and -, with a letter or digit at both ends";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{}", "3:1: metadata.name: is missing; give the bridge a name"},
      {"b", "3:11: metadata: is a single value; write a mapping"},
      {"", "3:1: metadata: has no value; give it one, or leave the field out"},
      {"{name: }", "3:12: metadata.name: has no value; give it one, or leave the field out"},
      {"{name: Bridge}", "3:18: metadata.name: \"Bridge\" is no name of a bridge; " + name},
      {"{name: a.b}", "3:18: metadata.name: \"a.b\" is no name of a bridge; " + name},
      {"{name: " + std::string(49, 'x') + "}",
       "3:18: metadata.name: \"" + std::string(49, 'x') + "\" is no name of a bridge; " + name},
      {"{name: 5}", "3:18: metadata.name: \"5\" is a number to YAML; put it in quotes to make it a text"},
      {"{name: b, namespace: a.b}",
       "3:32: metadata.namespace: \"a.b\" is no name of a namespace; use at most 63 of a-z, 0-9 and -, with "
       "a letter "
       "or digit at both ends"},
      {"{name: b, uid: a/b}",
       "3:26: metadata.uid: \"a/b\" is no uid; leave it out: it is derived from namespace and name"},
      {"{name: b, label: {}}", "3:21: metadata.label: unknown field; did you mean \"labels\"?"},
      {"{name: b, colour: red}", "3:21: metadata.colour: unknown field; known: name, namespace, uid"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(problems_of(with_metadata(text)), "f:" + message + "\n") << text;
  }
}

}  // namespace
}  // namespace mkb::api
