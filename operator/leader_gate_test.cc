#include "operator/leader_gate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mkb::operators {
namespace {

class Behind final : public kube::HttpTransport {
 public:
  Result<kube::HttpResponse> send(const kube::HttpRequest& request, const std::stop_token&) override {
    sent_.push_back(request.method);
    return kube::HttpResponse{200, "{}", std::nullopt};
  }
  Result<kube::HttpResponse> stream(const kube::HttpRequest&, const std::stop_token&,
                                    const OnBytes&) override {
    sent_.emplace_back("stream");
    return kube::HttpResponse{200, "", std::nullopt};
  }
  std::vector<std::string> sent_;
};

kube::HttpRequest request(const char* method) {
  kube::HttpRequest made;
  made.method = method;
  return made;
}

TEST(LeaderGate, LetsOnlyReadsPassWithoutLeadership) {
  Behind behind;
  bool leads = false;
  LeaderGate gate(behind, [&leads] { return leads; });
  EXPECT_TRUE(gate.send(request("GET"), {}).ok());
  EXPECT_TRUE(gate.stream(request("GET"), {}, [](std::string_view) { return true; }).ok());
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    const auto answer = gate.send(request(method), {});
    ASSERT_FALSE(answer.ok()) << method;
    EXPECT_TRUE(answer.error().is(kube::TransportError::kCancelled));
  }
  EXPECT_EQ(behind.sent_, (std::vector<std::string>{"GET", "stream"}));
  leads = true;
  EXPECT_TRUE(gate.send(request("PATCH"), {}).ok());
  leads = false;
  EXPECT_FALSE(gate.send(request("PATCH"), {}).ok()) << "asked anew before each write";
}

}  // namespace
}  // namespace mkb::operators
