#include "kube/api_status.h"

#include <gtest/gtest.h>

namespace mkb::kube {
namespace {

using nlohmann::json;
using std::chrono::seconds;

TEST(ApiStatus, ReadsWhatAnApiServerSays) {
  const ApiStatus status = api_status(
      429, R"({"kind":"Status","status":"Failure","message":"slow down","reason":"TooManyRequests",)"
           R"("details":{"retryAfterSeconds":7},"code":429})");
  EXPECT_EQ(status.code, 429);
  EXPECT_EQ(status.reason, "TooManyRequests");
  EXPECT_EQ(status.message, "slow down");
  EXPECT_EQ(status.retry_after, seconds(7));
  EXPECT_EQ(status.text(), "too many requests: slow down");
}

TEST(ApiStatus, TheHttpStatusCountsMoreThanTheBody) {
  EXPECT_EQ(api_status(403, R"({"code":200})").code, 403);
  EXPECT_EQ(api_status(json{{"code", 410}}).code, 410);
}

TEST(ApiStatus, AProxysPageBecomesTheMessage) {
  EXPECT_EQ(api_status(502, "<html>\nBad gateway").text(), "server error (status 502): <html> Bad gateway");
  EXPECT_LE(api_status(502, std::string(5000, 'x')).message.size(), 300u);
}

TEST(ApiStatus, KnowsWhatIsGoneByCodeOrReason) {
  EXPECT_TRUE(api_status(410, "").gone());
  EXPECT_TRUE(api_status(json{{"code", 500}, {"reason", "Expired"}}).gone());
  EXPECT_TRUE(api_status(json{{"reason", "Gone"}}).gone());
  EXPECT_FALSE(api_status(json{{"code", 500}, {"reason", "InternalError"}}).gone());
}

TEST(ApiStatus, HasWordsForEachKindOfRefusal) {
  EXPECT_EQ(api_status(401, "").text(), "unauthorized");
  EXPECT_EQ(api_status(403, "{}").text(), "forbidden");
  EXPECT_EQ(api_status(404, "{}").text(), "not found");
  EXPECT_EQ(api_status(409, "{}").text(), "conflict");
  EXPECT_EQ(api_status(410, "{}").text(), "gone");
  EXPECT_EQ(api_status(422, "{}").text(), "refused (status 422)");
  EXPECT_EQ(api_status(503, "{}").text(), "server error (status 503)");
  EXPECT_EQ(api_status(json()).text(), "refused");
}

TEST(ApiStatus, SurvivesMembersOfTheWrongType) {
  const ApiStatus status =
      api_status(json{{"code", "x"}, {"reason", 3}, {"message", json::array()}, {"details", "y"}});
  EXPECT_EQ(status.code, 0);
  EXPECT_EQ(status.reason + status.message, "");
  EXPECT_EQ(status.retry_after, std::nullopt);
  EXPECT_EQ(api_status(json{{"code", -5}}).code, 0);
  EXPECT_EQ(api_status(json{{"details", {{"retryAfterSeconds", -1}}}}).retry_after, std::nullopt);
  EXPECT_EQ(api_status(json{{"details", {{"retryAfterSeconds", 9'999'999'999}}}}).retry_after, seconds(3600));
}

}  // namespace
}  // namespace mkb::kube
