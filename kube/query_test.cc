#include "kube/query.h"

#include <gtest/gtest.h>

namespace mkb::kube {
namespace {

TEST(Query, JoinsParameters) {
  EXPECT_EQ(Query("/api").target(), "/api");
  EXPECT_EQ(Query("/api").add("a", "1").add("b", "2").target(), "/api?a=1&b=2");
}

TEST(Query, EmptyValuesAreLeftOut) {
  EXPECT_EQ(Query("/api").add("a", "").add("b", "2").add("c", "").target(), "/api?b=2");
}

TEST(Query, EncodesWhatMeansSomethingInAQuery) {
  EXPECT_EQ(Query("/p").add("labelSelector", "a/b=c,d in (e, f)").target(),
            "/p?labelSelector=a%2Fb%3Dc%2Cd%20in%20%28e%2C%20f%29");
  EXPECT_EQ(Query("/p").add("continue", "a+b/c==&\xff").target(), "/p?continue=a%2Bb%2Fc%3D%3D%26%FF");
  EXPECT_EQ(Query("/p").add("x", "azAZ09-._~").target(), "/p?x=azAZ09-._~");
}

}  // namespace
}  // namespace mkb::kube
