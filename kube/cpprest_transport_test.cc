#include "kube/cpprest_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <thread>

#include "kube/test_http_server.h"

namespace mkb::kube {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;
using Connection = TestHttpServer::Connection;

const SystemClock kClock;
constexpr auto kSoon = 10s;  // far above what is expected on a busy machine, far below the default timeout

KubeConfig config_of(const std::string& server) {
  KubeConfig config;
  config.server = server;
  return config;
}

HttpRequest get(const std::string& target, std::chrono::milliseconds timeout = 30s) {
  HttpRequest request;
  request.target = target;
  request.timeout = timeout;
  return request;
}

// Answers each request with what `answer` makes of it.
TestHttpServer::Serve each(std::function<std::string(const std::string&)> answer) {
  return [answer = std::move(answer)](Connection& connection) {
    for (std::string request; !(request = connection.request()).empty();) connection.send(answer(request));
  };
}

template <class T>
bool is_ready(const std::future<T>& future) {
  return future.wait_for(kSoon) == std::future_status::ready;
}

TEST(CpprestTransportTest, SendsWhatItIsTold) {
  std::promise<std::string> seen;
  TestHttpServer server(each([&seen](const std::string& request) {
    seen.set_value(request);
    return http_answer(201, R"({"a":1})");
  }));
  auto config = config_of(server.url() + "/prefix");
  config.token.text = "secret";
  CpprestTransport transport(config, kClock);
  HttpRequest request;
  request.method = "PATCH";
  request.target =
      "/api/v1/namespaces/a%2Fb/pods?fieldSelector=metadata.name%3Dx%26y&limit=500&continue=a%2Bb";
  request.content_type = "application/apply-patch+yaml";
  request.accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
  request.body = R"({"x":"\u00e9"})";
  const auto answer = transport.send(request, {});
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, R"({"a":1})");
  EXPECT_EQ(answer->retry_after, std::nullopt);
  const std::string head = seen.get_future().get();
  EXPECT_THAT(head,
              StartsWith("PATCH /prefix/api/v1/namespaces/a%2Fb/pods?fieldSelector=metadata.name%3Dx%26y"
                         "&limit=500&continue=a%2Bb HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nAuthorization:Bearer secret\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nContent-Type:application/apply-patch+yaml\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nAccept:application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nUser-Agent:MqttKafkaBridge/"));
  EXPECT_THAT(head, testing::EndsWith("\r\n\r\n" + request.body));
}

TEST(CpprestTransportTest, WithoutATokenThereIsNoAuthorization) {
  TestHttpServer server(each([](const std::string& request) {
    return http_answer(200, request.find("Authorization") == std::string::npos ? "none" : "some");
  }));
  CpprestTransport transport(config_of(server.url()), kClock);
  EXPECT_EQ(transport.send(get("/"), {})->body, "none");
}

TEST(CpprestTransportTest, BodiesOfEveryKindAreWhole) {
  const std::string large(3'000'000, 'x');
  TestHttpServer server(each([&large](const std::string& request) {
    if (request.starts_with("GET /empty ")) return http_answer(200, "");
    if (request.starts_with("GET /none ")) return std::string("HTTP/1.1 204 No Content\r\n\r\n");
    if (request.starts_with("GET /chunked ")) {
      return http_chunked_head() + http_chunk("one,") + http_chunk(large) + http_chunk("");
    }
    return http_answer(200, large);
  }));
  CpprestTransport transport(config_of(server.url()), kClock);
  EXPECT_EQ(transport.send(get("/empty"), {})->body, "");
  EXPECT_EQ(transport.send(get("/none"), {})->status, 204);
  EXPECT_EQ(transport.send(get("/chunked"), {})->body, "one," + large);
  EXPECT_EQ(transport.send(get("/large"), {})->body, large);
  EXPECT_EQ(server.connections(), 1);
}

TEST(CpprestTransportTest, RetryAfterIsRead) {
  TestHttpServer server(each([](const std::string& request) {
    const bool date = request.starts_with("GET /date ");
    return http_answer(429, "",
                       date ? "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n" : "Retry-After: 7\r\n");
  }));
  CpprestTransport transport(config_of(server.url()), kClock);
  EXPECT_EQ(transport.send(get("/"), {})->retry_after, 7s);
  EXPECT_EQ(transport.send(get("/date"), {})->retry_after, std::nullopt);
}

TEST(CpprestTransportTest, RedirectsAreNotFollowed) {
  TestHttpServer other(each([](const std::string&) { return http_answer(200, "caught"); }));
  TestHttpServer server(each(
      [&other](const std::string&) { return http_answer(302, "", "Location: " + other.url() + "/\r\n"); }));
  auto config = config_of(server.url());
  config.token.text = "secret";
  CpprestTransport transport(config, kClock);
  EXPECT_EQ(transport.send(get("/"), {})->status, 302);
  EXPECT_EQ(other.connections(), 0);
}

TEST(CpprestTransportTest, NobodyListensIsUnreachable) {
  std::string url;
  {
    const TestHttpServer server(each([](const std::string&) { return http_answer(200, ""); }));
    url = server.url();
  }
  CpprestTransport transport(config_of(url), kClock);
  const auto answer = transport.send(get("/"), {});
  ASSERT_FALSE(answer.ok());
  EXPECT_TRUE(answer.error().is(TransportError::kUnreachable));
  EXPECT_THAT(answer.error().message(), StartsWith(url + ": "));
}

TEST(CpprestTransportTest, AnAnswerThatBreaksOffIsUnreachable) {
  TestHttpServer server([](Connection& connection) {
    const std::string request = connection.request();
    if (request.starts_with("GET /head ")) connection.send("HTTP/1.1 200 OK\r\nContent-");
    if (request.starts_with("GET /body ")) {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    }
    if (request.starts_with("GET /chunk ")) connection.send(http_chunked_head() + http_chunk("abc"));
    if (request.starts_with("GET /nonsense ")) connection.send("nonsense\r\n\r\n");
  });
  CpprestTransport transport(config_of(server.url()), kClock);
  for (const char* target : {"/nothing", "/head", "/body", "/chunk", "/nonsense"}) {
    const auto answer = transport.send(get(target), {});
    ASSERT_FALSE(answer.ok()) << target;
    EXPECT_TRUE(answer.error().is(TransportError::kUnreachable)) << target;
  }
  std::string streamed;
  const auto answer = transport.stream(get("/chunk"), {}, [&streamed](std::string_view bytes) {
    streamed += bytes;
    return true;
  });
  ASSERT_FALSE(answer.ok());
  EXPECT_TRUE(answer.error().is(TransportError::kUnreachable));
  EXPECT_EQ(streamed, "abc");
}

TEST(CpprestTransportTest, SilenceIsATimeout) {
  TestHttpServer server([](Connection& connection) {
    const std::string request = connection.request();
    if (request.starts_with("GET /body ")) {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    }
    if (request.starts_with("GET /chunk ")) connection.send(http_chunked_head() + http_chunk("abc"));
    connection.be_silent();
  });
  CpprestTransport transport(config_of(server.url()), kClock);
  const auto all = [](std::string_view) { return true; };
  for (const char* target : {"/nothing", "/body", "/chunk"}) {
    const auto sent = transport.send(get(target, 100ms), {});
    ASSERT_FALSE(sent.ok()) << target;
    EXPECT_TRUE(sent.error().is(TransportError::kTimeout)) << target << sent.error().message();
    EXPECT_THAT(sent.error().message(), HasSubstr("nothing came for 100 ms"));
    const auto streamed = transport.stream(get(target, 100ms), {}, all);
    ASSERT_FALSE(streamed.ok()) << target;
    EXPECT_TRUE(streamed.error().is(TransportError::kTimeout)) << target;
  }
}

TEST(CpprestTransportTest, PiecesThatKeepComingAreNoSilence) {
  TestHttpServer server([](Connection& connection) {
    connection.request();
    connection.send(http_chunked_head());
    for (int n = 0; n < 6 && !connection.stop().stop_requested(); ++n) {
      std::this_thread::sleep_for(100ms);  // the pace of the test's server, not a wait for anything
      connection.send(http_chunk("x"));
    }
    connection.send(http_chunk(""));
    connection.be_silent();
  });
  CpprestTransport transport(config_of(server.url()), kClock);
  const auto answer = transport.send(get("/", 400ms), {});
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->body, "xxxxxx");
}

TEST(CpprestTransportTest, AStreamIsHandedOnPieceByPiece) {
  std::promise<void> first_seen;
  auto seen = first_seen.get_future().share();
  TestHttpServer server([seen](Connection& connection) {
    connection.request();
    connection.send(http_chunked_head() + http_chunk("first\n"));
    if (seen.wait_for(kSoon) == std::future_status::ready)
      connection.send(http_chunk("second\n") + http_chunk(""));
    connection.be_silent();
  });
  CpprestTransport transport(config_of(server.url()), kClock);
  std::string streamed;
  const auto answer = transport.stream(get("/"), {}, [&](std::string_view bytes) {
    if (streamed.empty()) first_seen.set_value();
    streamed += bytes;
    return true;
  });
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(streamed, "first\nsecond\n");
}

TEST(CpprestTransportTest, AStreamOfAnotherStatusIsReturned) {
  TestHttpServer server(
      each([](const std::string&) { return http_answer(410, "gone", "Retry-After: 1\r\n"); }));
  CpprestTransport transport(config_of(server.url()), kClock);
  const auto answer = transport.stream(get("/"), {}, [](std::string_view) {
    ADD_FAILURE() << "handed on";
    return true;
  });
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 410);
  EXPECT_EQ(answer->body, "gone");
  EXPECT_EQ(answer->retry_after, 1s);
}

TEST(CpprestTransportTest, AStreamThatIsNotWantedAnyMoreEnds) {
  std::promise<void> closed;
  TestHttpServer server([&closed](Connection& connection) {
    connection.request();
    connection.send(http_chunked_head() + http_chunk("x"));
    connection.be_silent();
    closed.set_value();
  });
  CpprestTransport transport(config_of(server.url()), kClock);
  const auto answer = transport.stream(get("/"), {}, [](std::string_view) { return false; });
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->status, 200);
  EXPECT_TRUE(is_ready(closed.get_future())) << "the connection is still open";
}

TEST(CpprestTransportTest, AStopEndsARequestAtOnceAndClosesItsConnection) {
  for (const bool streamed : {false, true}) {
    std::promise<void> arrived;
    std::promise<void> closed;
    TestHttpServer server([&](Connection& connection) {
      connection.request();
      arrived.set_value();
      connection.be_silent();
      closed.set_value();
    });
    CpprestTransport transport(config_of(server.url()), kClock);
    std::stop_source stop;
    const std::jthread stopper([&] {
      arrived.get_future().wait();
      stop.request_stop();
    });
    const auto start = std::chrono::steady_clock::now();
    const auto answer =
        streamed ? transport.stream(get("/"), stop.get_token(), [](std::string_view) { return true; })
                 : transport.send(get("/"), stop.get_token());
    ASSERT_FALSE(answer.ok());
    EXPECT_TRUE(answer.error().is(TransportError::kCancelled));
    EXPECT_LT(std::chrono::steady_clock::now() - start, kSoon);
    EXPECT_TRUE(is_ready(closed.get_future())) << "the connection is still open";
  }
}

TEST(CpprestTransportTest, StoppedStreamsLeaveNoConnectionsBehind) {
  const auto sockets = [] {
    int count = 0;
    for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code closed_meanwhile;
      const auto target = std::filesystem::read_symlink(file.path(), closed_meanwhile);
      if (target.string().starts_with("socket:")) ++count;
    }
    return count;
  };
  TestHttpServer server([](Connection& connection) {
    connection.request();
    connection.send(http_chunked_head() + http_chunk("x"));
    connection.be_silent();
  });
  CpprestTransport transport(config_of(server.url()), kClock);
  const int before = sockets();
  for (int n = 0; n < 50; ++n) {
    std::stop_source stop;
    const auto answer = transport.stream(get("/"), stop.get_token(), [&stop](std::string_view) {
      stop.request_stop();
      return true;
    });
    ASSERT_TRUE(!answer.ok() && answer.error().is(TransportError::kCancelled));
  }
  EXPECT_EQ(server.connections(), 50);
  const auto deadline = std::chrono::steady_clock::now() + kSoon;
  while (sockets() > before && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_LE(sockets(), before);
}

TEST(CpprestTransportTest, AStopBeforehandAsksNothing) {
  const TestHttpServer server(each([](const std::string&) { return http_answer(200, ""); }));
  CpprestTransport transport(config_of(server.url()), kClock);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(transport.send(get("/"), stop.get_token()).error().is(TransportError::kCancelled));
  EXPECT_EQ(server.connections(), 0);
}

TEST(CpprestTransportTest, APostIsNeverSentTwice) {
  std::atomic<int> posts{0};
  TestHttpServer server([&posts](Connection& connection) {
    const std::string request = connection.request();
    if (request.starts_with("POST ")) {
      ++posts;
      return;  // closed without an answer
    }
    connection.send(http_answer(200, "pooled"));
    // A pooled connection that dies when it is used again.
    if (connection.request().starts_with("POST ")) ++posts;
  });
  CpprestTransport transport(config_of(server.url()), kClock);
  ASSERT_EQ(transport.send(get("/"), {})->body, "pooled");
  HttpRequest post = get("/");
  post.method = "POST";
  post.content_type = "application/json";
  post.body = "{}";
  const auto answer = transport.send(post, {});
  ASSERT_FALSE(answer.ok());
  EXPECT_TRUE(answer.error().is(TransportError::kUnreachable));
  EXPECT_EQ(posts, 1);
}

TEST(CpprestTransportTest, ADeadPooledConnectionIsReplaced) {
  TestHttpServer server([](Connection& connection) {
    connection.request();
    connection.send(http_answer(200, "one answer each"));
  });
  CpprestTransport transport(config_of(server.url()), kClock);
  for (int n = 1; n <= 3; ++n) {
    const auto answer = transport.send(get("/"), {});
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_EQ(server.connections(), n);
  }
}

TEST(CpprestTransportTest, ManyThreadsShareIt) {
  TestHttpServer server(each([](const std::string& request) {
    return http_answer(200, request.substr(4, request.find(" HTTP") - 4));
  }));
  CpprestTransport transport(config_of(server.url()), kClock);
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int n = 0; n < 25; ++n) {
          const std::string target = "/" + std::to_string(t) + "/" + std::to_string(n);
          const auto answer = transport.send(get(target), {});
          if (answer.ok() && answer->body == target) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, 8 * 25);
  EXPECT_LE(server.connections(), 8);
}

TEST(CpprestTransportTest, ATargetThatIsNoUriIsRefused) {
  CpprestTransport transport(config_of("http://127.0.0.1:1"), kClock);
  const auto answer = transport.send(get("/a b\r\nX: y"), {});
  ASSERT_FALSE(answer.ok());
  EXPECT_TRUE(answer.error().is(TransportError::kConfiguration));
}

}  // namespace
}  // namespace mkb::kube
