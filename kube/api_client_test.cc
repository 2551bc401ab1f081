#include "kube/api_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "kube/scripted_transport.h"

namespace mkb::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string status_text(int code, const std::string& reason, const std::string& message) {
  return json{{"kind", "Status"},   {"apiVersion", "v1"}, {"status", "Failure"},
              {"message", message}, {"reason", reason},   {"code", code}}
      .dump();
}

class ApiClientTest : public testing::Test {
 protected:
  ApiClientTest() {
    client_.set_sleep([this](std::chrono::milliseconds duration, const std::stop_token& stop) {
      waits_.push_back(duration);
      return stop.stop_requested();
    });
  }

  const HttpRequest& asked(std::size_t n = 0) { return transport_.requests().at(n); }

  ScriptedTransport transport_;
  std::vector<std::chrono::milliseconds> waits_;
  std::vector<std::string> observed_;
  ApiClient client_{
      transport_, "mkb-operator",
      [this](std::string_view verb, std::string_view plural, int status, std::chrono::nanoseconds took) {
        EXPECT_GE(took.count(), 0);
        observed_.push_back(std::string(verb) + " " + std::string(plural) + " " + std::to_string(status));
      }};
  const json config_map_ = {
      {"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "a"}, {"namespace", "fleets"}}}};
};

TEST_F(ApiClientTest, GetAsksForTheObject) {
  transport_.answer(200, config_map_.dump());
  const auto got = client_.get(kConfigMaps, "fleets", "a");
  ASSERT_TRUE(got.ok()) << got.error().message();
  EXPECT_EQ(*got, config_map_);
  EXPECT_EQ(asked().method, "GET");
  EXPECT_EQ(asked().target, "/api/v1/namespaces/fleets/configmaps/a");
  EXPECT_EQ(asked().accept, "application/json");
  EXPECT_EQ(asked().content_type, "");
  EXPECT_EQ(asked().body, "");
  EXPECT_THAT(observed_, ElementsAre("get configmaps 200"));
}

TEST_F(ApiClientTest, GetMetadataAsksForNothingElse) {
  transport_.answer(200, R"({"kind":"PartialObjectMetadata","metadata":{"name":"s"}})");
  const auto got = client_.get_metadata(kSecrets, "fleets", "s");
  ASSERT_TRUE(got.ok()) << got.error().message();
  EXPECT_EQ((*got)["metadata"]["name"], "s");
  EXPECT_EQ(asked().target, "/api/v1/namespaces/fleets/secrets/s");
  EXPECT_EQ(asked().accept, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
}

TEST_F(ApiClientTest, GetMetadataKeepsNothingOfAnAnswerWithMore) {
  transport_.answer(200, R"({"kind":"Secret","metadata":{"name":"s"},"data":{"password":"aHVudGVyMg=="}})");
  const auto got = client_.get_metadata(kSecrets, "fleets", "s");
  ASSERT_FALSE(got.ok());
  EXPECT_TRUE(got.error().is(ApiError::kBadAnswer));
  EXPECT_THAT(got.error().message(), Not(HasSubstr("aHVudGVy")));
}

TEST_F(ApiClientTest, CreatePostsToTheCollection) {
  transport_.answer(201, config_map_.dump());
  ASSERT_TRUE(client_.create(kConfigMaps, "fleets", config_map_).ok());
  EXPECT_EQ(asked().method, "POST");
  EXPECT_EQ(asked().target, "/api/v1/namespaces/fleets/configmaps?fieldManager=mkb-operator");
  EXPECT_EQ(asked().content_type, "application/json");
  EXPECT_EQ(json::parse(asked().body), config_map_);
  EXPECT_THAT(observed_, ElementsAre("create configmaps 201"));
}

TEST_F(ApiClientTest, UpdatePutsTheObject) {
  transport_.answer(200, config_map_.dump());
  ASSERT_TRUE(client_.update(kConfigMaps, "fleets", "a", config_map_).ok());
  EXPECT_EQ(asked().method, "PUT");
  EXPECT_EQ(asked().target, "/api/v1/namespaces/fleets/configmaps/a?fieldManager=mkb-operator");
  EXPECT_EQ(asked().content_type, "application/json");
  EXPECT_EQ(json::parse(asked().body), config_map_);
  EXPECT_THAT(observed_, ElementsAre("update configmaps 200"));
}

TEST_F(ApiClientTest, ApplyForcesOurFields) {
  transport_.answer(200, config_map_.dump()).answer(200, config_map_.dump());
  ASSERT_TRUE(client_.apply(kConfigMaps, "fleets", "a", config_map_).ok());
  EXPECT_EQ(asked().method, "PATCH");
  EXPECT_EQ(asked().target, "/api/v1/namespaces/fleets/configmaps/a?fieldManager=mkb-operator&force=true");
  EXPECT_EQ(asked().content_type, "application/apply-patch+yaml");
  EXPECT_EQ(json::parse(asked().body), config_map_);
  ASSERT_TRUE(client_.apply(kBridges, "fleets", "a", config_map_, "status").ok());
  EXPECT_EQ(
      asked(1).target,
      "/apis/mqttkafka.io/v1alpha1/namespaces/fleets/mqttkafkabridges/a/status?fieldManager=mkb-operator"
      "&force=true");
  EXPECT_THAT(observed_, ElementsAre("apply configmaps 200", "apply mqttkafkabridges 200"));
}

TEST_F(ApiClientTest, JsonPatchSendsTheOperations) {
  const json operations = json::array({{{"op", "test"}, {"path", "/metadata/uid"}, {"value", "u"}}});
  transport_.answer(200, config_map_.dump()).answer(200, config_map_.dump());
  ASSERT_TRUE(client_.json_patch(kConfigMaps, "fleets", "a", operations).ok());
  EXPECT_EQ(asked().method, "PATCH");
  EXPECT_EQ(asked().target, "/api/v1/namespaces/fleets/configmaps/a?fieldManager=mkb-operator");
  EXPECT_EQ(asked().content_type, "application/json-patch+json");
  EXPECT_EQ(json::parse(asked().body), operations);
  ASSERT_TRUE(client_.json_patch(kConfigMaps, "fleets", "a", operations, "status").ok());
  EXPECT_EQ(asked(1).target, "/api/v1/namespaces/fleets/configmaps/a/status?fieldManager=mkb-operator");
  EXPECT_THAT(observed_, ElementsAre("patch configmaps 200", "patch configmaps 200"));
}

TEST_F(ApiClientTest, MergePatchSendsThePatch) {
  const json patch = {{"data", {{"k", nullptr}}}};
  transport_.answer(200, config_map_.dump()).answer(200, config_map_.dump());
  ASSERT_TRUE(client_.merge_patch(kConfigMaps, "fleets", "a", patch).ok());
  EXPECT_EQ(asked().method, "PATCH");
  EXPECT_EQ(asked().target, "/api/v1/namespaces/fleets/configmaps/a?fieldManager=mkb-operator");
  EXPECT_EQ(asked().content_type, "application/merge-patch+json");
  EXPECT_EQ(json::parse(asked().body), patch);
  ASSERT_TRUE(client_.merge_patch(kConfigMaps, "fleets", "a", patch, "scale").ok());
  EXPECT_EQ(asked(1).target, "/api/v1/namespaces/fleets/configmaps/a/scale?fieldManager=mkb-operator");
}

TEST_F(ApiClientTest, RemoveNamesTheUid) {
  transport_.answer(200, status_text(200, "", "")).answer(202, "{}");
  ASSERT_TRUE(client_.remove(kConfigMaps, "fleets", "a", "1-2").ok());
  EXPECT_EQ(asked().method, "DELETE");
  EXPECT_EQ(asked().target, "/api/v1/namespaces/fleets/configmaps/a");
  EXPECT_EQ(asked().content_type, "application/json");
  EXPECT_EQ(json::parse(asked().body), (json{{"apiVersion", "v1"},
                                             {"kind", "DeleteOptions"},
                                             {"propagationPolicy", "Background"},
                                             {"preconditions", {{"uid", "1-2"}}}}));
  ASSERT_TRUE(client_.remove(kConfigMaps, "fleets", "a").ok());
  EXPECT_FALSE(json::parse(asked(1).body).contains("preconditions"));
  EXPECT_THAT(observed_, ElementsAre("delete configmaps 200", "delete configmaps 202"));
}

TEST_F(ApiClientTest, RemoveOfWhatIsGoneIsNoError) {
  transport_.answer(404, status_text(404, "NotFound", "configmaps \"a\" not found"))
      .answer(409,
              status_text(409, "Conflict",
                          "Operation cannot be fulfilled on configmaps \"a\": the UID in the precondition "
                          "(1) does not match the UID in record (2). The object might have been deleted "
                          "and then recreated"))
      .answer(409, status_text(409, "Conflict",
                               "Precondition failed: UID in precondition: 1, UID in object meta: 2"));
  EXPECT_TRUE(client_.remove(kConfigMaps, "fleets", "a").ok());
  EXPECT_TRUE(client_.remove(kConfigMaps, "fleets", "a", "1").ok());
  EXPECT_TRUE(client_.remove(kConfigMaps, "fleets", "a", "1").ok());
}

TEST_F(ApiClientTest, RemoveReportsOtherRefusals) {
  transport_.answer(403, status_text(403, "Forbidden", "no"))
      .answer(409, status_text(409, "Conflict", "the namespace is being emptied"))
      .fail(TransportError::kUnreachable, "connection refused");
  EXPECT_TRUE(client_.remove(kConfigMaps, "fleets", "a").error().is(ApiError::kForbidden));
  EXPECT_TRUE(client_.remove(kConfigMaps, "fleets", "a", "1").error().is(ApiError::kConflict));
  EXPECT_TRUE(client_.remove(kConfigMaps, "fleets", "a").error().is(TransportError::kUnreachable));
}

struct Refused {
  int status;
  const char* reason;
  ApiError error;
  const char* words;
};

class RefusalTest : public ApiClientTest, public testing::WithParamInterface<Refused> {};

TEST_P(RefusalTest, IsMappedAndWorded) {
  const Refused& refused = GetParam();
  transport_.answer(refused.status, status_text(refused.status, refused.reason, "because of x"));
  const auto got = client_.get(kConfigMaps, "fleets", "a");
  ASSERT_FALSE(got.ok());
  EXPECT_TRUE(got.error().is(refused.error)) << got.error().code();
  EXPECT_EQ(got.error().message(),
            "get configmaps fleets/a: " + std::string(refused.words) + ": because of x");
  EXPECT_EQ(transport_.requests().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusalTest,
    testing::Values(Refused{400, "BadRequest", ApiError::kInvalid, "invalid"},
                    Refused{401, "Unauthorized", ApiError::kUnauthorized, "unauthorized"},
                    Refused{403, "Forbidden", ApiError::kForbidden, "forbidden"},
                    Refused{404, "NotFound", ApiError::kNotFound, "not found"},
                    Refused{409, "AlreadyExists", ApiError::kAlreadyExists, "already exists"},
                    Refused{409, "Conflict", ApiError::kConflict, "conflict"},
                    Refused{410, "Expired", ApiError::kGone, "gone"},
                    Refused{415, "UnsupportedMediaType", ApiError::kInvalid, "invalid"},
                    Refused{422, "Invalid", ApiError::kInvalid, "invalid"},
                    Refused{429, "TooManyRequests", ApiError::kTooManyRequests, "too many requests"},
                    Refused{500, "InternalError", ApiError::kServer, "server error (status 500)"},
                    Refused{503, "ServiceUnavailable", ApiError::kServer, "server error (status 503)"},
                    Refused{504, "Timeout", ApiError::kServer, "server error (status 504)"},
                    Refused{302, "", ApiError::kBadAnswer, "unexpected answer (status 302)"}));

TEST_F(ApiClientTest, ARefusalByAProxyIsQuotedInOneLine) {
  transport_.answer(502, "<html>\r\nBad\x07 Gateway" + std::string(5000, '.'));
  const std::string message = client_.get(kConfigMaps, "fleets", "a").error().message();
  EXPECT_THAT(message, HasSubstr("server error (status 502): <html>  Bad  Gateway..."));
  EXPECT_LT(message.size(), 300u);
}

TEST_F(ApiClientTest, ARefusalMayHaveNoBodyOrAStrangeOne) {
  transport_.answer(404).answer(404, "[]").answer(404, R"({"message":7,"reason":{}})");
  EXPECT_EQ(client_.get(kConfigMaps, "f", "a").error().message(), "get configmaps f/a: not found");
  EXPECT_EQ(client_.get(kConfigMaps, "f", "a").error().message(), "get configmaps f/a: not found");
  EXPECT_EQ(client_.get(kConfigMaps, "f", "a").error().message(), "get configmaps f/a: not found");
}

TEST_F(ApiClientTest, MessagesNameVerbKindAndObject) {
  const std::string refusal = status_text(403, "Forbidden", "x");
  for (int n = 0; n < 6; ++n) transport_.answer(403, refusal);
  EXPECT_EQ(client_.create(kConfigMaps, "fleets", config_map_).error().message(),
            "create configmaps fleets/a: forbidden: x");
  EXPECT_EQ(client_.update(kLeases, "", "a", config_map_).error().message(), "update leases a: forbidden: x");
  EXPECT_EQ(client_.apply(kPods, "n", "a", config_map_).error().message(), "apply pods n/a: forbidden: x");
  EXPECT_EQ(client_.json_patch(kPods, "n", "a", json::array()).error().message(),
            "patch pods n/a: forbidden: x");
  EXPECT_EQ(client_.merge_patch(kPods, "n", "a", {}).error().message(), "patch pods n/a: forbidden: x");
  EXPECT_EQ(client_.remove(kPods, "n", "a").error().message(), "delete pods n/a: forbidden: x");
}

TEST_F(ApiClientTest, TransportErrorsKeepTheirCode) {
  transport_.fail(TransportError::kTls, "self-signed certificate");
  const auto got = client_.get(kConfigMaps, "fleets", "a");
  ASSERT_FALSE(got.ok());
  EXPECT_TRUE(got.error().is(TransportError::kTls));
  EXPECT_EQ(got.error().message(), "get configmaps fleets/a: self-signed certificate");
  EXPECT_THAT(observed_, ElementsAre("get configmaps 0"));
}

TEST_F(ApiClientTest, AnAnswerThatIsNoObjectIsRefused) {
  for (const char* body : {"", "nonsense", "[1]", "\"text\"", "{\"a\":"}) {
    transport_.answer(200, body);
    const auto got = client_.get(kConfigMaps, "fleets", "a");
    ASSERT_FALSE(got.ok()) << body;
    EXPECT_TRUE(got.error().is(ApiError::kBadAnswer)) << body;
  }
}

TEST_F(ApiClientTest, RetryAfterIsWaitedForAndAskedAgain) {
  transport_.answer(429, "", 1s).answer(503, "", 2s).answer(200, config_map_.dump());
  ASSERT_TRUE(client_.apply(kConfigMaps, "fleets", "a", config_map_).ok());
  EXPECT_THAT(waits_, ElementsAre(1s, 2s));
  ASSERT_EQ(transport_.requests().size(), 3u);
  EXPECT_EQ(asked(2).body, asked(0).body);
  EXPECT_EQ(asked(2).target, asked(0).target);
  EXPECT_THAT(observed_, ElementsAre("apply configmaps 429", "apply configmaps 503", "apply configmaps 200"));
}

TEST_F(ApiClientTest, RetryAfterIsWaitedForTwiceAndTenSecondsAtMost) {
  for (int n = 0; n < 4; ++n) transport_.answer(429, "", 3600s);
  const auto got = client_.get(kConfigMaps, "fleets", "a");
  ASSERT_FALSE(got.ok());
  EXPECT_TRUE(got.error().is(ApiError::kTooManyRequests));
  EXPECT_THAT(waits_, ElementsAre(10s, 10s));
  EXPECT_EQ(transport_.requests().size(), 3u);
}

TEST_F(ApiClientTest, RetryAfterOfOtherStatusesIsNotOurs) {
  transport_.answer(500, "", 1s).answer(200, config_map_.dump());
  EXPECT_FALSE(client_.get(kConfigMaps, "fleets", "a").ok());
  EXPECT_TRUE(waits_.empty());
}

TEST_F(ApiClientTest, AStopEndsTheWait) {
  std::stop_source stop;
  transport_.answer(429, "", 1s).answer(200, config_map_.dump());
  client_.set_sleep([&](std::chrono::milliseconds, const std::stop_token& token) {
    stop.request_stop();
    return token.stop_requested();
  });
  const auto got = client_.get(kConfigMaps, "fleets", "a", stop.get_token());
  ASSERT_FALSE(got.ok());
  EXPECT_TRUE(got.error().is(TransportError::kCancelled));
  EXPECT_EQ(transport_.requests().size(), 1u);
}

TEST(ApiClientSleepTest, TheRealWaitEndsAtOnceWhenStopped) {
  ScriptedTransport transport;
  transport.answer(429, "", 10s);
  ApiClient client(transport, "m");
  std::stop_source stop;
  const auto start = std::chrono::steady_clock::now();
  const std::jthread stopper([&stop] { stop.request_stop(); });
  const auto got = client.get(kConfigMaps, "fleets", "a", stop.get_token());
  ASSERT_FALSE(got.ok());
  EXPECT_TRUE(got.error().is(TransportError::kCancelled));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(ApiClientTest, TextThatIsNoUtf8IsSentAllTheSame) {
  transport_.answer(200, "{}");
  ASSERT_TRUE(client_.merge_patch(kPods, "n", "a", {{"x", "\xFF"}}).ok());
  EXPECT_EQ(asked().body, "{\"x\":\"\xEF\xBF\xBD\"}");
}

TEST_F(ApiClientTest, FieldManagerIsKept) {
  EXPECT_EQ(client_.field_manager(), "mkb-operator");
  EXPECT_EQ(&client_.transport(), &transport_);
}

}  // namespace
}  // namespace mkb::kube
