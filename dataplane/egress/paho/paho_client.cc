// Compiled without this repository's root among the include directories.
#include "paho_client.h"

#include <mqtt/async_client.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace mkb::dataplane {
namespace {

using Kind = PahoEvent::Kind;

constexpr std::chrono::seconds kConnectTimeout{10};
constexpr int kDisconnectTimeoutMs = 2000;
constexpr int kFirstRefusal = 0x80;
constexpr int kLastReasonCode = 0xFF;
constexpr int kPacketIdentifierNotFound = 0x92;

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

/// Calls one after the other, on a thread of its own.
class PahoClient::Worker {
 public:
  Worker() : thread_([this] { run(); }) {}
  ~Worker() {
    post({});
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// An empty call ends the thread.
  void post(std::function<void()> call) {
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
    }
    wake_.notify_one();
  }

 private:
  void run() {
    for (;;) {
      std::deque<std::function<void()>> calls;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return !calls_.empty(); });
        calls.swap(calls_);
      }
      for (const auto& call : calls) {
        if (!call) {
          return;
        }
        call();
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> calls_;
  std::thread thread_;
};

/// One MQTT session: Paho's client, whose callbacks become events until it is retired.
class PahoClient::Session {
 public:
  Session(const PahoOptions& options, std::shared_ptr<Events> events)
      : options_(options),
        events_(std::move(events)),
        connecting_(*this),
        publishing_(*this),
        client_(options.servers.front(), options.client_id,
                mqtt::create_options(options.version5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1), nullptr) {
    // Not set_callback(): with a handler for "connected", Paho C++ 1.2.0 completes the connect token twice.
    client_.set_connection_lost_handler([this](const std::string& cause) {
      push(event(Kind::kLost, 0, cause.empty() ? "the connection was lost" : cause));
    });
    // Paho C does not call the other handler when the broker says that it goes.
    client_.set_disconnected_handler([this](const mqtt::properties&, mqtt::ReasonCode reason) {
      const char* name = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(reason));
      push(event(Kind::kLost, 0,
                 "the MQTT broker disconnects: " +
                     (name != nullptr ? std::string(name) : "reason code " + std::to_string(reason))));
    });
  }

  void retire() { retired_ = true; }
  /// Paho holds pointers to memory that it has freed: it must not touch this session again.
  [[nodiscard]] bool poisoned() const { return poisoned_; }

  void connect(std::size_t server, const PahoCredentials& credentials) {
    try {
      if (!options_.version5 && !connected_before_) {
        end_earlier_session(server, credentials);
      }
      client_.connect(connect_options(server, credentials, options_.version5 && !connected_before_), nullptr,
                      connecting_);
    } catch (const std::exception& error) {
      push(event(Kind::kConnectFailed, 0, error.what()));
    }
  }

  void publish(std::uint64_t id, const OutgoingMessage& message) {
    try {
      client_.publish(
          mqtt::message::create(message.topic, message.payload, message.qos, message.retain,
                                properties_of(message)),
          reinterpret_cast<void*>(static_cast<std::uintptr_t>(id)),  // NOLINT(performance-no-int-to-ptr)
          publishing_);
    } catch (const std::exception& error) {
      push(event(Kind::kUnsent, id, error.what()));
      if (!client_.is_connected()) {
        push(event(Kind::kLost, 0, "the connection was lost"));
      }
    }
  }

  void disconnect() {
    try {
      if (!poisoned_) {
        client_.disconnect(kDisconnectTimeoutMs);
      }
    } catch (const std::exception&) {
      // There was no connection.
    }
  }

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
      if (code == kPacketIdentifierNotFound) {
        // Only a PUBCOMP can say that: the broker had finished with the message before the connection was
        // lost, which is no error (MQTT 5, table 3-8).
        session.push(event(Kind::kPublished, id_of(token)));
      } else if (code >= kFirstRefusal && code <= kLastReasonCode) {
        session.push(event(Kind::kRefused, id_of(token), refusal_text(code)));
      } else {
        session.poisoned_ = true;
        session.push(event(Kind::kUnsent, id_of(token), why(token)));
      }
    }
    Session& session;
  };

  /// MQTT 3.1.1 knows no session that begins clean and is kept. A clean one that ends at once comes first, so
  /// that the broker does not take packet identifiers for those of an earlier process; and Paho itself must
  /// not clean up a session (see poisoned()).
  void end_earlier_session(std::size_t server, const PahoCredentials& credentials) {
    mqtt::async_client cleaner(options_.servers[server], options_.client_id,
                               mqtt::create_options(MQTTVERSION_3_1_1), nullptr);
    auto connect = connect_options(server, credentials, true);
    const auto token = cleaner.connect(connect);
    if (!token->wait_for(kConnectTimeout)) {
      throw std::runtime_error("no answer to CONNECT");
    }
    cleaner.disconnect(kDisconnectTimeoutMs)->wait_for(kConnectTimeout);
  }

  [[nodiscard]] mqtt::connect_options connect_options(std::size_t server, const PahoCredentials& credentials,
                                                      bool clean) const {
    mqtt::connect_options connect;
    if (options_.version5) {
      connect.set_mqtt_version(MQTTVERSION_5);
      connect.set_clean_start(clean);
      connect.set_properties({{mqtt::property::SESSION_EXPIRY_INTERVAL,
                               static_cast<std::int32_t>(options_.session_expiry_seconds)}});
    } else {
      connect.set_mqtt_version(MQTTVERSION_3_1_1);
      connect.set_clean_session(clean);
    }
    connect.set_keep_alive_interval(options_.keep_alive_seconds);
    connect.set_max_inflight(options_.max_in_flight);
    connect.set_connect_timeout(kConnectTimeout);
    // One: given several, Paho reconnects to the next by itself and tells nobody.
    connect.set_servers(mqtt::string_collection::create({options_.servers[server]}));
    if (credentials.user_name) {
      connect.set_user_name(*credentials.user_name);
    }
    if (credentials.password) {
      connect.set_password(*credentials.password);
    }
    if (options_.servers[server].rfind("ssl://", 0) == 0) {
      mqtt::ssl_options tls;
      if (!options_.ca_file.empty()) {
        tls.set_trust_store(options_.ca_file);
      }
      if (!options_.cert_file.empty()) {
        tls.set_key_store(options_.cert_file);
        tls.set_private_key(options_.key_file);
      }
      tls.set_verify(true);
      connect.set_ssl(tls);
    }
    return connect;
  }

  void on_connected(const mqtt::token& token) {
    PahoEvent made = event(Kind::kConnected);
    made.fresh = !connected_before_;
    try {
      const mqtt::connect_response response = token.get_connect_response();
      made.resumed = connected_before_ && response.is_session_present();
      const mqtt::properties& properties = response.get_properties();
      const auto number = [&properties]<class Number>(mqtt::property::code code, Number otherwise) {
        return properties.contains(code) ? mqtt::get<Number>(properties, code) : otherwise;
      };
      made.maximum_packet_size =
          static_cast<std::uint32_t>(number(mqtt::property::MAXIMUM_PACKET_SIZE, std::int32_t{0}));
      made.maximum_qos = number(mqtt::property::MAXIMUM_QOS, std::uint8_t{2});
      made.retain_available = number(mqtt::property::RETAIN_AVAILABLE, std::uint8_t{1}) != 0;
    } catch (const std::exception&) {
      // Paho knows no more of this connection than that it is there.
    }
    connected_before_ = true;
    push(std::move(made));
  }

  void push(PahoEvent made) {
    if (!retired_) {
      events_->push(std::move(made));
    }
  }

  const PahoOptions& options_;
  std::shared_ptr<Events> events_;
  std::atomic<bool> retired_ = false;
  std::atomic<bool> poisoned_ = false;
  std::atomic<bool> connected_before_ = false;
  Connecting connecting_;
  Publishing publishing_;
  mqtt::async_client client_;  // the last: its callbacks use the others
};

PahoClient::PahoClient(PahoOptions options, std::function<void()> wake)
    : options_(std::move(options)),
      events_(std::make_shared<Events>(std::move(wake))),
      session_(std::make_unique<Session>(options_, events_)),
      worker_(std::make_unique<Worker>()) {}

PahoClient::~PahoClient() {
  worker_->post([this] {
    session_->retire();
    session_->disconnect();
  });
  worker_.reset();
  bury(std::move(session_));
}

void PahoClient::bury(std::unique_ptr<Session> session) {
  // Never destroyed: destroying would free memory of a poisoned session a second time.
  static auto& graves = *new std::vector<std::unique_ptr<Session>>;
  static std::mutex mutex;
  session->retire();
  if (session->poisoned()) {
    const std::lock_guard lock(mutex);
    graves.push_back(std::move(session));
  }
}

void PahoClient::replace_session() {
  session_->retire();
  session_->disconnect();
  bury(std::move(session_));
  session_ = std::make_unique<Session>(options_, events_);
}

void PahoClient::connect(std::size_t server, PahoCredentials credentials) {
  worker_->post([this, server, credentials = std::move(credentials)] {
    if (session_->poisoned()) {
      replace_session();
    }
    session_->connect(server, credentials);
  });
}

void PahoClient::forget_session() {
  worker_->post([this] { replace_session(); });
}

void PahoClient::publish(std::uint64_t id, OutgoingMessage message) {
  worker_->post([this, id, message = std::move(message)] { session_->publish(id, message); });
}

void PahoClient::disconnect() {
  worker_->post([this] { session_->disconnect(); });
}

std::vector<PahoEvent> PahoClient::take_events() {
  const std::lock_guard lock(events_->mutex);
  return std::exchange(events_->queue, {});
}

}  // namespace mkb::dataplane
