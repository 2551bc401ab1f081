#include <algorithm>
#include <csignal>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "e2e/bridge_fixture.h"
#include "e2e/lab/wait.h"

// Two data planes pass a shard to each other under load. The test is the operator: it writes what each is
// assigned and reads what each reports.
namespace mkb::e2e {
namespace {

constexpr double kRate = 2'000;
constexpr int kReceiveMaximum = 1000;

using nlohmann::json;

/// A file that readers see whole.
void replace_file(const std::filesystem::path& file, const std::string& content) {
  const auto temporary = file.string() + ".new";
  std::ofstream(temporary, std::ios::binary) << content;
  std::filesystem::rename(temporary, file);
}

/// One data plane with its assignment and its report.
class Pod {
 public:
  Pod(const std::filesystem::path& dir, const std::string& yaml, const std::string& name)
      : config_(dir / (name + ".yaml")),
        assignment_(dir / (name + "-assignment.json")),
        report_(dir / (name + "-report.json")),
        bridge_(
            dir, yaml,
            {{}, {"--assignment", assignment_.string(), "--report", report_.string(), "--instance", name}},
            name) {}

  void assign(std::uint64_t epoch, const json& shards) {
    replace_file(assignment_, json{{"epoch", epoch}, {"shards", shards}}.dump());
  }
  void configure(const std::string& yaml) { replace_file(config_, yaml); }
  [[nodiscard]] json report() const {
    std::ifstream file(report_);
    const json document = json::parse(file, nullptr, false);
    return document.is_object() ? document : json::object();
  }
  [[nodiscard]] std::set<int> held() const { return report().value("held", std::set<int>()); }
  [[nodiscard]] bool let_go(std::uint64_t epoch, int shard) const {
    const json now = report();
    return now.value("epoch", std::uint64_t{0}) >= epoch &&
           now.value("held", std::set<int>()).count(shard) == 0;
  }
  /// Since the last report.
  [[nodiscard]] std::chrono::milliseconds silence() const {
    const auto since =
        std::filesystem::file_time_type::clock::now() - std::filesystem::last_write_time(report_);
    return std::chrono::duration_cast<std::chrono::milliseconds>(since);
  }
  [[nodiscard]] bool ended(int shard) const {
    return report().value("ended", std::set<int>()).count(shard) != 0;
  }
  lab::Bridge& bridge() { return bridge_; }

 private:
  std::filesystem::path config_;
  std::filesystem::path assignment_;
  std::filesystem::path report_;
  lab::Bridge bridge_;
};

class HandoffE2eTest : public BridgeFixture {
 protected:
  HandoffE2eTest()
      : mosquitto_(dir(), {}),
        config_(telemetry(mosquitto_.uri())),
        a_(dir(), yaml(), "pod-a"),
        b_(dir(), yaml(), "pod-b") {
    config_.mqtt = "receiveMaximum: " + std::to_string(kReceiveMaximum);
    a_.configure(yaml());
    b_.configure(yaml());
    mosquitto_.start();
    admin().create_topic(topic(), 6);
  }

  [[nodiscard]] std::string yaml() const { return to_yaml(config_); }

  /// Both run, and A owns the shard that the route has.
  void start() {
    json all = json::array();
    for (int shard = 0; shard < 64; ++shard) {
      all.push_back({{"shard", shard}, {"duty", "own"}});
    }
    a_.assign(++epoch_, all);
    b_.assign(epoch_, json::array());
    a_.bridge().start_ready();
    b_.bridge().start_ready();
    lab::wait_until([&] { return a_.held().size() == 1; }, 20s, "A to have its shard");
    shard_ = *a_.held().begin();
    EXPECT_TRUE(b_.held().empty());

    lab::FleetOptions options;
    options.uri = mosquitto_.uri();
    options.messages_per_second = kRate;
    fleet_ = std::make_unique<lab::Fleet>(options);
    fleet_->start();
    flows();
  }

  json duty(const std::string& what) const {
    return json::array({{{"shard", shard_}, {"duty", what}, {"established", true}}});
  }

  void own(Pod& pod) {
    pod.assign(++epoch_, duty("own"));
    lab::wait_until([&] { return pod.held().count(shard_) == 1; }, 20s, "the new owner to have the shard");
  }

  /// As the operator does it.
  void move(Pod& from, Pod& to) {
    const std::uint64_t release = ++epoch_;
    to.assign(release, duty("prepare"));
    from.assign(release, duty("release"));
    lab::wait_until([&] { return from.let_go(release, shard_); }, 20s, "the old owner to let go");
    own(to);
    from.assign(epoch_, json::array());
  }

  void flows(std::int64_t records = 500) {
    auto kafka_admin = admin();
    const auto before = kafka_admin.records(topic());
    lab::wait_until([&] { return kafka_admin.records(topic()) >= before + records; }, 60s,
                    "records to arrive");
  }

  /// The fleet stops and what it sent arrives; the books.
  lab::Ledger::Totals settle(Pod& owner) {
    fleet_->stop();
    fleet_->join();
    wait_drained(owner.bridge(), fleet_->sent());
    EXPECT_EQ(lab::imbalance(owner.bridge().status()), "");
    EXPECT_EQ(owner.bridge().status().at("sessions").at(0).at("sessions_lost"), 0);
    EXPECT_EQ(owner.report().value("problem", ""), "");
    std::cout << "longest silence of a topic: " << longest_silence().count() << " ms\n";
    return audit(*fleet_);
  }

  /// Between two records of one MQTT topic, by the times at which they were given to Kafka's client.
  [[nodiscard]] std::chrono::milliseconds longest_silence() const {
    std::map<std::string, std::vector<std::int64_t>> times;
    for (const auto& record : lab::read_topic(kafka().bootstrap(), topic())) {
      times[record.header("mqtt.topic").value_or("")].push_back(record.timestamp_ms);
    }
    std::int64_t longest = 0;
    for (auto& [name, each] : times) {
      std::sort(each.begin(), each.end());
      for (std::size_t i = 1; i < each.size(); ++i) {
        longest = std::max(longest, each[i] - each[i - 1]);
      }
    }
    return std::chrono::milliseconds(longest);
  }

  lab::Mosquitto mosquitto_;
  lab::BridgeConfig config_;
  Pod a_;
  Pod b_;
  std::unique_ptr<lab::Fleet> fleet_;
  std::uint64_t epoch_ = 0;
  int shard_ = -1;
};

TEST_F(HandoffE2eTest, PlannedMovesLoseAndDuplicateNothing) {
  constexpr int kMoves = 20;
  start();
  Pod* from = &a_;
  Pod* to = &b_;
  for (int i = 0; i < kMoves; ++i) {
    move(*from, *to);
    flows();
    std::swap(from, to);
  }
  expect_balanced(settle(*from), 0);
  EXPECT_LT(longest_silence(), 2s);
  EXPECT_EQ(lab::imbalance(to->bridge().status()), "");
  EXPECT_TRUE(to->bridge().status().at("sessions").empty());
}

TEST_F(HandoffE2eTest, AKilledOwnerIsReplacedWithoutALoss) {
  start();
  a_.bridge().kill();
  own(b_);
  flows();
  expect_balanced(settle(b_), kReceiveMaximum);
}

TEST_F(HandoffE2eTest, AnOwnerThatWasPausedDoesNotTakeTheShardBack) {
  start();
  a_.bridge().process().signal(SIGSTOP);
  // For the operator it is dead when its Lease has been silent for 10 s.
  lab::wait_until([&] { return a_.silence() > 11s; }, 30s, "A's report to be old");
  a_.assign(++epoch_, json::array());
  own(b_);
  flows();
  a_.bridge().process().signal(SIGCONT);
  lab::wait_until([&] { return a_.let_go(epoch_ - 1, shard_); }, 20s, "A to give it up");
  flows(2'000);
  EXPECT_EQ(b_.bridge().status().at("sessions").at(0).at("connects"), 1) << "nobody took it back";
  expect_balanced(settle(b_), kReceiveMaximum);
}

TEST_F(HandoffE2eTest, RoutesAreAddedAndRemovedUnderLoad) {
  start();
  admin().create_topic(topic(".copy"), 6);
  const std::string one = config_.routes;
  for (int round = 0; round < 5; ++round) {
    config_.routes = one + "- name: copy\n  filters: [vehicles/+/telemetry]\n  topic: " + topic(".copy") +
                     "\n- name: other\n  filters: [other/#]\n  topic: " + topic(".copy") + "\n";
    a_.configure(yaml());
    lab::wait_until([&] { return a_.bridge().status().at("routes").size() == 3; }, 20s, "three routes");
    lab::wait_until([&] { return a_.bridge().route("copy").at("delivered") > 200; }, 20s,
                    "the added route to deliver");
    config_.routes = one;
    a_.configure(yaml());
    lab::wait_until([&] { return a_.bridge().status().at("routes").size() == 1; }, 20s, "one route");
    EXPECT_EQ(lab::imbalance(a_.bridge().status()), "");
  }
  EXPECT_EQ(a_.bridge().status().at("sessions").at(0).at("connects"), 1);
  expect_balanced(settle(a_), 0);
}

TEST_F(HandoffE2eTest, AnEndedShardLeavesNothingAtTheBroker) {
  start();
  fleet_->stop();
  fleet_->join();
  wait_drained(a_.bridge(), fleet_->sent());
  a_.assign(++epoch_, duty("end"));
  lab::wait_until([&] { return a_.ended(shard_); }, 20s, "the session to be ended");
  // The next owner finds no session, and says so when it was told to expect one.
  own(b_);
  lab::wait_until([&] { return b_.report().value("lost", std::set<int>()).count(shard_) == 1; }, 20s,
                  "the loss to be told");
}

}  // namespace
}  // namespace mkb::e2e
