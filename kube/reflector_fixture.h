#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "kube/reflector.h"

namespace mkb::kube {

inline nlohmann::json object(const std::string& name, int version) {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", name}, {"namespace", "ns"}, {"resourceVersion", std::to_string(version)}}}};
}

inline std::string page(const std::vector<nlohmann::json>& items, const std::string& version,
                        const std::string& token = {}) {
  return nlohmann::json{{"kind", "PodList"},
                        {"metadata", {{"resourceVersion", version}, {"continue", token}}},
                        {"items", items}}
      .dump();
}

inline nlohmann::json status(int code, const std::string& reason, const std::string& message) {
  return {{"kind", "Status"}, {"code", code}, {"reason", reason}, {"message", message}};
}

inline ApiStatus refusal(int code) {
  return api_status(code, status(code, "", "as told").dump());
}

/// For tests: a reflector of pods, its store, a clock that the test moves, and what drives them.
class ReflectorTest : public testing::Test {
 protected:
  ReflectorAction next() { return reflector_.next(now_); }

  void expect_list(const std::string& query) {
    const ReflectorAction action = next();
    ASSERT_EQ(action.type, ReflectorAction::Type::kList);
    EXPECT_EQ(action.target, "/api/v1/pods?" + query);
  }

  void expect_watch_from(const std::string& version) {
    const ReflectorAction action = next();
    ASSERT_EQ(action.type, ReflectorAction::Type::kWatch);
    const std::string expected =
        "/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=" + version + "&timeoutSeconds=";
    EXPECT_EQ(action.target.substr(0, expected.size()), expected);
  }

  /// That a wait of between half of `longest` and all of it is asked for, and waits.
  void expect_backoff(Duration longest) {
    const ReflectorAction action = next();
    ASSERT_EQ(action.type, ReflectorAction::Type::kWait);
    EXPECT_GE(action.until - now_, longest / 2);
    EXPECT_LE(action.until - now_, longest);
    now_ = action.until;
  }

  /// Lists `a` at version 10 and begins to watch.
  void watch() {
    expect_list("limit=500");
    reflector_.on_list_page(page({object("a", 5)}, "10"), now_);
    expect_watch_from("10");
  }

  bool event(WatchEvent::Type type, nlohmann::json what) {
    return reflector_.on_event({type, std::move(what)}, now_);
  }

  std::vector<std::string> told_;
  ObjectStore store_{[this](const nlohmann::json& changed, bool removed) {
    told_.push_back((removed ? "-" : "+") + object_key(changed));
  }};
  TimePoint now_{std::chrono::seconds(1000)};
  std::uint64_t random_ = 0;
  Reflector reflector_{{"/api/v1/pods", "pods", "v1", "Pod", "", ""}, store_, [this] {
                         return random_ += 0x9E3779B97F4A7C15;
                       }};
};

}  // namespace mkb::kube
