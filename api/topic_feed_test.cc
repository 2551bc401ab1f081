#include "api/topic_feed.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "mqtt/topic_filter.h"

namespace mkb::api {
namespace {

Feeds kafka(std::string_view written, const std::string& read) {
  const auto parsed = TopicPattern::parse(read);
  const auto* pattern = std::get_if<TopicPattern>(&parsed);
  EXPECT_NE(pattern, nullptr) << read;
  return pattern == nullptr ? Feeds::kNever : KafkaTopicFeed(written).feeds(*pattern);
}

Feeds mqtt_feeds(std::string_view written, std::string_view filter) {
  return MqttTopicFeed(written).feeds(filter);
}

using FeedCases = std::vector<std::tuple<std::string, std::string, Feeds>>;

TEST(TopicFeed, KafkaTopics) {
  const FeedCases cases = {
      {"t", "t", Feeds::kCertainly},
      {"t", "u", Feeds::kNever},
      {"fleet.t", "^fleet\\..*", Feeds::kCertainly},
      {"fleet-t", "^fleet\\..*", Feeds::kNever},
      {"${topic[0]}", "t", Feeds::kPossibly},
      {"fleet.${topic[0]}", "fleet.x", Feeds::kPossibly},
      {"fleet.${topic[0]}", "fleet.", Feeds::kNever},
      {"fleet.${topic[0]}", "fleet", Feeds::kNever},
      {"fleet.${topic[0]}", "cars.x", Feeds::kNever},
      {"${topic[0]}.up", "a.up", Feeds::kPossibly},
      {"${topic[0]}.up", ".up", Feeds::kNever},
      {"${topic[0]}.up", "a.up.b", Feeds::kNever},
      {"a${topic[0]}b${qos}c", "axbybzc", Feeds::kPossibly},
      {"a${topic[0]}b${qos}c", "abbc", Feeds::kNever},
      {"a${topic[0]}b${qos}c", "axbc", Feeds::kNever},
      {"a${topic[0]}${qos}", "axy", Feeds::kPossibly},
      {"a${topic[0]}${qos}", "ax", Feeds::kNever},
      {"a${topic[0]}aa", "aaaa", Feeds::kPossibly},
      {"a${topic[0]}aa", "aaa", Feeds::kNever},
      {"fleet.${topic[0]}", "^fleet\\.x", Feeds::kPossibly},
      {"fleet.${topic[0]}", "^fl", Feeds::kPossibly},
      {"fleet.${topic[0]}", "^cars\\..*", Feeds::kNever},
      {"${topic[0]}.fleet", "^cars", Feeds::kPossibly},
      {"fleet.${topic[0]}", "^cars|x", Feeds::kPossibly},
      {"", "^", Feeds::kNever},
      {"${nonsense}", "^", Feeds::kNever},
  };
  for (const auto& [written, read, feeds] : cases) EXPECT_EQ(kafka(written, read), feeds) << written << read;
}

TEST(TopicFeed, MqttTopics) {
  const FeedCases cases = {
      {"a/b", "a/b", Feeds::kCertainly},
      {"a/b", "a/+", Feeds::kCertainly},
      {"a/b", "a", Feeds::kNever},
      {"vehicles/${key}/telemetry", "vehicles/+/telemetry", Feeds::kCertainly},
      {"vehicles/${key}/telemetry", "vehicles/#", Feeds::kCertainly},
      {"vehicles/${key}/telemetry", "#", Feeds::kCertainly},
      {"vehicles/v-${key}/telemetry", "vehicles/+/telemetry", Feeds::kCertainly},
      {"vehicles/${key}/telemetry", "vehicles/v42/telemetry", Feeds::kPossibly},
      {"vehicles/${key}/cmd", "vehicles/+/telemetry", Feeds::kNever},
      {"vehicles/${key}/cmd", "ships/#", Feeds::kNever},
      {"$SYS/${key}", "#", Feeds::kNever},
      {"$$SYS/${key}", "#", Feeds::kNever},
      {"$$SYS/${key}", "+/x", Feeds::kNever},
      {"$$x${key}/y", "+/y", Feeds::kNever},
      {"$$SYS/${key}", "$SYS/+", Feeds::kCertainly},
      {"a/${partition}", "a/b/c", Feeds::kNever},
      {"a/${topic}", "a/b/c", Feeds::kNever},
      {"a/${topic}", "a/b", Feeds::kPossibly},
      {"", "#", Feeds::kNever},
      {"${nonsense}", "#", Feeds::kNever},
  };
  for (const auto& [written, filter, feeds] : cases) {
    EXPECT_EQ(mqtt_feeds(written, filter), feeds) << written << " " << filter;
  }
}

// A header such as mqtt.topic holds whole topics.
TEST(TopicFeed, VariablesThatMakeSeveralLevels) {
  const FeedCases cases = {
      {"${headers.mqtt.topic}", "vehicles/+/telemetry", Feeds::kPossibly},
      {"${headers.mqtt.topic}", "vehicles/#", Feeds::kPossibly},
      {"mirror/${headers.mqtt.topic}", "mirror/+/telemetry", Feeds::kPossibly},
      {"mirror/${headers.mqtt.topic}", "mirror/#", Feeds::kCertainly},
      {"mirror/${headers.mqtt.topic}", "vehicles/+/telemetry", Feeds::kNever},
      {"mirror/${headers.mqtt.topic}", "mirror", Feeds::kNever},
      {"a/${key}/z", "a/+/+/z", Feeds::kPossibly},
      {"a/${key}/z", "a/z", Feeds::kNever},
      {"a/${key}/z", "a/b/c/#", Feeds::kPossibly},
      {"a/${value.x}/z", "a/b/c/y", Feeds::kNever},
      {"${key}/${key}", "a", Feeds::kNever},
      {"${key}/${key}", "a/b/c/d", Feeds::kPossibly},
      {"a/x${key}/${topic}/c", "a/1/2/3/c", Feeds::kPossibly},
      {"a/x${key}/${topic}/c", "a/1/c", Feeds::kNever},
  };
  for (const auto& [written, filter, feeds] : cases) {
    EXPECT_EQ(mqtt_feeds(written, filter), feeds) << written << " " << filter;
  }
}

TEST(TopicFeed, LongTopicsAreNotComparedForLong) {
  std::string topic = "${key}";
  std::string filter = "a";
  for (int i = 0; i < 10'000; ++i) {
    topic += "/b";
    filter += "/c";
  }
  EXPECT_EQ(mqtt_feeds(topic, filter), Feeds::kPossibly);
}

// Puts a worth for each variable into random templates: what then matches must have been foreseen.
TEST(TopicFeed, ForeseesWhatMatches) {
  static const std::vector<std::string> kWritten = {"a", "b", "/", "${key}", "${partition}", "$$"};
  static const std::vector<std::string> kFilters = {"a", "b", "+", "", "ab", "$", "7"};
  static const std::vector<std::string> kWorths = {"a", "b", "a/b", "ab", "a/b/b", "/"};
  std::mt19937 random(7);
  int matched = 0;
  int never = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string written;
    std::string topic;
    for (auto count = 1 + random() % 5; count > 0; --count) {
      const std::string& piece = kWritten[random() % kWritten.size()];
      written += piece;
      topic += piece == "${key}"         ? kWorths[random() % kWorths.size()]
               : piece == "${partition}" ? "7"
               : piece == "$$"           ? "$"
                                         : piece;
    }
    std::string filter = kFilters[random() % kFilters.size()];
    for (auto more = random() % 4; more > 0; --more) filter += "/" + kFilters[random() % kFilters.size()];
    if (random() % 4 == 0) filter += "/#";
    if (!mqtt::is_topic_filter(filter)) continue;
    const Feeds feeds = mqtt_feeds(written, filter);
    never += feeds == Feeds::kNever ? 1 : 0;
    if (!mqtt::matches(filter, topic)) continue;
    ++matched;
    ASSERT_NE(feeds, Feeds::kNever) << written << " " << topic << " " << filter;
  }
  EXPECT_GT(matched, 1'000);
  EXPECT_GT(never, 10'000);
}

}  // namespace
}  // namespace mkb::api
