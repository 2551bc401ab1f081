#include "mqtt/topic_filter.h"

#include <gtest/gtest.h>

#include <bitset>
#include <string>
#include <vector>

namespace mkb::mqtt {
namespace {

std::string name_message(const std::string& name) {
  const Result<void> result = validate_topic_name(name);
  EXPECT_EQ(result.ok(), is_topic_name(name));
  EXPECT_TRUE(result.ok() || result.error().is(TopicError::kInvalidName));
  return result.ok() ? "" : result.error().message();
}

std::string filter_message(const std::string& filter) {
  const Result<void> result = validate_topic_filter(filter);
  EXPECT_EQ(result.ok(), is_topic_filter(filter));
  EXPECT_TRUE(result.ok() || result.error().is(TopicError::kInvalidFilter));
  return result.ok() ? "" : result.error().message();
}

TEST(TopicName, AcceptsWhatCanBePublishedTo) {
  for (const char* name : {"a", "/", "//", "a//b", "/a/", " ", "$SYS/x", "caf\xc3\xa9", "a b/c d"}) {
    EXPECT_EQ(name_message(name), "") << name;
  }
  EXPECT_EQ(name_message(std::string(65'535, 'x')), "");
}

TEST(TopicName, SaysWhatIsWrong) {
  EXPECT_EQ(name_message(""), "topic name '' must not be empty [MQTT-4.7.3-1]");
  EXPECT_EQ(name_message("a/+/b"), "topic name 'a/+/b' must not have wildcards [MQTT-3.3.2-2]");
  EXPECT_EQ(name_message("a#"), "topic name 'a#' must not have wildcards [MQTT-3.3.2-2]");
  EXPECT_EQ(name_message("a\xff"), "topic name 'a\xff' must be UTF-8 without U+0000 [MQTT-4.7.3-2]");
  const std::string with_null("a\0", 2);
  EXPECT_EQ(name_message(with_null),
            "topic name '" + with_null + "' must be UTF-8 without U+0000 [MQTT-4.7.3-2]");
  EXPECT_EQ(name_message(std::string(65'536, 'x')), "topic name '" + std::string(200, 'x') +
                                                        "...' must not be longer than 65535 bytes "
                                                        "[MQTT-4.7.3-3]");
}

TEST(TopicFilter, AcceptsWhatCanBeSubscribedTo) {
  // The valid examples of 4.7.1 and some edges.
  for (const char* filter :
       {"sport/tennis/player1/#", "sport/#", "#", "sport/tennis/#", "+", "+/tennis/#", "sport/+/player1",
        "/+", "+/+", "/", "//", "/#", "a", "$SYS/#", "+/", "$share/g/a"}) {
    EXPECT_EQ(filter_message(filter), "") << filter;
  }
}

TEST(TopicFilter, SaysWhatIsWrong) {
  EXPECT_EQ(filter_message(""), "topic filter '' must not be empty [MQTT-4.7.3-1]");
  EXPECT_EQ(filter_message("sport/tennis#"),
            "topic filter 'sport/tennis#' must have # alone in its level [MQTT-4.7.1-1]");
  EXPECT_EQ(filter_message("sport/tennis/#/ranking"),
            "topic filter 'sport/tennis/#/ranking' must not go on after # [MQTT-4.7.1-1]");
  EXPECT_EQ(filter_message("#/"), "topic filter '#/' must not go on after # [MQTT-4.7.1-1]");
  EXPECT_EQ(filter_message("##"), "topic filter '##' must have # alone in its level [MQTT-4.7.1-1]");
  EXPECT_EQ(filter_message("sport+"), "topic filter 'sport+' must have + alone in its level [MQTT-4.7.1-2]");
  EXPECT_EQ(filter_message("a/++/b"), "topic filter 'a/++/b' must have + alone in its level [MQTT-4.7.1-2]");
  EXPECT_EQ(filter_message("a/\xed\xa0\x80"),
            "topic filter 'a/\xed\xa0\x80' must be UTF-8 without U+0000 [MQTT-4.7.3-2]");
  EXPECT_NE(filter_message(std::string(65'536, 'x')), "");
}

TEST(SubscriptionFilter, SplitsTheShareName) {
  const auto shared = parse_subscription_filter("$share/consumer1//finance/#");
  ASSERT_TRUE(shared.ok());
  EXPECT_TRUE(shared->shared());
  EXPECT_EQ(shared->share_name, "consumer1");
  EXPECT_EQ(shared->filter, "/finance/#");
  for (const char* plain : {"$share", "$SHARE/g/a", "a/$share/g", "#"}) {
    const auto parsed = parse_subscription_filter(plain);
    ASSERT_TRUE(parsed.ok()) << plain;
    EXPECT_FALSE(parsed->shared());
    EXPECT_EQ(parsed->filter, plain);
  }
}

TEST(SubscriptionFilter, SaysWhatIsWrong) {
  const auto message = [](const std::string& text) {
    const auto parsed = parse_subscription_filter(text);
    EXPECT_EQ(parsed.ok(), subscription_filter_problem(text) == nullptr);
    return parsed.ok() ? "" : parsed.error().message();
  };
  EXPECT_EQ(message("$share/"), "topic filter '$share/' must have a share name after $share/ [MQTT-4.8.2-1]");
  EXPECT_EQ(message("$share//a"),
            "topic filter '$share//a' must have a share name after $share/ [MQTT-4.8.2-1]");
  EXPECT_EQ(message("$share/+/a"),
            "topic filter '$share/+/a' must not have a wildcard in its share name [MQTT-4.8.2-2]");
  EXPECT_EQ(message("$share/g#/a"),
            "topic filter '$share/g#/a' must not have a wildcard in its share name [MQTT-4.8.2-2]");
  EXPECT_EQ(message("$share/g"),
            "topic filter '$share/g' must have a topic filter after its share name [MQTT-4.8.2-2]");
  EXPECT_EQ(message("$share/g/"),
            "topic filter '$share/g/' must have a topic filter after its share name [MQTT-4.8.2-2]");
  EXPECT_EQ(message("$share/g/a+"),
            "topic filter '$share/g/a+' must have + alone in its level [MQTT-4.7.1-2]");
  EXPECT_NE(message("$share/\xff/a"), "");
  EXPECT_NE(message("$share/g/" + std::string(65'530, 'x')), "");
  EXPECT_EQ(message("a+"), "topic filter 'a+' must have + alone in its level [MQTT-4.7.1-2]");
}

TEST(Matches, ExamplesOfTheSpecification) {
  for (const char* topic :
       {"sport/tennis/player1", "sport/tennis/player1/ranking", "sport/tennis/player1/score/wimbledon"}) {
    EXPECT_TRUE(matches("sport/tennis/player1/#", topic)) << topic;
  }
  EXPECT_TRUE(matches("sport/#", "sport"));
  EXPECT_TRUE(matches("sport/tennis/+", "sport/tennis/player1"));
  EXPECT_FALSE(matches("sport/tennis/+", "sport/tennis/player1/ranking"));
  EXPECT_FALSE(matches("sport/+", "sport"));
  EXPECT_TRUE(matches("sport/+", "sport/"));
  EXPECT_TRUE(matches("+/+", "/finance"));
  EXPECT_TRUE(matches("/+", "/finance"));
  EXPECT_FALSE(matches("+", "/finance"));
  EXPECT_FALSE(matches("#", "$SYS/monitor/Clients"));
  EXPECT_FALSE(matches("+/monitor/Clients", "$SYS/monitor/Clients"));
  EXPECT_TRUE(matches("$SYS/#", "$SYS/monitor/Clients"));
  EXPECT_TRUE(matches("$SYS/monitor/+", "$SYS/monitor/Clients"));
  EXPECT_FALSE(matches("ACCOUNTS", "Accounts"));
  EXPECT_FALSE(matches("/finance", "finance"));
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> levels(1);
  for (const char character : text) {
    if (character == '/') {
      levels.emplace_back();
    } else {
      levels.back() += character;
    }
  }
  return levels;
}

/// 4.7.1 read aloud: the model that the functions are held against.
bool model_matches(const std::vector<std::string>& filter, const std::vector<std::string>& topic,
                   std::size_t at = 0) {
  if (at == filter.size()) {
    return at == topic.size();
  }
  const bool reserved = at == 0 && topic[0].starts_with("$");
  if (filter[at] == "#") {
    return !reserved;
  }
  if (at == topic.size()) {
    return false;
  }
  return ((filter[at] == "+" && !reserved) || filter[at] == topic[at]) &&
         model_matches(filter, topic, at + 1);
}

/// Every text of 1 to `levels` levels of these names, the empty text excepted.
std::vector<std::string> all_texts(const std::vector<std::string>& names, std::size_t levels) {
  std::vector<std::string> texts = names;
  std::size_t begin = 0;
  for (std::size_t level = 1; level < levels; ++level) {
    const std::size_t end = texts.size();
    for (; begin < end; ++begin) {
      for (const std::string& name : names) {
        texts.push_back(texts[begin] + "/" + name);
      }
    }
  }
  std::erase(texts, "");
  return texts;
}

// A world small enough to try everything: topics have a name that no filter has, and are longer than filters,
// so that two filters relate in it exactly as they do among all topics.
class SmallWorld : public testing::Test {
 protected:
  SmallWorld() {
    for (const std::string& prefix : all_texts({"", "a", "$x", "+"}, 3)) {
      filters_.push_back(prefix);
      filters_.push_back(prefix + "/#");
    }
    filters_.emplace_back("/#");
    filters_.emplace_back("#");
    for (const std::string& filter : filters_) {
      sets_.emplace_back();
      for (std::size_t i = 0; i < topics_.size(); ++i) {
        sets_.back()[i] = model_matches(split(filter), split(topics_[i]));
      }
    }
  }

  std::vector<std::string> topics_ = all_texts({"", "a", "$x", "z"}, 5);
  std::vector<std::string> filters_;
  std::vector<std::bitset<1'364>> sets_;
};

TEST_F(SmallWorld, MatchesAsTheModel) {
  ASSERT_LE(topics_.size(), 1'364u);
  for (std::size_t f = 0; f < filters_.size(); ++f) {
    ASSERT_TRUE(is_topic_filter(filters_[f])) << filters_[f];
    ASSERT_TRUE(sets_[f].any());
    for (std::size_t t = 0; t < topics_.size(); ++t) {
      ASSERT_EQ(matches(filters_[f], topics_[t]), sets_[f][t]) << filters_[f] << " " << topics_[t];
    }
  }
}

TEST_F(SmallWorld, OverlapsWhenSomeTopicBelongsToBoth) {
  for (std::size_t a = 0; a < filters_.size(); ++a) {
    for (std::size_t b = 0; b < filters_.size(); ++b) {
      ASSERT_EQ(overlaps(filters_[a], filters_[b]), (sets_[a] & sets_[b]).any())
          << filters_[a] << " " << filters_[b];
    }
  }
}

TEST_F(SmallWorld, CoversWhenEveryTopicOfTheOtherBelongs) {
  for (std::size_t a = 0; a < filters_.size(); ++a) {
    for (std::size_t b = 0; b < filters_.size(); ++b) {
      ASSERT_EQ(covers(filters_[a], filters_[b]), (sets_[b] & ~sets_[a]).none())
          << filters_[a] << " " << filters_[b];
    }
  }
}

}  // namespace
}  // namespace mkb::mqtt
