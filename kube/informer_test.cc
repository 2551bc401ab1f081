#include "kube/informer.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "kube/fake_server.h"

namespace mkb::kube {
namespace {

using nlohmann::json;
using std::chrono::seconds;

std::string list_of(const std::vector<std::string>& names, const std::string& version,
                    const std::string& token = {}) {
  json items = json::array();
  for (const std::string& name : names) {
    items.push_back({{"metadata", {{"name", name}, {"namespace", "ns"}, {"resourceVersion", "1"}}}});
  }
  return json{{"metadata", {{"resourceVersion", version}, {"continue", token}}}, {"items", items}}.dump();
}

std::string event(const std::string& type, const std::string& name, const std::string& version) {
  return json{{"type", type},
              {"object", {{"metadata", {{"name", name}, {"namespace", "ns"}, {"resourceVersion", version}}}}}}
             .dump() +
         "\n";
}

class InformerTest : public testing::Test {
 protected:
  void start(const InformerOptions& options = {"ns", "", ""}) {
    informer_ = std::make_unique<Informer>(server_, kConfigMaps, options, store_, clock_);
    informer_->start();
  }

  /// The target of the next request.
  std::string target() {
    const std::optional<HttpRequest> request = server_.next_request();
    return request.has_value() ? request->target : "no request";
  }

  /// Has the list answered with `a` and the watch begun.
  void reach_watch() {
    start();
    ASSERT_EQ(target(), "/api/v1/namespaces/ns/configmaps?limit=500");
    server_.answer(200, list_of({"a"}, "10"));
    ASSERT_NE(target().find("watch=true"), std::string::npos);
  }

  SystemClock clock_;
  FakeServer server_;
  ObjectStore store_;
  std::unique_ptr<Informer> informer_;
};

TEST_F(InformerTest, FillsTheStoreAndFollowsTheWatch) {
  reach_watch();
  EXPECT_TRUE(store_.synced());
  EXPECT_EQ((*store_.find("ns/a"))["kind"], "ConfigMap");
  EXPECT_EQ((*store_.find("ns/a"))["apiVersion"], "v1");
  EXPECT_EQ(server_.stream_bytes(event("ADDED", "b", "11") + event("DELETED", "a", "12")), true);
  EXPECT_EQ(store_.keys(), std::vector<std::string>{"ns/b"});
  EXPECT_EQ(informer_->problem(), "");
}

TEST_F(InformerTest, EventsMayComeInPieces) {
  reach_watch();
  const std::string text = event("ADDED", "b", "11");
  EXPECT_EQ(server_.stream_bytes(text.substr(0, 20)), true);
  EXPECT_EQ(store_.size(), 1u);
  EXPECT_EQ(server_.stream_bytes(text.substr(20)), true);
  EXPECT_EQ(store_.size(), 2u);
}

TEST_F(InformerTest, AsksForPagesSelectorsAndNamespace) {
  start({"", "app=x", "metadata.name=y"});
  EXPECT_EQ(target(), "/api/v1/configmaps?limit=500&labelSelector=app%3Dx&fieldSelector=metadata.name%3Dy");
  server_.answer(200, list_of({"a"}, "10", "tok"));
  EXPECT_EQ(
      target(),
      "/api/v1/configmaps?limit=500&continue=tok&labelSelector=app%3Dx&fieldSelector=metadata.name%3Dy");
}

TEST_F(InformerTest, TheWatchMayBeSilentAsLongAsItsServerMayHoldIt) {
  start();
  target();
  server_.answer(200, list_of({}, "10"));
  const std::optional<HttpRequest> watch = server_.next_request();
  ASSERT_TRUE(watch.has_value());
  const std::size_t at = watch->target.find("timeoutSeconds=") + 15;
  EXPECT_EQ(watch->timeout, seconds(std::stoi(watch->target.substr(at)) + 5));
  EXPECT_EQ(watch->method, "GET");
}

TEST_F(InformerTest, ResumesWhereTheWatchBroke) {
  reach_watch();
  server_.stream_bytes(event("MODIFIED", "a", "17"));
  server_.fail(TransportError::kUnreachable, "connection reset");
  EXPECT_NE(target().find("resourceVersion=17"), std::string::npos);
  EXPECT_EQ(informer_->problem(), "watch configmaps: connection reset");
  EXPECT_EQ(server_.stream_bytes(""), true);
  EXPECT_EQ(informer_->problem(), "") << "the watch has begun";
}

TEST_F(InformerTest, ResumesAfterAWatchThatTheServerEnded) {
  reach_watch();
  server_.stream_bytes(event("MODIFIED", "a", "17"));
  server_.answer(200);
  EXPECT_NE(target().find("resourceVersion=17"), std::string::npos);
}

TEST_F(InformerTest, EndsAWatchOfGarbageAndListsAnew) {
  reach_watch();
  EXPECT_EQ(server_.stream_bytes("<html>\n"), false);
  EXPECT_EQ(target(), "/api/v1/namespaces/ns/configmaps?limit=500");
  EXPECT_EQ(informer_->problem(),
            "watch configmaps: the server sent an event that is no JSON object: <html>");
}

TEST_F(InformerTest, EndsAnExpiredWatchAndListsAtOnce) {
  reach_watch();
  EXPECT_EQ(server_.stream_bytes(R"({"type":"ERROR","object":{"code":410,"message":"too old"}})"
                                 "\n"),
            false);
  EXPECT_EQ(target(), "/api/v1/namespaces/ns/configmaps?limit=500");
  EXPECT_EQ(informer_->problem(), "") << "that is no failure, so there is no pause";
  server_.answer(200, list_of({"c"}, "30"));
  EXPECT_NE(target().find("resourceVersion=30"), std::string::npos);
  EXPECT_EQ(store_.keys(), std::vector<std::string>{"ns/c"});
}

TEST_F(InformerTest, AForbiddenKindIsTriedAgainAndSaysSo) {
  start();
  target();
  server_.answer(403, R"({"kind":"Status","message":"configmaps is forbidden: User \"x\" cannot list",)"
                      R"("reason":"Forbidden","code":403})");
  EXPECT_EQ(target(), "/api/v1/namespaces/ns/configmaps?limit=500");
  EXPECT_EQ(informer_->problem(),
            "list configmaps: forbidden: configmaps is forbidden: User \"x\" cannot list");
  EXPECT_FALSE(store_.synced());
  server_.answer(200, list_of({"a"}, "10"));
  EXPECT_NE(target().find("watch=true"), std::string::npos);
  EXPECT_EQ(informer_->problem(), "");
}

TEST_F(InformerTest, ARefusedWatchIsTriedAgain) {
  reach_watch();
  server_.answer(500, "{}");
  EXPECT_NE(target().find("resourceVersion=10"), std::string::npos);
  EXPECT_EQ(informer_->problem(), "watch configmaps: server error (status 500)");
}

TEST_F(InformerTest, EndsAtOnceWhileAListIsUnderWay) {
  start();
  target();
  informer_.reset();
  EXPECT_TRUE(server_.saw_stop());
  EXPECT_FALSE(store_.synced());
}

TEST_F(InformerTest, EndsAtOnceWhileAWatchIsUnderWay) {
  reach_watch();
  informer_.reset();
  EXPECT_TRUE(server_.saw_stop());
}

TEST_F(InformerTest, EndsAtOnceWhileItWaits) {
  start();
  target();
  server_.answer(429, R"({"details":{"retryAfterSeconds":250}})");
  // The problem is told before the wait begins.
  while (informer_->problem().empty()) {
    std::this_thread::yield();
  }
  const TimePoint before = clock_.now();
  informer_.reset();
  EXPECT_LT(clock_.now() - before, seconds(20));
}

TEST_F(InformerTest, DoesNothingUntilStartedAndStartsOnce) {
  { const Informer never(server_, kConfigMaps, {}, store_, clock_); }
  start();
  informer_->start();
  EXPECT_EQ(target(), "/api/v1/namespaces/ns/configmaps?limit=500");
  server_.answer(200, list_of({}, "10"));
  EXPECT_NE(target().find("watch=true"), std::string::npos) << "a second thread would list, too";
}

}  // namespace
}  // namespace mkb::kube
