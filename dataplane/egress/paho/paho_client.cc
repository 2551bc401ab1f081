// Compiled without this repository's root among the include directories.
#include "paho_client.h"

#include <mqtt/async_client.h>

#include <atomic>
#include <mutex>
#include <utility>

namespace mkb::dataplane {
namespace {

using Kind = PahoEvent::Kind;

constexpr std::chrono::seconds kConnectTimeout{10};
constexpr int kDisconnectTimeoutMs = 2000;
constexpr int kFirstRefusal = 0x80;
constexpr int kLastReasonCode = 0xFF;

PahoEvent event(Kind kind, std::uint64_t id = 0, std::string text = {}) {
  PahoEvent made;
  made.kind = kind;
  made.id = id;
  made.text = std::move(text);
  return made;
}

mqtt::properties properties_of(const OutgoingMessage& message) {
  mqtt::properties properties;
  const auto add = [&properties](mqtt::property::code code, const std::optional<std::string>& text) {
    if (text) {
      properties.add({code, *text});
    }
  };
  add(mqtt::property::CONTENT_TYPE, message.content_type);
  add(mqtt::property::RESPONSE_TOPIC, message.response_topic);
  add(mqtt::property::CORRELATION_DATA, message.correlation_data);
  if (message.expiry_seconds) {
    properties.add(
        {mqtt::property::MESSAGE_EXPIRY_INTERVAL, static_cast<std::int32_t>(*message.expiry_seconds)});
  }
  if (message.utf8_payload) {
    properties.add({mqtt::property::PAYLOAD_FORMAT_INDICATOR, 1});
  }
  for (const auto& [name, value] : message.user_properties) {
    properties.add({mqtt::property::USER_PROPERTY, name, value});
  }
  return properties;
}

std::string refusal_text(int code) {
  const char* name = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(code));
  return "the MQTT broker refuses the message: " + std::string(name != nullptr ? name : "reason code") +
         " (" + std::to_string(code) + ")";
}

std::string why(const mqtt::token& token) {
  // A refusal of the connection is the return code, one of a message the reason code.
  for (const int code : {static_cast<int>(token.get_reason_code()), token.get_return_code()}) {
    if (code >= kFirstRefusal && code <= kLastReasonCode) {
      const char* name = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(code));
      return name != nullptr ? name : "reason code " + std::to_string(code);
    }
  }
  return mqtt::exception::error_str(token.get_return_code());
}

std::string why_not_connected(const mqtt::token& token) {
  std::string text = why(token);
  try {
    static_cast<void>(token.get_connect_response());  // throws what the token does not tell otherwise
  } catch (const mqtt::exception& error) {
    if (!error.get_message().empty()) {
      text += " (" + error.get_message() + ")";
    }
  } catch (const std::exception&) {
    // No more is known.
  }
  return text;
}

}  // namespace

struct PahoClient::Events {
  explicit Events(std::function<void()> on_first) : wake(std::move(on_first)) {}

  void push(PahoEvent event) {
    bool first = false;
    {
      const std::lock_guard lock(mutex);
      first = queue.empty();
      queue.push_back(std::move(event));
    }
    if (first) {
      wake();
    }
  }

  std::function<void()> wake;
  std::mutex mutex;
  std::vector<PahoEvent> queue;
};

/// One MQTT session: Paho's client, whose callbacks become events until it is retired.
class PahoClient::Session {
 public:
  Session(const PahoOptions& options, std::shared_ptr<Events> events)
      : events_(std::move(events)),
        connecting_(*this),
        publishing_(*this),
        client_(options.servers.front(), options.client_id,
                mqtt::create_options(options.version5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1), nullptr) {
    // Not set_callback(): with a handler for "connected", Paho C++ 1.2.0 completes the connect token twice.
    client_.set_connection_lost_handler([this](const std::string& cause) {
      push(event(Kind::kLost, 0, cause.empty() ? "the connection was lost" : cause));
    });
  }

  void retire() { retired_ = true; }

  void connect(const PahoOptions& options, const PahoCredentials& credentials) {
    mqtt::connect_options connect;
    if (options.version5) {
      connect.set_mqtt_version(MQTTVERSION_5);
      connect.set_clean_start(!connected_before_);
      connect.set_properties({{mqtt::property::SESSION_EXPIRY_INTERVAL,
                               static_cast<std::int32_t>(options.session_expiry_seconds)}});
    } else {
      connect.set_mqtt_version(MQTTVERSION_3_1_1);
      connect.set_clean_session(!connected_before_);
    }
    connect.set_keep_alive_interval(options.keep_alive_seconds);
    connect.set_max_inflight(options.max_in_flight);
    connect.set_connect_timeout(kConnectTimeout);
    connect.set_servers(mqtt::string_collection::create(options.servers));
    if (credentials.user_name) {
      connect.set_user_name(*credentials.user_name);
    }
    if (credentials.password) {
      connect.set_password(*credentials.password);
    }
    mqtt::ssl_options tls;
    if (options.servers.front().rfind("ssl://", 0) == 0) {
      if (!options.ca_file.empty()) {
        tls.set_trust_store(options.ca_file);
      }
      if (!options.cert_file.empty()) {
        tls.set_key_store(options.cert_file);
        tls.set_private_key(options.key_file);
      }
      tls.set_verify(true);
      connect.set_ssl(tls);
    }
    try {
      client_.connect(connect, nullptr, connecting_);
    } catch (const mqtt::exception& error) {
      push(event(Kind::kConnectFailed, 0, error.what()));
    }
  }

  bool publish(std::uint64_t id, const OutgoingMessage& message) {
    try {
      client_.publish(mqtt::message::create(message.topic, message.payload, message.qos, message.retain,
                                            properties_of(message)),
                      reinterpret_cast<void*>(static_cast<std::uintptr_t>(id)), publishing_);
      return true;
    } catch (const mqtt::exception&) {
      return false;
    }
  }

  void disconnect() {
    try {
      client_.disconnect(kDisconnectTimeoutMs);
    } catch (const mqtt::exception&) {
      // There was no connection.
    }
  }

  [[nodiscard]] bool connected() const { return client_.is_connected(); }

 private:
  struct Connecting : mqtt::iaction_listener {
    explicit Connecting(Session& owner) : session(owner) {}
    void on_success(const mqtt::token& token) override { session.on_connected(token); }
    void on_failure(const mqtt::token& token) override {
      session.push(event(Kind::kConnectFailed, 0, why_not_connected(token)));
    }
    Session& session;
  };

  struct Publishing : mqtt::iaction_listener {
    explicit Publishing(Session& owner) : session(owner) {}
    static std::uint64_t id_of(const mqtt::token& token) {
      return reinterpret_cast<std::uintptr_t>(token.get_user_context());
    }
    void on_success(const mqtt::token& token) override {
      session.push(event(Kind::kPublished, id_of(token)));
    }
    void on_failure(const mqtt::token& token) override {
      const int code = token.get_reason_code();
      if (code >= kFirstRefusal && code <= kLastReasonCode) {
        session.push(event(Kind::kRefused, id_of(token), refusal_text(code)));
      } else {
        session.push(event(Kind::kUnsent, id_of(token), why(token)));
      }
    }
    Session& session;
  };

  void on_connected(const mqtt::token& token) {
    PahoEvent made = event(Kind::kConnected);
    try {
      const mqtt::connect_response response = token.get_connect_response();
      made.server = response.get_server_uri();
      made.resumed = connected_before_ && response.is_session_present();
      const mqtt::properties& properties = response.get_properties();
      if (properties.contains(mqtt::property::MAXIMUM_PACKET_SIZE)) {
        made.maximum_packet_size = static_cast<std::uint32_t>(
            mqtt::get<std::int32_t>(properties, mqtt::property::MAXIMUM_PACKET_SIZE));
      }
    } catch (const std::exception&) {
      // Paho knows no more of this connection than that it is there.
    }
    connected_before_ = true;
    push(std::move(made));
  }

  void push(PahoEvent event) {
    if (!retired_) {
      events_->push(std::move(event));
    }
  }

  std::shared_ptr<Events> events_;
  std::atomic<bool> retired_ = false;
  std::atomic<bool> connected_before_ = false;
  Connecting connecting_;
  Publishing publishing_;
  mqtt::async_client client_;  // the last: its callbacks use the others
};

PahoClient::PahoClient(PahoOptions options, std::function<void()> wake)
    : options_(std::move(options)), events_(std::make_shared<Events>(std::move(wake))) {
  start_session();
}

PahoClient::~PahoClient() {
  session_->retire();
  session_->disconnect();
}

void PahoClient::start_session() {
  session_ = std::make_unique<Session>(options_, events_);
}

void PahoClient::connect(const PahoCredentials& credentials) {
  session_->connect(options_, credentials);
}

void PahoClient::forget_session() {
  session_->retire();
  session_->disconnect();
  retired_ = std::move(session_);
  start_session();
}

bool PahoClient::publish(std::uint64_t id, const OutgoingMessage& message) {
  return session_->publish(id, message);
}

void PahoClient::disconnect() {
  session_->disconnect();
}

bool PahoClient::connected() const {
  return session_->connected();
}

std::vector<PahoEvent> PahoClient::take_events() {
  const std::lock_guard lock(events_->mutex);
  return std::exchange(events_->queue, {});
}

}  // namespace mkb::dataplane
