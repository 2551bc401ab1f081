#include "dataplane/egress/mqtt_publisher.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"

namespace mkb::dataplane {
namespace {

constexpr auto kBackoffBase = std::chrono::milliseconds(200);
constexpr auto kBackoffCap = std::chrono::seconds(30);

std::string uri(const api::MqttServer& server) {
  const bool ipv6 = server.host.find(':') != std::string::npos;
  return (server.tls ? "ssl://" : "tcp://") + (ipv6 ? "[" + server.host + "]" : server.host) + ":" +
         std::to_string(server.port);
}

std::string file(const api::SecretStore& secrets, const std::optional<api::SecretRef>& secret,
                 const char* key) {
  return secret ? secrets.directory() + "/" + secret->name + "/" + key : std::string();
}

}  // namespace

Result<std::unique_ptr<MqttPublisher>> MqttPublisher::create(
    boost::asio::io_context& io, const api::MqttSpec& spec, const std::string& client_id, int max_in_flight,
    const api::SecretStore& secrets, std::function<std::uint64_t()> random, PublisherEvents& events) {
  std::unique_ptr<MqttPublisher> publisher(
      new MqttPublisher(io, spec, client_id, secrets, std::move(random), events));
  if (auto readable = publisher->credentials(); !readable) {
    return readable.error();
  }
  PahoOptions options;
  for (const auto& server : spec.servers) {
    options.servers.push_back(uri(server));
  }
  options.client_id = client_id;
  options.version5 = spec.version == api::MqttVersion::k5;
  options.keep_alive_seconds = static_cast<int>(spec.keep_alive.count());
  options.session_expiry_seconds = static_cast<std::uint32_t>(spec.session_expiry.count());
  options.max_in_flight = max_in_flight;
  options.ca_file = file(secrets, spec.tls.ca_secret, "ca.crt");
  options.cert_file = file(secrets, spec.tls.cert_secret, "tls.crt");
  options.key_file = file(secrets, spec.tls.cert_secret, "tls.key");
  publisher->client_ = std::make_unique<PahoClient>(std::move(options), [&io, life = publisher->life_] {
    boost::asio::post(io, [life] {
      if (*life != nullptr) {
        (*life)->handle_events();
      }
    });
  });
  return publisher;
}

MqttPublisher::MqttPublisher(boost::asio::io_context& io, const api::MqttSpec& spec, std::string client_id,
                             const api::SecretStore& secrets, std::function<std::uint64_t()> random,
                             PublisherEvents& events)
    : spec_(spec),
      client_id_(std::move(client_id)),
      secrets_(secrets),
      random_(std::move(random)),
      events_(events),
      timer_(io),
      backoff_(kBackoffBase, kBackoffCap) {}

MqttPublisher::~MqttPublisher() {
  *life_ = nullptr;
}

Result<PahoCredentials> MqttPublisher::credentials() const {
  PahoCredentials credentials;
  if (!spec_.auth_secret) {
    return credentials;
  }
  auto user = secrets_.read(*spec_.auth_secret, "username");
  if (!user) {
    return user.error();
  }
  auto password = secrets_.read(*spec_.auth_secret, "password");
  if (!password) {
    return password.error();
  }
  credentials.user_name = std::move(*user);
  credentials.password = std::move(*password);
  return credentials;
}

void MqttPublisher::start() {
  connect();
}

void MqttPublisher::connect() {
  state_ = State::kConnecting;
  auto read = credentials();
  if (!read) {
    connect_later(read.error().message());
    return;
  }
  client_->connect(server_, std::move(*read));
}

void MqttPublisher::connect_later(const std::string& why) {
  state_ = State::kWaiting;
  if (closing_) {
    return;
  }
  events_.on_publisher_error(why);
  if (why != logged_error_) {
    logged_error_ = why;
    spdlog::warn("publisher {}: not connected to {}: {}", client_id_, server(), why);
  }
  timer_.expires_after(backoff_.next(random_()));
  timer_.async_wait([life = life_](const boost::system::error_code& ec) {
    if (!ec && *life != nullptr && !(*life)->closing_) {
      (*life)->connect();
    }
  });
}

void MqttPublisher::disconnect() {
  closing_ = true;
  state_ = State::kWaiting;
  timer_.cancel();
  client_->disconnect();
}

bool MqttPublisher::publish(std::uint64_t id, const OutgoingMessage& message) {
  if (!connected()) {
    return false;
  }
  client_->publish(id, message);
  return true;
}

void MqttPublisher::handle_events() {
  for (const PahoEvent& event : client_->take_events()) {
    handle(event);
  }
  events_.on_publisher_batch_end();
}

void MqttPublisher::handle(const PahoEvent& event) {
  // Paho may tell of one loss twice, and of one that it has told already after the next attempt began.
  switch (event.kind) {
    case PahoEvent::Kind::kConnected:
      if (state_ == State::kConnecting) {
        handle_connected(event);
      }
      break;
    case PahoEvent::Kind::kConnectFailed:
      if (state_ == State::kConnecting) {
        connect_later(event.text);
        server_ = (server_ + 1) % spec_.servers.size();
      }
      break;
    case PahoEvent::Kind::kLost:
      if (state_ == State::kConnected) {
        connect_later(event.text);
      }
      break;
    case PahoEvent::Kind::kPublished:
      events_.on_published(event.id);
      break;
    case PahoEvent::Kind::kRefused:
      events_.on_refused(event.id, event.text);
      break;
    case PahoEvent::Kind::kUnsent:
      events_.on_unsent(event.id);
      break;
  }
}

void MqttPublisher::handle_connected(const PahoEvent& event) {
  if (closing_) {
    client_->disconnect();
    return;
  }
  const bool shrunk = event.maximum_packet_size != 0 &&
                      (maximum_packet_size_ == 0 || event.maximum_packet_size < maximum_packet_size_);
  maximum_packet_size_ = event.maximum_packet_size;
  maximum_qos_ = event.maximum_qos;
  retain_available_ = event.retain_available;
  if (!event.fresh && (!event.resumed || shrunk)) {
    // Without a session Paho has forgotten what was in flight and says nothing; with a lower limit it sends
    // what the broker does not take. A new session begins with nothing open on either side, and packet
    // identifiers that the broker cannot take for those of an earlier message.
    client_->forget_session();
    connect();
    return;
  }
  state_ = State::kConnected;
  ++connects_;
  backoff_.reset();
  logged_error_.clear();
  spdlog::info("publisher {}: connected to {}, {}", client_id_, server(),
               event.resumed ? "session resumed" : "new session");
  events_.on_connected(event.resumed);
}

std::string MqttPublisher::server() const {
  const api::MqttServer& server = spec_.servers[server_];
  return server.host + ":" + std::to_string(server.port);
}

void MqttPublisher::fill(PublisherSnapshot& snapshot) const {
  snapshot.client_id = client_id_;
  snapshot.server = server();
  snapshot.connected = connected();
  snapshot.connects = connects_;
}

}  // namespace mkb::dataplane
