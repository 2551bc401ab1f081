#include "kube/event_recorder.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace mkb::kube {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using Type = EventRecorder::Type;
using Write = EventRecorder::Write;

constexpr std::int64_t kNowMs = 1'700'000'000'000;

json bridge(const std::string& name = "fleet", const std::string& name_space = "prod") {
  return {{"apiVersion", "mqttkafka.io/v1alpha1"},
          {"kind", "MqttKafkaBridge"},
          {"metadata",
           {{"name", name}, {"namespace", name_space}, {"uid", "u-" + name}, {"resourceVersion", "7"}}},
          {"spec", {{"shards", 64}}}};
}

EventRecorder::Text text(const std::string& note = "moved", const std::string& reason = "ShardMoved",
                         Type type = Type::kNormal) {
  return {type, reason, "Rebalance", note};
}

class EventRecorderTest : public testing::Test {
 protected:
  std::optional<Write> record(const json& object, const EventRecorder::Text& what) {
    return recorder_.record(object, what, now_, wall());
  }
  std::optional<Write> record(const std::string& note = "moved") { return record(bridge(), text(note)); }

  std::int64_t wall() const {
    return kNowMs + std::chrono::duration_cast<std::chrono::milliseconds>(now_ - start_).count();
  }

  const TimePoint start_{seconds(50)};
  TimePoint now_ = start_;
  EventRecorder recorder_{{.controller = "mqttkafka.io/operator", .instance = "mkb-operator-1"}};
};

TEST_F(EventRecorderTest, TheFirstIsCreated) {
  const std::optional<Write> write = record();
  ASSERT_TRUE(write.has_value());
  EXPECT_EQ(write->patch, std::nullopt);
  EXPECT_EQ(write->name_space, "prod");
  EXPECT_EQ(write->object, (json{{"apiVersion", "events.k8s.io/v1"},
                                 {"kind", "Event"},
                                 {"metadata", {{"name", write->name}, {"namespace", "prod"}}},
                                 {"eventTime", "2023-11-14T22:13:20.000000Z"},
                                 {"reportingController", "mqttkafka.io/operator"},
                                 {"reportingInstance", "mkb-operator-1"},
                                 {"action", "Rebalance"},
                                 {"reason", "ShardMoved"},
                                 {"regarding",
                                  {{"apiVersion", "mqttkafka.io/v1alpha1"},
                                   {"kind", "MqttKafkaBridge"},
                                   {"name", "fleet"},
                                   {"namespace", "prod"},
                                   {"uid", "u-fleet"},
                                   {"resourceVersion", "7"}}},
                                 {"note", "moved"},
                                 {"type", "Normal"}}));
}

TEST_F(EventRecorderTest, TheNameComesFromWhatHappenedToWhatAndWhen) {
  const auto name_of = [&](const json& object, const EventRecorder::Text& what, std::int64_t ms,
                           const std::string& instance = "i") {
    EventRecorder recorder({.controller = "c", .instance = instance});
    return recorder.record(object, what, now_, ms)->name;
  };
  const std::string name = name_of(bridge(), text(), kNowMs);
  EXPECT_EQ(name.substr(0, 6), "fleet.");
  EXPECT_EQ(name.size(), 6u + 16u);
  EXPECT_EQ(name_of(bridge(), text(), kNowMs), name);
  EXPECT_NE(name_of(bridge(), text(), kNowMs + 1), name);
  EXPECT_NE(name_of(bridge(), text("else"), kNowMs), name);
  EXPECT_NE(name_of(bridge(), text("moved", "Other"), kNowMs), name);
  EXPECT_NE(name_of(bridge(), text("moved", "ShardMoved", Type::kWarning), kNowMs), name);
  EXPECT_NE(name_of(bridge("fleet", "test"), text(), kNowMs), name);
  EXPECT_NE(name_of(bridge(), text(), kNowMs, "j"), name);
}

TEST_F(EventRecorderTest, TheSecondMakesASeriesAndMoreAreOnlyCounted) {
  const std::string name = record()->name;
  now_ += seconds(5);
  const std::optional<Write> second = record();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->name, name);
  EXPECT_EQ(second->patch,
            (json{{"series", {{"count", 2}, {"lastObservedTime", "2023-11-14T22:13:25.000000Z"}}}}));
  EXPECT_EQ(second->object["series"], (*second->patch)["series"]) << "in case the first is gone";
  EXPECT_EQ(second->object["eventTime"], "2023-11-14T22:13:20.000000Z");
  for (int i = 0; i < 100; ++i) {
    now_ += seconds(1);
    EXPECT_EQ(record(), std::nullopt);
  }
  EXPECT_EQ(recorder_.dropped(), 0u);
}

TEST_F(EventRecorderTest, AnotherNoteReasonTypeOrObjectIsAnotherEvent) {
  record();
  EXPECT_EQ(record("moved back")->patch, std::nullopt);
  EXPECT_EQ(record(bridge(), text("moved", "Else"))->patch, std::nullopt);
  EXPECT_EQ(record(bridge(), text("moved", "ShardMoved", Type::kWarning))->patch, std::nullopt);
  EXPECT_EQ(record(bridge("other"), text())->patch, std::nullopt);
  EXPECT_EQ(recorder_.series(), 5u);
  EXPECT_EQ(recorder_.objects(), 2u);
}

TEST_F(EventRecorderTest, AnObjectSeenAgainInALaterVersionIsTheSame) {
  record();
  json later = bridge();
  later["metadata"]["resourceVersion"] = "9";
  EXPECT_TRUE(record(later, text())->patch.has_value());
}

TEST_F(EventRecorderTest, AfterSixMinutesOfSilenceItIsANewEvent) {
  const std::string name = record()->name;
  now_ += minutes(6);
  EXPECT_TRUE(record()->patch.has_value());
  now_ += minutes(6) + seconds(1);
  const std::optional<Write> write = record();
  EXPECT_EQ(write->patch, std::nullopt);
  EXPECT_NE(write->name, name);
}

TEST_F(EventRecorderTest, AFinishedSeriesTellsItsCountOnce) {
  for (int i = 0; i < 10; ++i) {
    record();
  }
  now_ += minutes(6);
  EXPECT_TRUE(recorder_.flush(now_).empty());
  now_ += seconds(1);
  const std::vector<Write> writes = recorder_.flush(now_);
  ASSERT_EQ(writes.size(), 1u);
  EXPECT_EQ(*writes[0].patch,
            (json{{"series", {{"count", 10}, {"lastObservedTime", "2023-11-14T22:13:20.000000Z"}}}}));
  EXPECT_TRUE(recorder_.flush(now_).empty());
  EXPECT_EQ(recorder_.series(), 0u);
}

TEST_F(EventRecorderTest, WhatTheServerKnowsIsNotToldAgain) {
  record();
  record("twice");
  record("twice");
  now_ += minutes(7);
  EXPECT_TRUE(recorder_.flush(now_).empty());
  EXPECT_EQ(recorder_.series(), 0u);
}

TEST_F(EventRecorderTest, ALongSeriesIsToldEveryHalfHour) {
  int patches = 0;
  int count = 0;
  record();
  for (; now_ < start_ + std::chrono::hours(3); now_ += minutes(1)) {
    for (const Write& write : recorder_.flush(now_)) {
      ++patches;
      count = (*write.patch)["series"]["count"];
    }
    if (const auto write = record(); write.has_value()) {
      ++patches;
      count = (*write->patch)["series"]["count"];
    }
  }
  EXPECT_GE(patches, 6);
  EXPECT_LE(patches, 8);
  EXPECT_GT(count, 140);
}

TEST_F(EventRecorderTest, AtTheEndEverythingIsTold) {
  for (int i = 0; i < 5; ++i) {
    record();
  }
  ASSERT_EQ(recorder_.flush(now_, true).size(), 1u);
  EXPECT_TRUE(recorder_.flush(now_, true).empty());
}

TEST_F(EventRecorderTest, AnObjectHasABurstOfTwentyFiveAndOneMoreInFiveMinutes) {
  int written = 0;
  for (int i = 0; i < 100; ++i) {
    written += record("note " + std::to_string(i)).has_value() ? 1 : 0;
  }
  EXPECT_EQ(written, 25);
  EXPECT_EQ(recorder_.dropped(), 75u);
  EXPECT_TRUE(record(bridge("other"), text()).has_value()) << "others are not held back";
  now_ += minutes(5) - seconds(1);
  EXPECT_EQ(record("later"), std::nullopt);
  now_ += seconds(2);
  EXPECT_TRUE(record("later still").has_value());
  EXPECT_EQ(record("one too many"), std::nullopt);
}

TEST_F(EventRecorderTest, ADroppedEventIsWrittenWhenItComesAgainLater) {
  for (int i = 0; i < 25; ++i) {
    record("note " + std::to_string(i));
  }
  EXPECT_EQ(record("important"), std::nullopt);
  now_ += minutes(5) + seconds(1);
  const std::optional<Write> write = record("important");
  ASSERT_TRUE(write.has_value());
  EXPECT_EQ(write->patch, std::nullopt) << "it is not there yet";
}

TEST_F(EventRecorderTest, NotesAreCutBetweenCharacters) {
  const std::string long_note = record(std::string(2000, 'x'))->object["note"];
  EXPECT_EQ(long_note, std::string(1021, 'x') + "...");
  std::string wide;
  for (int i = 0; i < 600; ++i) {
    wide += "\xe2\x82\xac";
  }
  const std::string note = record(wide)->object["note"];
  EXPECT_EQ(note.size(), 1020u + 3u);
  EXPECT_NO_THROW(json(note).dump());
  EXPECT_EQ(record(std::string(1024, 'y'))->object["note"], std::string(1024, 'y'));
}

TEST_F(EventRecorderTest, InvalidTextIsReplaced) {
  EXPECT_EQ(record("bad \xff byte")->object["note"], "bad \xef\xbf\xbd byte");
}

TEST_F(EventRecorderTest, ObjectsOfNoNamespaceAreToldInTheDefaultOne) {
  const json node = {{"apiVersion", "v1"}, {"kind", "Node"}, {"metadata", {{"name", "n1"}}}};
  const std::optional<Write> write = record(node, text());
  EXPECT_EQ(write->name_space, "default");
  EXPECT_EQ(write->object["regarding"], (json{{"apiVersion", "v1"}, {"kind", "Node"}, {"name", "n1"}}));
}

TEST_F(EventRecorderTest, NamesStayNames) {
  const auto name_of = [&](const std::string& object) { return record(bridge(object), text())->name; };
  EXPECT_LE(name_of(std::string(300, 'a')).size(), 253u);
  const std::string cut = name_of(std::string(235, 'a') + "-.bc");
  EXPECT_EQ(cut.substr(0, 236), std::string(235, 'a') + ".");
  EXPECT_EQ(name_of("system:Node").substr(0, 12), "systemxxode.");
  EXPECT_EQ(name_of("").substr(0, 6), "event.");
  EXPECT_EQ(name_of("-.").substr(0, 6), "event.");
}

TEST_F(EventRecorderTest, TheActionIsTheReasonWhenNoneIsGiven) {
  EXPECT_EQ(record(bridge(), {Type::kWarning, "Stalled", "", "x"})->object["action"], "Stalled");
}

TEST_F(EventRecorderTest, SurvivesWhatIsNoObject) {
  EXPECT_TRUE(record(json(), text()).has_value());
  EXPECT_TRUE(record(json::array(), text("b")).has_value());
}

TEST_F(EventRecorderTest, MemoryIsBounded) {
  EventRecorder recorder({.controller = "c", .instance = "i", .most_series = 50, .most_objects = 20});
  for (int i = 0; i < 2000; ++i) {
    now_ += seconds(1);
    static_cast<void>(recorder.record(bridge("b" + std::to_string(i)), text(), now_, wall()));
    ASSERT_LE(recorder.series(), 50u);
    ASSERT_LE(recorder.objects(), 20u);
  }
  EXPECT_TRUE(recorder.record(bridge("b1999"), text(), now_, wall())->patch.has_value());
  EXPECT_EQ(recorder.record(bridge("b1900"), text(), now_, wall())->patch, std::nullopt) << "forgotten";
}

TEST(EventRecorderProperty, NoObjectGetsMoreThanItsShareAndCountsAreNeverTooHigh) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    EventRecorder recorder({.controller = "c", .instance = "i"});
    TimePoint now{};
    std::map<std::string, int> writes;  // by object

    std::map<std::string, int> known;  // by Event: its count at the server
    const auto take = [&](const Write& write) {
      ++writes[write.object["regarding"]["name"]];
      const int count = write.patch.has_value() ? (*write.patch)["series"]["count"].get<int>() : 1;
      if (write.patch.has_value()) {
        ASSERT_TRUE(known.contains(write.name)) << "a series of what was never created";
        ASSERT_GT(count, known.at(write.name));
      } else {
        ASSERT_FALSE(known.contains(write.name)) << "created twice";
      }
      known[write.name] = count;
    };
    for (int step = 0; step < 800; ++step) {
      now += std::chrono::milliseconds(random() % (random() % 50 == 0 ? 600'000 : 2000));
      const std::string object = "b" + std::to_string(random() % 3);
      const std::string note = "n" + std::to_string(random() % 40);

      const auto ms =
          kNowMs + std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
      if (const auto write = recorder.record(bridge(object), text(note), now, ms); write.has_value()) {
        take(*write);
      }
      if (random() % 20 == 0) {
        for (const Write& write : recorder.flush(now)) {
          take(write);
        }
      }
      const double share = 25 + std::chrono::duration<double>(now.time_since_epoch()) / minutes(5);
      for (const auto& [name, count] : writes) {
        ASSERT_LE(count, share) << name;
      }
    }
    int told = 0;
    for (const auto& [name, count] : known) {
      told += count;
    }
    EXPECT_LE(told, 800);
    EXPECT_GT(told, 100);
  }
}

}  // namespace
}  // namespace mkb::kube
