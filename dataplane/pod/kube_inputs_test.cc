// A pod's two ConfigMaps and its Lease, against a scripted API server.
#include "dataplane/pod/kube_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

#include "dataplane/pod/lease_writer.h"

namespace mkb::dataplane {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::HasSubstr;

json config_map(const std::string& name, const std::string& version, json data) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", name}, {"namespace", "ns"}, {"resourceVersion", version}}},
          {"data", std::move(data)}};
}

/// Lists what it was given by name, keeps watches open and sends what is put; answers writes as told.
class FakeApi final : public kube::HttpTransport {
 public:
  Result<kube::HttpResponse> send(const kube::HttpRequest& request, const std::stop_token& stop) override {
    std::unique_lock lock(mutex_);
    if (request.method != "GET") {
      writes_.push_back(request);
      changed_.notify_all();
      changed_.wait(lock, stop, [this] { return !hold_writes_; });
      if (stop.stop_requested()) {
        return Error(kube::TransportError::kCancelled, "stopped");
      }
      return kube::HttpResponse{write_status_, request.body, {}};
    }
    json items = json::array();
    for (const auto& [name, object] : objects_) {
      if (request.target.find(name + "&") != std::string::npos || request.target.ends_with(name)) {
        items.push_back(object);
      }
    }
    return kube::HttpResponse{
        200, json{{"metadata", {{"resourceVersion", "1"}}}, {"items", std::move(items)}}.dump(), {}};
  }
  Result<kube::HttpResponse> stream(const kube::HttpRequest& request, const std::stop_token& stop,
                                    const OnBytes& on_bytes) override {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto mine = [&] {
        return std::find_if(events_.begin(), events_.end(), [&request](const auto& each) {
          return request.target.find(each.first) != std::string::npos;
        });
      };
      if (!changed_.wait(lock, stop, [&] { return mine() != events_.end(); })) {
        return Error(kube::TransportError::kCancelled, "stopped");
      }
      const std::string text = mine()->second;
      events_.erase(mine());
      lock.unlock();
      if (!on_bytes(text)) {
        return kube::HttpResponse{200, "", {}};
      }
      lock.lock();
    }
  }

  void list(const std::string& name, json object) {
    const std::lock_guard lock(mutex_);
    objects_[name] = std::move(object);
  }
  void event(const std::string& type, const std::string& name, const json& object) {
    const std::lock_guard lock(mutex_);
    events_.emplace_back(name, json{{"type", type}, {"object", object}}.dump() + "\n");
    changed_.notify_all();
  }
  void answer_writes(int status) {
    const std::lock_guard lock(mutex_);
    write_status_ = status;
    hold_writes_ = false;
    changed_.notify_all();
  }
  void hold_writes() {
    const std::lock_guard lock(mutex_);
    hold_writes_ = true;
  }
  std::vector<kube::HttpRequest> writes() {
    const std::lock_guard lock(mutex_);
    return writes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, json> objects_;
  std::deque<std::pair<std::string, std::string>> events_;
  std::vector<kube::HttpRequest> writes_;
  int write_status_ = 200;
  bool hold_writes_ = false;
};

class KubeInputsTest : public testing::Test {
 protected:
  void start() {
    inputs.emplace(
        io, server, pod, "fleet", clock, [this](RoutesText text) { routes.push_back(std::move(text)); },
        [this](std::string text) { assignments.push_back(std::move(text)); });
    inputs->start();
  }
  template <class Condition>
  void until(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      io.restart();
      io.run_one_for(milliseconds(10));
    }
  }

  boost::asio::io_context io;
  SystemClock clock;
  FakeApi server;
  PodIdentity pod{"mkb-fleet-0", "ns", "pod-uid"};
  std::vector<RoutesText> routes;
  std::vector<std::string> assignments;
  std::optional<KubeInputs> inputs;
};

TEST_F(KubeInputsTest, TellsWhatTheConfigMapsHold) {
  server.list("mkb-fleet-routes",
              config_map("mkb-fleet-routes", "1",
                         {{"bridge.yaml", R"({"metadata":{"uid":"u-7"}})"}, {"filters.json", "{}"}}));
  server.list("mkb-fleet-0", config_map("mkb-fleet-0", "1", {{"assignment.json", "one"}}));
  start();
  until([&] { return routes.size() == 1 && assignments.size() == 1; });
  EXPECT_EQ(routes[0].filters, "{}");
  EXPECT_EQ(assignments[0], "one");
  EXPECT_EQ(inputs->bridge_uid(), "u-7");
}

TEST_F(KubeInputsTest, TellsOfChangesAndKeepsWhatIsDeleted) {
  start();
  server.event("ADDED", "mkb-fleet-0", config_map("mkb-fleet-0", "2", {{"assignment.json", "one"}}));
  until([&] { return assignments.size() == 1; });
  server.event("DELETED", "mkb-fleet-0", config_map("mkb-fleet-0", "3", {{"assignment.json", "one"}}));
  server.event("ADDED", "mkb-fleet-0", config_map("mkb-fleet-0", "4", {{"assignment.json", "two"}}));
  until([&] { return assignments.size() >= 2; });
  EXPECT_EQ(assignments, (std::vector<std::string>{"one", "two"}));
  server.event("MODIFIED", "mkb-fleet-0", config_map("mkb-fleet-0", "5", {{"other", "x"}}));
  server.event("MODIFIED", "mkb-fleet-0", config_map("mkb-fleet-0", "6", {{"assignment.json", "three"}}));
  until([&] { return assignments.size() >= 3; });
  EXPECT_EQ(assignments.back(), "three");
}

class LeaseWriterTest : public KubeInputsTest {
 protected:
  std::optional<bool> write(LeaseWriter& writer) {
    std::optional<bool> outcome;
    api::PodReport report;
    report.held = {3};
    writer.write(pod_lease(pod, "fleet", "u-7", report, 1'700'000'000'000),
                 [&outcome](bool written) { outcome = written; });
    until([&] { return outcome.has_value(); });
    return outcome;
  }
  kube::ApiClient client{server, "mkb-dataplane"};
};

TEST_F(LeaseWriterTest, AppliesTheLease) {
  LeaseWriter writer(io, client);
  EXPECT_EQ(write(writer), true);
  const auto writes = server.writes();
  ASSERT_EQ(writes.size(), 1u);
  EXPECT_EQ(writes[0].method, "PATCH");
  EXPECT_THAT(writes[0].target, HasSubstr("/namespaces/ns/leases/mkb-fleet-0"));
  EXPECT_THAT(writes[0].target, HasSubstr("fieldManager=mkb-dataplane"));
}

TEST_F(LeaseWriterTest, SaysWhenItCouldNot) {
  server.answer_writes(403);
  LeaseWriter writer(io, client);
  EXPECT_EQ(write(writer), false);
  server.answer_writes(200);
  EXPECT_EQ(write(writer), true);
}

TEST_F(LeaseWriterTest, GivesUpAWriteThatTakesTooLong) {
  server.hold_writes();
  LeaseWriter writer(io, client, milliseconds(20));
  EXPECT_EQ(write(writer), false);
  server.answer_writes(200);
  EXPECT_EQ(write(writer), true);
}

TEST_F(LeaseWriterTest, EndsWhileAWriteIsUnderWay) {
  server.hold_writes();
  {
    LeaseWriter writer(io, client, std::chrono::hours(1));
    writer.write(pod_lease(pod, "fleet", "", {}, 0), [](bool) { FAIL() << "nobody waits any more"; });
    until([&] { return !server.writes().empty(); });
  }
  io.restart();
  io.poll();
}

TEST(PodLease, IsAHeartbeatWithTheReport) {
  api::PodReport report;
  report.epoch = 4;
  report.held = {3};
  const json lease = pod_lease({"mkb-fleet-0", "ns", "pod-uid"}, "fleet", "u-7", report, 1'700'000'000'123);
  EXPECT_EQ(lease["apiVersion"], "coordination.k8s.io/v1");
  EXPECT_EQ(lease["spec"]["holderIdentity"], "pod-uid");
  EXPECT_EQ(lease["spec"]["leaseDurationSeconds"], 10);
  EXPECT_EQ(lease["spec"]["renewTime"], "2023-11-14T22:13:20.123000Z");
  EXPECT_EQ(lease["metadata"]["annotations"]["mqttkafka.io/report"], api::to_json(report));
  EXPECT_EQ(lease["metadata"]["labels"]["app.kubernetes.io/instance"], "fleet");
  // operator/reconcile/children_test.cc expects the same of the operator's: otherwise the two write it in
  // turn.
  const json owner{{{"apiVersion", "mqttkafka.io/v1alpha1"},
                    {"kind", "MqttKafkaBridge"},
                    {"name", "fleet"},
                    {"uid", "u-7"},
                    {"controller", true}}};
  EXPECT_EQ(lease["metadata"]["ownerReferences"], owner);
  EXPECT_FALSE(
      pod_lease({"mkb-fleet-0", "ns", "p"}, "fleet", "", report, 0)["metadata"].contains("ownerReferences"));
}

TEST(PodIdentity, KnowsItsBridge) {
  const auto of = [](const std::string& name) { return PodIdentity{name, "ns", "u"}.bridge(); };
  EXPECT_EQ(of("mkb-fleet-0").value(), "fleet");
  EXPECT_EQ(of("mkb-my-fleet-2-11").value(), "my-fleet-2");
  for (const char* name :
       {"", "mkb-", "mkb-0", "mkb--0", "mkb-fleet", "mkb-fleet-", "mkb-fleet-x", "web-fleet-0"}) {
    EXPECT_FALSE(of(name).ok()) << name;
  }
}

}  // namespace
}  // namespace mkb::dataplane
