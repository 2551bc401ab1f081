#include "dataplane/egress/egress_route.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "dataplane/kafka/consumer_properties.h"

namespace mkb::dataplane {
namespace {

std::string names(const std::vector<TopicPartition>& partitions) {
  if (partitions.empty()) {
    return "none";
  }
  std::string text;
  for (const TopicPartition& each : partitions) {
    text += (text.empty() ? "" : ", ") + each.topic + "[" + std::to_string(each.partition) + "]";
  }
  return text;
}

}  // namespace

Result<std::unique_ptr<EgressRoute>> EgressRoute::create(EgressEnvironment environment,
                                                         const api::KafkaToMqttRoute& route) {
  std::unique_ptr<EgressRoute> made(new EgressRoute(std::move(environment), route));
  if (auto built = made->build(); !built) {
    return built.error();
  }
  return made;
}

EgressRoute::EgressRoute(EgressEnvironment environment, const api::KafkaToMqttRoute& route)
    : environment_(std::move(environment)),
      route_(route),
      consumer_ready_(environment_.io),
      reports_(environment_.io) {}

EgressRoute::~EgressRoute() {
  *life_ = nullptr;
  // The consumer and the producer own these descriptors.
  if (consumer_ready_.is_open()) {
    consumer_ready_.release();
  }
  if (reports_.is_open()) {
    reports_.release();
  }
  consumer_.reset();  // its last words go to the flow
}

Result<void> EgressRoute::build() {
  const api::BridgeSpec& spec = environment_.spec;
  auto builder = MessageBuilder::create(route_, spec.mqtt.version, spec.uid);
  if (!builder) {
    return builder.error();
  }
  const std::string client_id =
      spec.mqtt.client_id_prefix + "-" + spec.uid + "-" + route_.name + "-" + environment_.instance;
  auto publisher = MqttPublisher::create(environment_.io, spec.mqtt, client_id, route_.max_in_flight,
                                         environment_.secrets, environment_.random, *this);
  if (!publisher) {
    return publisher.error();
  }
  publisher_ = std::move(*publisher);
  auto properties = consumer_properties(spec.kafka, route_, environment_.instance, environment_.secrets);
  if (!properties) {
    return properties.error();
  }
  auto consumer = KafkaConsumer::create(std::move(*properties), route_, *this);
  if (!consumer) {
    return consumer.error();
  }
  consumer_ = std::move(*consumer);
  dead_letters_ = std::make_unique<DeadLetterProducer>(
      route_.on_error.dead_letter_topic.value_or(""), [this] { return dead_letter_producer(); },
      environment_.clock, environment_.random,
      DeadLetterProducer::Answers{
          [this](std::uint64_t id) { flow_->on_dead_lettered(id); },
          [this](std::uint64_t id, const std::string& text) { flow_->on_dead_letter_refused(id, text); },
          [this](const std::string& text) { flow_->note_error(text); }});
  flow_ = std::make_unique<EgressFlow>(route_, std::move(*builder), *consumer_, *publisher_, *dead_letters_,
                                       environment_.clock);
  return {};
}

void EgressRoute::start() {
  consumer_->subscribe();
  consumer_ready_.assign(consumer_->event_fd());
  wait_for_consumer();
  publisher_->start();
}

void EgressRoute::wait_for_consumer() {
  consumer_ready_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                             [life = life_](const boost::system::error_code& ec) {
                               if (!ec && *life != nullptr) {
                                 (*life)->poll_consumer();
                                 (*life)->wait_for_consumer();
                               }
                             });
}

void EgressRoute::poll_consumer() {
  const bool more = consumer_->poll();
  flow_->commit_if_due();
  if (more) {
    post_poll();
  }
}

/// Through the queue, so that acknowledgements and other routes get their turn.
void EgressRoute::post_poll() {
  if (poll_posted_) {
    return;
  }
  poll_posted_ = true;
  boost::asio::post(environment_.io, [life = life_] {
    if (*life != nullptr) {
      (*life)->poll_posted_ = false;
      (*life)->poll_consumer();
    }
  });
}

/// After acknowledgements: librdkafka does not say again that records wait which there was no room for.
void EgressRoute::read_on() {
  flow_->commit_if_due();
  if (flow_->room() > 0) {
    post_poll();
  }
}

void EgressRoute::tick() {
  poll_consumer();
  dead_letters_->tick();
  if (producer_) {
    producer_->poll();
  }
  flow_->tick();
}

RecordProducer* EgressRoute::dead_letter_producer() {
  auto properties = producer_properties(environment_.spec.kafka, environment_.secrets);
  if (!properties) {
    flow_->note_error(properties.error().message());
    return nullptr;
  }
  auto producer = KafkaProducer::create(std::move(*properties), *dead_letters_);
  if (!producer) {
    flow_->note_error(producer.error().message());
    return nullptr;
  }
  producer_ = std::move(*producer);
  reports_.assign(producer_->event_fd());
  wait_for_dead_letters();
  return producer_.get();
}

void EgressRoute::wait_for_dead_letters() {
  reports_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [life = life_](const boost::system::error_code& ec) {
                        if (!ec && *life != nullptr) {
                          (*life)->producer_->poll();
                          (*life)->read_on();
                          (*life)->wait_for_dead_letters();
                        }
                      });
}

void EgressRoute::on_assigned(const std::vector<TopicPartition>& partitions) {
  spdlog::info("route {}: group {} assigns {}", route_.name, route_.group_id, names(partitions));
  logged_error_.clear();
  flow_->on_assigned(partitions);
}

void EgressRoute::on_revoked(const std::vector<TopicPartition>& partitions) {
  spdlog::info("route {}: group {} takes back {}", route_.name, route_.group_id, names(partitions));
  flow_->on_revoked(partitions);
}

void EgressRoute::on_lost(const std::vector<TopicPartition>& partitions) {
  spdlog::warn("route {}: lost {}; what was in flight of them may come twice", route_.name,
               names(partitions));
  flow_->on_lost(partitions);
}

void EgressRoute::on_committed(const Offsets& offsets, const std::string& error) {
  flow_->on_committed(offsets, error);
}

void EgressRoute::on_consumer_error(const std::string& name, const std::string& message) {
  const std::string text = "Kafka: " + name + ": " + message;
  note_error(text);
  if (text != logged_error_) {
    logged_error_ = text;
    spdlog::warn("route {}: {}", route_.name, text);
  }
}

void EgressRoute::note_error(const std::string& text) {
  last_error_ = text;
  last_error_unix_ms_ = environment_.clock.unix_millis();
}

RouteSnapshot EgressRoute::route_snapshot() const {
  RouteSnapshot snapshot;
  flow_->fill(snapshot);
  snapshot.lag = consumer_->lag();
  return snapshot;
}

PublisherSnapshot EgressRoute::publisher_snapshot() const {
  PublisherSnapshot snapshot;
  publisher_->fill(snapshot);
  snapshot.route = route_.name;
  snapshot.group_id = route_.group_id;
  snapshot.in_group = consumer_->in_group();
  snapshot.last_error = last_error_;
  snapshot.last_error_unix_ms = last_error_unix_ms_;
  return snapshot;
}

}  // namespace mkb::dataplane
