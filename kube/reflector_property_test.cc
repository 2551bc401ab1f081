#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "kube/reflector.h"

// A reflector against a server that is changed all the time and fails in every way a server can. Whatever has
// happened, when the failures end the store is what the server has, and whoever listened to the store has it
// too.

namespace mkb::kube {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Objects = std::map<std::string, json>;

/// Objects, their history as far back as the server keeps it, and lists under way.
class ModelServer {
 public:
  explicit ModelServer(std::mt19937_64& random) : random_(random) {}

  void change() {
    const std::string name(1, static_cast<char>('a' + random_() % 12));
    const std::string key = "ns/" + name;
    const bool existed = objects_.contains(key);
    if (existed && random_() % 3 == 0) {
      json last = objects_.at(key);
      last["metadata"]["resourceVersion"] = std::to_string(++version_);
      objects_.erase(key);
      history_.push_back({version_, "DELETED", last});
      return;
    }
    const json made = {
        {"apiVersion", "v1"},
        {"kind", "Pod"},
        {"metadata", {{"name", name}, {"namespace", "ns"}, {"resourceVersion", std::to_string(++version_)}}},
        {"spec", random_() % 1000}};
    objects_[key] = made;
    history_.push_back({version_, existed ? "MODIFIED" : "ADDED", made});
  }

  /// Forgets history, and the lists under way with it.
  void compact() {
    history_.clear();
    oldest_ = version_;
    lists_.clear();
  }

  /// A page of three; nullopt: 410.
  std::optional<std::string> list(const std::string& token) {
    if (token.empty()) {
      lists_[++next_list_] = {objects_, version_, 0};
      return page(next_list_);
    }
    const int number = std::stoi(token);
    return lists_.contains(number) ? std::optional(page(number)) : std::nullopt;
  }

  [[nodiscard]] bool knows(int version) const { return version >= oldest_ && version <= version_; }

  /// The lines of a watch from `version` up to now.
  [[nodiscard]] std::vector<std::string> watch(int version) const {
    std::vector<std::string> lines;
    for (const Change& change : history_) {
      if (change.version > version) {
        lines.push_back(json{{"type", change.type}, {"object", change.object}}.dump() + "\n");
      }
    }
    return lines;
  }

  [[nodiscard]] std::string bookmark() const {
    return json{{"type", "BOOKMARK"},
                {"object", {{"metadata", {{"resourceVersion", std::to_string(version_)}}}}}}
               .dump() +
           "\n";
  }

  [[nodiscard]] const Objects& objects() const { return objects_; }

 private:
  struct Change {
    int version;
    std::string type;
    json object;
  };
  struct List {
    Objects objects;
    int version = 0;
    std::size_t given = 0;
  };

  std::string page(int number) {
    List& list = lists_.at(number);
    json items = json::array();
    auto next = list.objects.begin();
    std::advance(next, list.given);
    for (int i = 0; i < 3 && next != list.objects.end(); ++i, ++next, ++list.given) {
      json item = next->second;
      item.erase("kind");  // as the API server does in lists of built-in kinds
      items.push_back(item);
    }
    const bool more = next != list.objects.end();
    return json{{"metadata",
                 {{"resourceVersion", std::to_string(list.version)},
                  {"continue", more ? std::to_string(number) : ""}}},
                {"items", items}}
        .dump();
  }

  std::mt19937_64& random_;
  Objects objects_;
  std::vector<Change> history_;
  std::map<int, List> lists_;
  int version_ = 1;
  int oldest_ = 1;
  int next_list_ = 0;
};

std::string parameter(const std::string& target, const std::string& name) {
  const std::size_t at = target.find(name + "=");
  return at == std::string::npos
             ? ""
             : target.substr(at + name.size() + 1, target.find('&', at) - at - name.size() - 1);
}

class Driver {
 public:
  explicit Driver(std::uint64_t seed) : random_(seed) {}

  void step(bool failures) {
    const ReflectorAction action = reflector_.next(now_);
    switch (action.type) {
      case ReflectorAction::Type::kWait:
        EXPECT_GT(action.until, now_);
        EXPECT_LE(action.until, now_ + seconds(300));
        now_ = action.until;
        break;
      case ReflectorAction::Type::kList:
        ++requests_;
        list(action.target, failures);
        break;
      case ReflectorAction::Type::kWatch:
        ++requests_;
        watch(action.target, failures);
    }
    now_ += milliseconds(1);
  }

  void change_the_world() {
    for (std::uint64_t i = random_() % 4; i > 0; --i) {
      server_.change();
    }
    if (random_() % 6 == 0) {
      server_.compact();
    }
  }

  [[nodiscard]] bool agrees() const {
    if (!store_.synced() || store_.size() != server_.objects().size() || told_ != server_.objects()) {
      return false;
    }
    return std::all_of(server_.objects().begin(), server_.objects().end(),
                       [&](const auto& object) { return store_.find(object.first) == object.second; });
  }

  [[nodiscard]] const std::string& problem() const { return reflector_.problem(); }
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] TimePoint now() const { return now_; }

 private:
  bool fail() {
    switch (random_() % 12) {
      case 0:
        reflector_.on_failure("unreachable", now_);
        return true;
      case 1:
      case 2: {
        constexpr int kCodes[] = {400, 401, 403, 404, 410, 429, 500, 503, 504};
        ApiStatus status = api_status(kCodes[random_() % std::size(kCodes)], "");
        if (random_() % 2 == 0) {
          status.retry_after = seconds(random_() % 20);
        }
        reflector_.on_refused(status, now_);
        return true;
      }
      default:
        return false;
    }
  }

  void list(const std::string& target, bool failures) {
    if (failures && fail()) {
      return;
    }
    const std::optional<std::string> body = server_.list(parameter(target, "continue"));
    if (!body.has_value()) {
      reflector_.on_refused(api_status(410, ""), now_);
    } else if (failures && random_() % 10 == 0) {
      reflector_.on_list_page(std::string_view(*body).substr(0, random_() % body->size()), now_);
    } else {
      reflector_.on_list_page(*body, now_);
    }
  }

  void watch(const std::string& target, bool failures) {
    if (failures && fail()) {
      return;
    }
    const int version = std::stoi(parameter(target, "resourceVersion"));
    if (!server_.knows(version)) {
      if (random_() % 2 == 0) {
        reflector_.on_refused(api_status(410, ""), now_);
        return;
      }
      feed(R"({"type":"ERROR","object":{"code":410,"reason":"Expired"}})"
           "\n");
      reflector_.on_watch_end(now_);
      return;
    }
    std::string body;
    for (const std::string& line : server_.watch(version)) {
      body += line;
    }
    if (random_() % 2 == 0) {
      body += server_.bookmark();
    }
    const bool broken = failures && random_() % 3 == 0;
    if (broken) {
      body.resize(random_() % (body.size() + 1));
      constexpr std::string_view kEnds[] = {"", "\ngarbage\n", "\n{\"type\":\"ADDED\",\"object\":{}}\n",
                                            "\n{\"type\":\"ERROR\",\"object\":{\"code\":500}}\n",
                                            "\n{\"type\":\"ERROR\",\"object\":{\"code\":429}}\n"};
      body += kEnds[random_() % std::size(kEnds)];
    }
    feed(body);
    now_ += milliseconds(failures && random_() % 2 == 0 ? 10 : 400'000);
    if (broken && random_() % 2 == 0) {
      reflector_.on_failure("cut", now_);
    } else {
      reflector_.on_watch_end(now_);
    }
  }

  void feed(std::string_view body) {
    WatchDecoder decoder;
    const Result<void> fed =
        decoder.feed(body, [&](WatchEvent event) { return reflector_.on_event(std::move(event), now_); });
    if (!fed.ok()) {
      reflector_.on_garbage(fed.error().message(), now_);
    }
  }

  std::mt19937_64 random_;
  ModelServer server_{random_};
  Objects told_;
  ObjectStore store_{[this](const json& changed, bool removed) {
    removed ? void(told_.erase(object_key(changed))) : void(told_[object_key(changed)] = changed);
  }};
  TimePoint now_{seconds(1)};
  int requests_ = 0;
  Reflector reflector_{{"/p", "pods", "v1", "Pod", "", ""}, store_, [this] { return random_(); }};
};

TEST(ReflectorProperty, WhateverFailedTheStoreEndsAsTheServer) {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    Driver driver(seed);
    for (int step = 0; step < 120; ++step) {
      driver.change_the_world();
      driver.step(true);
    }
    for (int step = 0; step < 60; ++step) {
      driver.step(false);
    }
    ASSERT_TRUE(driver.agrees()) << seed;
    ASSERT_EQ(driver.problem(), "") << seed;
  }
}

TEST(ReflectorProperty, AServerThatOnlyFailsIsAskedSeldom) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    ObjectStore store;
    Reflector reflector({"/p", "pods", "v1", "Pod", "", ""}, store, [&] { return random(); });
    TimePoint now{};
    int requests = 0;
    for (const TimePoint end = now + std::chrono::hours(1); now < end;) {
      const ReflectorAction action = reflector.next(now);
      if (action.type == ReflectorAction::Type::kWait) {
        now = action.until;
        continue;
      }
      ++requests;
      now += milliseconds(1);
      if (action.type == ReflectorAction::Type::kList && random() % 2 == 0) {
        reflector.on_list_page(R"({"items":[],"metadata":{"resourceVersion":"5"}})", now);
      } else if (random() % 2 == 0) {
        reflector.on_refused(api_status(410, ""), now);
      } else {
        reflector.on_failure("down", now);
      }
    }
    EXPECT_LT(requests, 600) << seed;
    EXPECT_GT(requests, 100) << seed;
  }
}

}  // namespace
}  // namespace mkb::kube
