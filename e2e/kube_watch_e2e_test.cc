#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <future>
#include <list>
#include <mutex>
#include <thread>

#include "e2e/kube_client_fixture.h"
#include "e2e/lab/wait.h"

// Streams and failures of a real API server.
namespace mkb::e2e {
namespace {

using namespace std::chrono_literals;
using kube::HttpResponse;
using kube::kConfigMaps;
using kube::TransportError;
using nlohmann::json;

// A watch in a thread of its own, and what it has delivered.
class Watch {
 public:
  Watch(kube::CpprestTransport& transport, kube::HttpRequest request)
      : result_(std::async(std::launch::async, [this, &transport, request = std::move(request)] {
          return transport.stream(request, stop_.get_token(), [this](std::string_view bytes) {
            const std::lock_guard lock(mutex_);
            text_ += bytes;
            changed_.notify_all();
            return true;
          });
        })) {}
  ~Watch() { stop_.request_stop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  bool has(const std::string& text, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return text_.find(text) != std::string::npos; });
  }
  bool ends_within(std::chrono::milliseconds timeout) {
    return result_.wait_for(timeout) == std::future_status::ready;
  }
  void stop() { stop_.request_stop(); }
  Result<HttpResponse> result() { return result_.get(); }

 private:
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  std::future<Result<HttpResponse>> result_;
};

class KubeWatchE2eTest : public KubeClientFixture {
 protected:
  kube::HttpRequest watch(int seconds, std::chrono::milliseconds silence = 60s) {
    auto request = list("watch=true&resourceVersion=0&timeoutSeconds=" + std::to_string(seconds));
    request.timeout = silence;
    return request;
  }
  void create(const std::string& name) {
    const auto made = client().create(kConfigMaps, name_space(), config_map(name));
    ASSERT_TRUE(made.ok()) << made.error().message();
  }
};

TEST_F(KubeWatchE2eTest, EventsComeAtOnce) {
  create("first");
  Watch watching(transport(), watch(300));
  ASSERT_TRUE(watching.has("\"name\":\"first\"", 30s));
  for (const std::string name : {"second", "third", "fourth"}) {
    create(name);
    EXPECT_TRUE(watching.has("\"name\":\"" + name + "\"", 1s)) << name;
  }
  ASSERT_TRUE(client().remove(kConfigMaps, name_space(), "first").ok());
  EXPECT_TRUE(watching.has("\"type\":\"DELETED\"", 1s));
}

TEST_F(KubeWatchE2eTest, AWatchEndsAtItsTimeout) {
  Watch watching(transport(), watch(1));
  ASSERT_TRUE(watching.ends_within(30s));
  const auto result = watching.result();
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(result->status, 200);
}

TEST_F(KubeWatchE2eTest, AStopEndsAWatchAtOnce) {
  create("first");
  Watch watching(transport(), watch(300));
  ASSERT_TRUE(watching.has("first", 30s));
  watching.stop();
  ASSERT_TRUE(watching.ends_within(1s));
  EXPECT_TRUE(watching.result().error().is(TransportError::kCancelled));
}

TEST_F(KubeWatchE2eTest, ARefusedWatchIsReturned) {
  auto request = list("watch=true&resourceVersion=1&timeoutSeconds=5");
  const auto nothing = [](std::string_view) { return true; };
  kube::CpprestTransport joe(with_token(kJoesToken), clock_);
  const auto refused = joe.stream(request, {}, nothing);
  ASSERT_TRUE(refused.ok()) << refused.error().message();
  EXPECT_EQ(refused->status, 403);
  EXPECT_EQ(json::parse(refused->body)["reason"], "Forbidden");
}

TEST_F(KubeWatchE2eTest, AKilledServerEndsWatchesAndRequests) {
  create("first");
  Watch watching(transport(), watch(300));
  ASSERT_TRUE(watching.has("first", 30s));
  kube().api().kill();
  ASSERT_TRUE(watching.ends_within(5s));
  EXPECT_TRUE(watching.result().error().is(TransportError::kUnreachable));
  EXPECT_TRUE(client().get(kConfigMaps, name_space(), "first").error().is(TransportError::kUnreachable));
  kube().start();
  const auto again = client().get(kConfigMaps, name_space(), "first");
  EXPECT_TRUE(again.ok()) << again.error().message();
}

TEST_F(KubeWatchE2eTest, AStoppedServerEndsWatches) {
  create("first");
  Watch watching(transport(), watch(300));
  ASSERT_TRUE(watching.has("first", 30s));
  kube().api().stop();
  ASSERT_TRUE(watching.ends_within(5s));
  kube().start();
}

TEST_F(KubeWatchE2eTest, AFrozenServerIsATimeout) {
  create("first");
  Watch watching(transport(), watch(300, 2s));
  ASSERT_TRUE(watching.has("first", 30s));
  auto& api = kube().api();
  api.freeze();
  auto request = list("limit=1");
  request.timeout = 500ms;
  const auto asked = transport().send(request, {});
  ASSERT_FALSE(asked.ok());
  EXPECT_TRUE(asked.error().is(TransportError::kTimeout)) << asked.error().message();
  request.method = "POST";  // a new connection, which the kernel accepts for the frozen process
  EXPECT_TRUE(transport().send(request, {}).error().is(TransportError::kTimeout));
  EXPECT_TRUE(watching.ends_within(10s));
  api.thaw();
  EXPECT_TRUE(watching.result().error().is(TransportError::kTimeout));
  EXPECT_TRUE(client().get(kConfigMaps, name_space(), "first").ok());
}

TEST_F(KubeWatchE2eTest, ThreadsOfTheProcessStayFew) {
  std::list<Watch> watches;
  for (int n = 0; n < 4; ++n) watches.emplace_back(transport(), watch(300));
  create("first");
  for (auto& watching : watches) ASSERT_TRUE(watching.has("first", 30s));
  const auto count = std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  EXPECT_LE(count, 12) << "4 watches, and what cpprestsdk adds";
}

}  // namespace
}  // namespace mkb::e2e
