#include "dataplane/admin/admin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/admin/listen_address.h"
#include "dataplane/admin/status_page.h"

namespace mkb::dataplane {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;
using testing::StartsWith;

Snapshot ready_snapshot() {
  Snapshot snapshot;
  snapshot.bridge = "default/fleet";
  snapshot.kafka.reachable = true;
  snapshot.routes.emplace_back().name = "telemetry";
  SessionSnapshot& session = snapshot.sessions.emplace_back();
  session.client_id = "mkb-1-0";
  session.ready = true;
  return snapshot;
}

/// A client that sends raw bytes and reads what comes.
class Client {
 public:
  explicit Client(
      std::uint16_t port, const std::function<void()>& before_connecting = [] {}) {
    socket_.open(tcp::v4());
    before_connecting();
    socket_.connect({asio::ip::address_v4::loopback(), port});
  }

  void send(const std::string& text) { asio::write(socket_, asio::buffer(text)); }
  /// One response: head and body by its Content-Length (none for HEAD).
  std::string response(bool head = false) {
    const std::size_t end = asio::read_until(socket_, asio::dynamic_buffer(pending_), "\r\n\r\n");
    const std::size_t at = pending_.find("Content-Length: ");
    const std::size_t size = head || at > end ? 0 : std::stoul(pending_.substr(at + 16));
    if (pending_.size() < end + size) {
      asio::read(socket_, asio::dynamic_buffer(pending_),
                 asio::transfer_exactly(end + size - pending_.size()));
    }
    std::string text = pending_.substr(0, end + size);
    pending_.erase(0, end + size);
    return text;
  }
  std::size_t available() const { return socket_.available(); }
  /// Everything until the server closes.
  std::string rest() {
    boost::system::error_code ec;
    asio::read(socket_, asio::dynamic_buffer(pending_), ec);
    return pending_;
  }

 private:
  asio::io_context io_;
  tcp::socket socket_{io_};
  std::string pending_;
};

std::string request(const std::string& path, const std::string& method = "GET") {
  return method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

class AdminServerTest : public testing::Test {
 protected:
  void start(const SnapshotSource& source, AdminServerLimits limits = {}) {
    server = std::make_unique<AdminServer>(source, limits);
    const auto bound = server->start("127.0.0.1", 0);
    ASSERT_TRUE(bound.ok()) << bound.error().message();
    port = *bound;
  }
  void start_ready() {
    start([](auto) { return ready_snapshot(); });
  }
  std::string get(const std::string& path) {
    Client client(port);
    client.send(request(path));
    return client.response();
  }

  std::unique_ptr<AdminServer> server;
  std::uint16_t port = 0;
};

TEST_F(AdminServerTest, ServesEveryPath) {
  start_ready();
  EXPECT_THAT(get("/healthz"), testing::AllOf(StartsWith("HTTP/1.1 200 OK"), HasSubstr("\r\n\r\nok\n")));
  EXPECT_THAT(get("/readyz"), testing::AllOf(StartsWith("HTTP/1.1 200 OK"), HasSubstr("\r\n\r\nok\n")));
  EXPECT_THAT(get("/metrics"), testing::AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("version=0.0.4"),
                                              HasSubstr("mkb_messages_received_total{"),
                                              HasSubstr("process_cpu_seconds_total")));
  EXPECT_THAT(get("/status.json?pretty"),
              testing::AllOf(HasSubstr("application/json"), HasSubstr("\"bridge\":\"default/fleet\"")));
  EXPECT_THAT(get("/elsewhere"), testing::AllOf(StartsWith("HTTP/1.1 404"), HasSubstr("/readyz")));
}

TEST_F(AdminServerTest, ServesThePageWithAPolicyThatAllowsOnlyItsOwnScript) {
  start_ready();
  const std::string page = get("/");
  EXPECT_THAT(page, testing::AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("text/html"),
                                   HasSubstr("Content-Security-Policy: default-src 'none'"),
                                   HasSubstr("script-src 'sha256-"), HasSubstr("</html>")));
  EXPECT_THAT(std::string(status_page_html()),
              testing::AllOf(testing::Not(HasSubstr("innerHTML")), testing::Not(HasSubstr("https://"))));
}

TEST_F(AdminServerTest, SaysWhyItIsNotReady) {
  start([](auto) {
    Snapshot snapshot = ready_snapshot();
    snapshot.kafka.reachable = false;
    return snapshot;
  });
  EXPECT_THAT(get("/readyz"), testing::AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Kafka")));
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminServerTest, AnIoThreadThatDoesNotAnswerIsUnhealthy) {
  start([](auto) { return std::nullopt; });
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/status.json"}) {
    EXPECT_THAT(get(path),
                testing::AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("has not answered for 1000 ms")));
  }
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 200")) << "the page needs no snapshot to be shown";
}

TEST_F(AdminServerTest, KeepsConnectionsAliveAndAnswersPipelinedRequestsInOrder) {
  start_ready();
  Client client(port);
  client.send(request("/healthz") + request("/nowhere") + request("/readyz"));
  EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 200"));
  client.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.rest(), HasSubstr("ok\n"));
}

TEST_F(AdminServerTest, HeadHasNoBodyAndOtherMethodsAreRefused) {
  start_ready();
  Client client(port);
  client.send(request("/healthz", "HEAD"));
  const std::string head = client.response(true);
  EXPECT_THAT(head, testing::AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Content-Length: 3")));
  client.send(request("/healthz", "DELETE"));
  EXPECT_THAT(client.response(), testing::AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: GET, HEAD")));
  client.send("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(client.response(), testing::AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Connection: close")));
}

TEST_F(AdminServerTest, RefusesWhatIsNoRequestOrTooLarge) {
  start_ready();
  Client garbage(port);
  garbage.send("\x16\x03\x01 hello\r\n\r\n");
  EXPECT_THAT(garbage.rest(), StartsWith("HTTP/1.1 400"));
  for (const std::size_t size : {9'000, 4'000'000}) {
    Client large(port);
    large.send("GET / HTTP/1.1\r\nX: " + std::string(size, 'a') + "\r\n\r\n");
    EXPECT_THAT(large.rest(), StartsWith("HTTP/1.1 431")) << size;
  }
  Client body(port);
  body.send("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(body.rest(), StartsWith("HTTP/1.1 413"));
}

TEST_F(AdminServerTest, ASlowClientKeepsNobodyWaitingAndIsLetGo) {
  AdminServerLimits limits;
  limits.request_timeout = std::chrono::milliseconds(200);
  start([](auto) { return ready_snapshot(); }, limits);
  Client slow(port);
  slow.send("GET /heal");
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(slow.rest(), "") << "closed without an answer";
}

TEST_F(AdminServerTest, AtTheLimitTheOldestConnectionGivesWay) {
  AdminServerLimits limits;
  limits.connections = 4;
  start([](auto) { return ready_snapshot(); }, limits);
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 4; ++i) {
    idle.push_back(std::make_unique<Client>(port));
    idle.back()->send(request("/healthz"));
    idle.back()->response();
  }
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(idle.front()->rest(), "");
}

TEST_F(AdminServerTest, RequestsShareSnapshots) {
  std::atomic<int> calls{0};
  std::promise<void> first;
  std::promise<void> go;
  start([&, gate = go.get_future().share()](auto) {
    if (++calls == 1) {
      first.set_value();
      gate.wait();
    }
    return ready_snapshot();
  });
  Client early(port);
  early.send(request("/metrics"));
  first.get_future().wait();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<Client>(port));
    clients.back()->send(request("/") + request("/metrics"));
    EXPECT_THAT(clients.back()->response(), StartsWith("HTTP/1.1 200")) << "no snapshot blocks this path";
  }
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 200")) << "by now the server has read all of the above";
  go.set_value();
  EXPECT_THAT(early.response(), StartsWith("HTTP/1.1 200"));
  for (const auto& client : clients) {
    EXPECT_THAT(client->response(), StartsWith("HTTP/1.1 200"));
  }
  EXPECT_EQ(calls, 2) << "one for the early request, one for all that came while it waited";
}

TEST_F(AdminServerTest, StopsWithRequestsUnderWay) {
  std::promise<void> entered;
  std::promise<void> go;
  start([&entered, gate = go.get_future().share()](auto) -> std::optional<Snapshot> {
    entered.set_value();
    gate.wait();
    return ready_snapshot();
  });
  Client waiting(port);
  waiting.send(request("/metrics"));
  Client half(port);
  half.send("GET /");
  entered.get_future().wait();
  std::future<void> stopped = std::async(std::launch::async, [this] { server->stop(); });
  go.set_value();
  stopped.wait();
  server->stop();
  EXPECT_EQ(half.rest(), "") << "closed without an answer";
  waiting.rest();
  boost::system::error_code ec;
  asio::io_context io;
  tcp::socket again(io);
  again.connect({asio::ip::address_v4::loopback(), port}, ec);
  EXPECT_TRUE(ec) << "nobody listens any more";
}

TEST_F(AdminServerTest, StopsUnderLoadAtAnyMoment) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> answered{0};
    start([](auto) { return ready_snapshot(); });
    std::array<std::thread, 4> readers;
    for (std::thread& reader : readers) {
      reader = std::thread([this, &answered] {
        try {
          Client client(port);
          for (;;) {
            client.send(request("/healthz"));
            client.response();
            ++answered;
          }
        } catch (const boost::system::system_error&) {
          // The server has stopped.
        }
      });
    }
    while (answered < 20) {
      std::this_thread::yield();
    }
    server->stop();
    for (std::thread& reader : readers) {
      reader.join();
    }
  }
}

TEST_F(AdminServerTest, OutlivesALackOfDescriptors) {
  start_ready();
  Client early(port);
  early.send(request("/healthz"));
  early.response();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 3;  // the descriptors there are stay usable
  Client late(port, [&none] { ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0); });
  late.send(request("/healthz"));
  early.send(request("/healthz"));
  EXPECT_THAT(early.response(), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(late.available(), 0U) << "nobody could accept it";
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_THAT(late.response(), StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminServerTest, WithoutAnAddressItListensAtAllOfBothVersions) {
  AdminServer everywhere([](auto) { return ready_snapshot(); });
  const auto bound = everywhere.start("", 0);
  ASSERT_TRUE(bound.ok()) << bound.error().message();
  port = *bound;
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
  asio::io_context io;
  tcp::socket socket(io);
  boost::system::error_code ec;
  socket.connect({asio::ip::address_v6::loopback(), 1}, ec);
  if (ec != asio::error::connection_refused) {
    GTEST_SKIP() << "no IPv6 here: " << ec.message();
  }
  socket.close();
  EXPECT_NO_THROW(socket.connect({asio::ip::address_v6::loopback(), port}));
}

TEST_F(AdminServerTest, SaysWhenItCannotListen) {
  start_ready();
  AdminServer second([](auto) { return ready_snapshot(); });
  const auto taken = second.start("127.0.0.1", port);
  ASSERT_FALSE(taken.ok());
  EXPECT_TRUE(taken.error().is(AdminError::kListen));
  EXPECT_THAT(taken.error().message(), HasSubstr("127.0.0.1:" + std::to_string(port)));
  AdminServer third([](auto) { return ready_snapshot(); });
  EXPECT_FALSE(third.start("not-an-address", 0).ok());
}

}  // namespace
}  // namespace mkb::dataplane
