#include "dataplane/route/message_context.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace mkb::dataplane {
namespace {

std::vector<std::string> levels(MessageContext& message) {
  std::vector<std::string> all;
  while (const auto level = message.topic_level(all.size())) {
    all.emplace_back(*level);
  }
  return all;
}

using Levels = std::vector<std::string>;

TEST(MessageContext, SplitsTheTopicAtEverySlash) {
  const std::vector<std::pair<std::string, Levels>> topics = {{"a", {"a"}},
                                                              {"a/bb/c", {"a", "bb", "c"}},
                                                              {"/", {"", ""}},
                                                              {"/a", {"", "a"}},
                                                              {"a/", {"a", ""}},
                                                              {"a//b", {"a", "", "b"}},
                                                              {"$SYS/x", {"$SYS", "x"}},
                                                              {"caf\xc3\xa9/1", {"caf\xc3\xa9", "1"}}};
  MessageContext message;
  for (const auto& [topic, expected] : topics) {
    mqtt::PublishView publish;
    publish.topic = topic;
    message.reset(publish, "client");
    EXPECT_EQ(levels(message), expected) << topic;
  }
}

TEST(MessageContext, HasNoLevelBeyondTheLast) {
  mqtt::PublishView publish;
  publish.topic = "a/b";
  MessageContext message;
  message.reset(publish, "client");
  EXPECT_EQ(message.topic_level(2), std::nullopt);
  EXPECT_EQ(message.topic_level(static_cast<std::size_t>(-1)), std::nullopt);
  EXPECT_EQ(message.topic_level(1), "b");
  EXPECT_EQ(message.topic_level(0), "a");
}

TEST(MessageContext, ForgetsTheMessageBefore) {
  MessageContext message;
  mqtt::PublishView publish;
  publish.topic = "a/b/c";
  publish.payload = R"({"x":1})";
  message.reset(publish, "first");
  EXPECT_EQ(levels(message), (Levels{"a", "b", "c"}));
  std::string out;
  const std::vector<api::PayloadStep> path = {std::string("x")};
  EXPECT_EQ(message.append_payload_field(path, out), JsonLookup::kFound);

  publish.topic = "d";
  publish.payload = R"({"x":2})";
  message.reset(publish, "second");
  EXPECT_EQ(message.client_id(), "second");
  EXPECT_EQ(message.publish().topic, "d");
  EXPECT_EQ(message.append_payload_field(path, out), JsonLookup::kFound);
  EXPECT_EQ(out, "12");
  EXPECT_EQ(levels(message), (Levels{"d"}));
}

}  // namespace
}  // namespace mkb::dataplane
