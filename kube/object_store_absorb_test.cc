#include <gtest/gtest.h>

#include "kube/object_store.h"

namespace mkb::kube {
namespace {

using nlohmann::json;

json copy(int version, const std::string& uid = "u", int replicas = 1) {
  return {{"metadata",
           {{"namespace", "a"}, {"name", "b"}, {"uid", uid}, {"resourceVersion", std::to_string(version)}}},
          {"spec", {{"replicas", replicas}}}};
}

class AbsorbTest : public testing::Test {
 protected:
  [[nodiscard]] std::string version() const {
    const auto found = store_.find("a/b");
    return found ? found->at("metadata")["resourceVersion"] : "";
  }

  int changes_ = 0;
  ObjectStore store_{[this](const json&, bool) { ++changes_; }};
};

TEST_F(AbsorbTest, ShowsOurWriteAtOnceAndTellsNobody) {
  store_.put(copy(9));
  store_.absorb(copy(10, "u", 2));
  EXPECT_EQ(version(), "10");
  EXPECT_EQ(store_.find("a/b")->at("spec")["replicas"], 2);
  EXPECT_EQ(changes_, 1);
}

TEST_F(AbsorbTest, DoesNotGoBackToWhatTheWatchShowsLate) {
  store_.put(copy(9));
  store_.absorb(copy(12));
  store_.put(copy(11));
  EXPECT_EQ(version(), "12");
  store_.put(copy(12));
  EXPECT_EQ(changes_, 1) << "our own write is no news";
  store_.put(copy(100));
  EXPECT_EQ(version(), "100");
  EXPECT_EQ(changes_, 2);
}

TEST_F(AbsorbTest, ComparesVersionsAsNumbers) {
  store_.put(copy(9));
  store_.absorb(copy(10));
  store_.put(copy(9, "u", 5));
  EXPECT_EQ(version(), "10");
}

TEST_F(AbsorbTest, IsForgottenOnceTheWatchHasComeAsFar) {
  store_.put(copy(9));
  store_.absorb(copy(12));
  store_.put(copy(12));
  // As after a restore of etcd: what the server says counts.
  store_.put(copy(3, "u", 7));
  EXPECT_EQ(version(), "3");
}

TEST_F(AbsorbTest, NeverBringsBackWhatWasDeleted) {
  store_.put(copy(9));
  store_.erase(copy(11));
  store_.absorb(copy(10));
  EXPECT_EQ(store_.find("a/b"), std::nullopt);
}

TEST_F(AbsorbTest, IgnoresAnAnswerThatTheWatchHasOvertaken) {
  store_.put(copy(15));
  store_.absorb(copy(12));
  EXPECT_EQ(version(), "15");
}

TEST_F(AbsorbTest, YieldsToAnotherObjectOfThatName) {
  store_.put(copy(9));
  store_.absorb(copy(12));
  store_.put(copy(11, "another"));
  EXPECT_EQ(version(), "11");
  store_.absorb(copy(13, "u"));
  EXPECT_EQ(version(), "11") << "an answer about the old one";
}

}  // namespace
}  // namespace mkb::kube
