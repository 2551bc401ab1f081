// Compiled without this repository's root among the include directories: Paho's own headers are called
// "mqtt/properties.h" and the like, as are ours.
#include "paho_publisher.h"

#include <mqtt/async_client.h>

#include <deque>

#include "paho_uri.h"

namespace mkb::lab {
namespace {

// Longer than any outage a test causes: a broker that is frozen for a while still acknowledges afterwards.
constexpr std::chrono::seconds kAcknowledgementTimeout{90};
constexpr std::chrono::milliseconds kPoll{100};

mqtt::properties properties_of(const PahoMessage& message) {
  mqtt::properties properties;
  if (!message.content_type.empty()) {
    properties.add(mqtt::property(mqtt::property::CONTENT_TYPE, message.content_type));
  }
  if (!message.response_topic.empty()) {
    properties.add(mqtt::property(mqtt::property::RESPONSE_TOPIC, message.response_topic));
  }
  if (!message.correlation_data.empty()) {
    properties.add(mqtt::property(mqtt::property::CORRELATION_DATA, message.correlation_data));
  }
  if (message.expiry_seconds > 0) {
    properties.add(mqtt::property(mqtt::property::MESSAGE_EXPIRY_INTERVAL,
                                  static_cast<std::int32_t>(message.expiry_seconds)));
  }
  for (const auto& [name, value] : message.user_properties) {
    properties.add(mqtt::property(mqtt::property::USER_PROPERTY, name, value));
  }
  return properties;
}

}  // namespace

struct PahoPublisher::Impl {
  struct Outstanding {
    mqtt::delivery_token_ptr token;
    std::uint64_t tag;
  };

  Impl(Options given, Outcome callback)
      : options(std::move(given)),
        outcome(std::move(callback)),
        client(paho_uri(options.uri), options.client_id, mqtt::create_options(MQTTVERSION_5), nullptr) {}

  // Waits for the oldest message; false when its acknowledgement cannot come any more.
  bool take_oldest() {
    const auto [token, tag] = outstanding.front();
    outstanding.pop_front();
    bool acknowledged = false;
    try {
      const auto deadline = std::chrono::steady_clock::now() + kAcknowledgementTimeout;
      while (!(acknowledged = token->try_wait()) && client.is_connected() &&
             std::chrono::steady_clock::now() < deadline) {
        token->wait_for(kPoll);
      }
    } catch (const mqtt::exception&) {
      acknowledged = false;
    }
    outcome(tag, acknowledged);
    return acknowledged;
  }

  // What has been acknowledged already is known at once, not only when the window is full.
  void take_acknowledged() {
    while (!outstanding.empty() && outstanding.front().token->is_complete()) take_oldest();
  }

  bool give_up() {
    while (!outstanding.empty()) take_oldest();
    return false;
  }

  Options options;
  Outcome outcome;
  mqtt::async_client client;
  std::deque<Outstanding> outstanding;
};

PahoPublisher::PahoPublisher(Options options, Outcome outcome)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(outcome))) {}

PahoPublisher::~PahoPublisher() {
  try {
    if (impl_->client.is_connected()) impl_->client.disconnect(1000)->wait_for(std::chrono::seconds(5));
  } catch (const mqtt::exception&) {
    // The broker went first.
  }
}

bool PahoPublisher::connect() {
  mqtt::connect_options options;
  options.set_mqtt_version(MQTTVERSION_5);
  options.set_clean_start(true);
  options.set_keep_alive_interval(60);
  options.set_max_inflight(65'000);
  options.set_connect_timeout(10);
  if (!impl_->options.username.empty()) {
    options.set_user_name(impl_->options.username);
    options.set_password(impl_->options.password);
  }
  try {
    return impl_->client.connect(options)->wait_for(std::chrono::seconds(10)) && impl_->client.is_connected();
  } catch (const mqtt::exception&) {
    return false;
  }
}

bool PahoPublisher::publish(const PahoMessage& message, std::uint64_t tag) {
  impl_->take_acknowledged();
  while (impl_->outstanding.size() >= static_cast<std::size_t>(impl_->options.window)) {
    if (!impl_->take_oldest()) {
      impl_->give_up();
      impl_->outcome(tag, false);
      return false;
    }
  }
  try {
    auto packet = mqtt::message::create(message.topic, message.payload, message.qos, message.retain,
                                        properties_of(message));
    impl_->outstanding.push_back({impl_->client.publish(std::move(packet)), tag});
    return true;
  } catch (const mqtt::exception&) {
    impl_->give_up();
    impl_->outcome(tag, false);
    return false;
  }
}

bool PahoPublisher::flush() {
  while (!impl_->outstanding.empty()) {
    if (!impl_->take_oldest()) return impl_->give_up();
  }
  return true;
}

}  // namespace mkb::lab
