// Compiled without this repository's root among the include directories, as paho_publisher.cc is.
#include "paho_subscriber.h"

#include <mqtt/async_client.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "paho_uri.h"

namespace mkb::lab {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr int kFirstRefusal = 0x80;

std::optional<std::string> text(const mqtt::properties& properties, mqtt::property::code code) {
  if (!properties.contains(code)) return std::nullopt;
  return mqtt::get<std::string>(properties, code);
}

ReceivedMessage received(const mqtt::message& message) {
  ReceivedMessage made;
  made.topic = message.get_topic();
  made.payload = message.to_string();
  made.qos = message.get_qos();
  made.retain = message.is_retained();
  made.dup = message.is_duplicate();
  const auto& properties = message.get_properties();
  made.content_type = text(properties, mqtt::property::CONTENT_TYPE);
  made.response_topic = text(properties, mqtt::property::RESPONSE_TOPIC);
  made.correlation_data = text(properties, mqtt::property::CORRELATION_DATA);
  if (properties.contains(mqtt::property::MESSAGE_EXPIRY_INTERVAL)) {
    made.expiry_seconds = mqtt::get<std::uint32_t>(properties, mqtt::property::MESSAGE_EXPIRY_INTERVAL);
  }
  if (properties.contains(mqtt::property::PAYLOAD_FORMAT_INDICATOR)) {
    made.payload_format = mqtt::get<std::uint8_t>(properties, mqtt::property::PAYLOAD_FORMAT_INDICATOR);
  }
  for (std::size_t i = 0; i < properties.count(mqtt::property::USER_PROPERTY); ++i) {
    auto [name, value] = mqtt::get<mqtt::string_pair>(properties, mqtt::property::USER_PROPERTY, i);
    made.user_properties.emplace_back(std::move(name), std::move(value));
  }
  return made;
}

}  // namespace

std::optional<std::string> ReceivedMessage::user_property(const std::string& name) const {
  const auto found = std::find_if(user_properties.begin(), user_properties.end(),
                                  [&](const auto& property) { return property.first == name; });
  if (found == user_properties.end()) return std::nullopt;
  return found->second;
}

struct PahoSubscriber::Impl {
  explicit Impl(Options given)
      : options(std::move(given)),
        client(paho_uri(options.uri), options.client_id, mqtt::create_options(MQTTVERSION_5), nullptr) {
    client.set_message_callback([this](const mqtt::const_message_ptr& message) {
      const std::lock_guard lock(mutex);
      messages.push_back(received(*message));
    });
    client.set_connected_handler([this](const std::string&) {
      if (subscribed) subscribe_again();
    });
  }

  [[nodiscard]] mqtt::connect_options connect_options() const {
    mqtt::connect_options made;
    made.set_mqtt_version(MQTTVERSION_5);
    made.set_clean_start(options.session_expiry_seconds == 0);
    if (options.session_expiry_seconds > 0) {
      made.set_properties({{mqtt::property::SESSION_EXPIRY_INTERVAL,
                            static_cast<std::int32_t>(options.session_expiry_seconds)}});
    }
    made.set_keep_alive_interval(60);
    made.set_connect_timeout(10);
    made.set_automatic_reconnect(std::chrono::seconds(1), std::chrono::seconds(1));
    if (!options.username.empty()) {
      made.set_user_name(options.username);
      made.set_password(options.password);
    }
    return made;
  }

  mqtt::token_ptr subscribe(const std::string& filter) {
    // A resumed session has had the retained messages.
    const mqtt::subscribe_options how(mqtt::subscribe_options::SUBSCRIBE_LOCAL,
                                      mqtt::subscribe_options::NO_RETAIN_AS_PUBLISHED,
                                      mqtt::subscribe_options::SEND_RETAINED_ON_NEW);
    return client.subscribe(filter, options.qos, how);
  }

  // On Paho's own thread, which must not wait for the answer.
  void subscribe_again() {
    try {
      for (const auto& filter : options.filters) subscribe(filter);
    } catch (const mqtt::exception&) {
      // Lost again; the next connection subscribes.
    }
  }

  Options options;
  mutable std::mutex mutex;
  std::vector<ReceivedMessage> messages;  ///< guarded by mutex
  std::atomic<bool> subscribed{false};
  mqtt::async_client client;  ///< last, because its threads use the others
};

PahoSubscriber::PahoSubscriber(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}

PahoSubscriber::~PahoSubscriber() {
  try {
    impl_->subscribed = false;
    if (impl_->client.is_connected()) impl_->client.disconnect(1000)->wait_for(std::chrono::seconds(5));
  } catch (const mqtt::exception&) {
    // The broker went first.
  }
}

bool PahoSubscriber::connect() {
  try {
    if (!impl_->client.connect(impl_->connect_options())->wait_for(kPatience)) return false;
    for (const auto& filter : impl_->options.filters) {
      const auto token = impl_->subscribe(filter);
      if (!token->wait_for(kPatience)) return false;
      const auto response = token->get_subscribe_response();
      for (const auto reason : response.get_reason_codes()) {
        if (static_cast<int>(reason) >= kFirstRefusal) return false;
      }
    }
    impl_->subscribed = true;
    return impl_->client.is_connected();
  } catch (const mqtt::exception&) {
    return false;
  }
}

bool PahoSubscriber::connected() const {
  return impl_->client.is_connected();
}

std::size_t PahoSubscriber::count() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->messages.size();
}

std::vector<ReceivedMessage> PahoSubscriber::messages(std::size_t first) const {
  const std::lock_guard lock(impl_->mutex);
  if (first >= impl_->messages.size()) return {};
  return {impl_->messages.begin() + static_cast<std::ptrdiff_t>(first), impl_->messages.end()};
}

}  // namespace mkb::lab
