#include "dataplane/bridge.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>
#include <utility>

#include "base/log.h"
#include "dataplane/route/session_packer.h"

namespace mkb::dataplane {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
/// A metadata request that is answered late is no outage; two in a row are.
constexpr int kProbeFailuresForUnreachable = 2;

}  // namespace

Result<std::unique_ptr<Bridge>> Bridge::create(boost::asio::io_context& io, api::BridgeSpec spec,
                                               const std::string& secrets_directory,
                                               const std::string& instance, const Clock& clock) {
  std::unique_ptr<Bridge> bridge(new Bridge(io, std::move(spec), secrets_directory, instance, clock));
  if (auto built = bridge->build(); !built) {
    return built.error();
  }
  return bridge;
}

Bridge::Bridge(boost::asio::io_context& io, api::BridgeSpec spec, const std::string& secrets_directory,
               std::string instance, const Clock& clock)
    : io_(io),
      spec_(std::move(spec)),
      secrets_(secrets_directory),
      instance_(std::move(instance)),
      clock_(clock),
      random_(std::random_device{}()),
      started_(clock.now()),
      reports_(io),
      isolated_reports_(io),
      tick_(io) {}

Bridge::~Bridge() {
  *life_ = nullptr;
  probe_.reset();
  // The producers own these descriptors.
  if (reports_.is_open()) {
    reports_.release();
  }
  if (isolated_reports_.is_open()) {
    isolated_reports_.release();
  }
}

Result<void> Bridge::build() {
  auto routes = compile_routes(spec_);
  if (!routes) {
    return routes.error();
  }
  std::vector<std::vector<std::string>> filters;
  for (const auto& route : spec_.mqtt_to_kafka) {
    filters.push_back(route.filters);
  }
  dispatcher_ = std::make_unique<Dispatcher>(std::move(*routes), std::move(filters), spec_.uid, clock_,
                                             [this] { return random_(); });
  auto properties = producer_properties(spec_.kafka, secrets_);
  if (!properties) {
    return properties.error();
  }
  properties_ = std::move(*properties);
  auto producer = KafkaProducer::create(properties_, *dispatcher_);
  if (!producer) {
    return producer.error();
  }
  producer_ = std::move(*producer);
  reports_.assign(producer_->event_fd());
  dispatcher_->start(*producer_, [this] { return isolated_producer(); });
  if (auto secrets = read_secrets(); !secrets) {
    return secrets.error();
  }
  if (auto built = build_sessions(); !built) {
    return built;
  }
  return build_egress();
}

Result<void> Bridge::build_egress() {
  for (const api::KafkaToMqttRoute& route : spec_.kafka_to_mqtt) {
    auto made =
        EgressRoute::create({io_, spec_, instance_, secrets_, clock_, [this] { return random_(); }}, route);
    if (!made) {
      return made.error();
    }
    egress_.push_back(std::move(*made));
  }
  return {};
}

Result<void> Bridge::build_sessions() {
  auto plans = pack_sessions(spec_);
  if (!plans) {
    return plans.error();
  }
  mqtt::ConnectionEnvironment environment;
  environment.secrets = [this] { return read_secrets(); };
  environment.random = [this] { return random_(); };
  environment.clock = &clock_;
  for (SessionPlan& plan : *plans) {
    auto matcher = RouteMatcher::build(plan);
    if (!matcher) {
      return matcher.error();
    }
    sessions_.push_back(std::make_unique<IngestSession>(
        io_, std::move(plan), std::move(*matcher), connection_options(), environment, *dispatcher_, clock_));
    dispatcher_->add_source(*sessions_.back());
  }
  return {};
}

mqtt::ConnectionOptions Bridge::connection_options() const {
  const api::MqttSpec& spec = spec_.mqtt;
  mqtt::ConnectionOptions options;
  for (const auto& server : spec.servers) {
    options.servers.push_back({server.tls, server.host, server.port});
  }
  options.engine.version = spec.version == api::MqttVersion::k5 ? mqtt::Version::k5 : mqtt::Version::k311;
  options.engine.keep_alive = spec.keep_alive;
  options.engine.session_expiry_seconds = static_cast<std::uint32_t>(spec.session_expiry.count());
  options.engine.receive_maximum = spec.receive_maximum;
  options.engine.maximum_packet_size = spec.maximum_packet_size;
  options.engine.topic_alias_maximum = spec.topic_alias_maximum;
  return options;
}

Result<mqtt::ConnectSecrets> Bridge::read_secrets() const {
  mqtt::ConnectSecrets result;
  const auto read = [this](const api::SecretRef& secret, const char* key, std::string& to) -> Result<void> {
    auto content = secrets_.read(secret, key);
    if (!content) {
      return content.error();
    }
    to = std::move(*content);
    return {};
  };
  if (spec_.mqtt.auth_secret) {
    if (auto done = read(*spec_.mqtt.auth_secret, "username", result.credentials.user_name.emplace());
        !done) {
      return done.error();
    }
    if (auto done = read(*spec_.mqtt.auth_secret, "password", result.credentials.password.emplace()); !done) {
      return done.error();
    }
  }
  const api::TlsSpec& tls = spec_.mqtt.tls;
  result.tls.server_name = tls.server_name;
  if (tls.ca_secret) {
    if (auto done = read(*tls.ca_secret, "ca.crt", result.tls.ca_pem); !done) {
      return done.error();
    }
  }
  if (tls.cert_secret) {
    if (auto done = read(*tls.cert_secret, "tls.crt", result.tls.cert_pem); !done) {
      return done.error();
    }
    if (auto done = read(*tls.cert_secret, "tls.key", result.tls.key_pem); !done) {
      return done.error();
    }
  }
  return result;
}

RecordProducer* Bridge::isolated_producer() {
  auto producer = KafkaProducer::create(isolated(properties_), *dispatcher_);
  if (!producer) {
    spdlog::error("{}", producer.error().message());
    return nullptr;
  }
  isolated_ = std::move(*producer);
  isolated_reports_.assign(isolated_->event_fd());
  wait_for_reports(*isolated_, isolated_reports_);
  return isolated_.get();
}

void Bridge::start() {
  wait_for_reports(*producer_, reports_);
  schedule_tick();
  probe_ = std::make_unique<KafkaProbe>([this](int timeout_ms) { return producer_->probe(timeout_ms); },
                                        [&io = io_, life = life_](Result<KafkaProbe::Problems> answer) {
                                          boost::asio::post(io, [life, answer = std::move(answer)] {
                                            if (*life != nullptr) {
                                              (*life)->on_probe(answer);
                                            }
                                          });
                                        });
  for (const auto& session : sessions_) {
    session->start();
  }
  for (const auto& route : egress_) {
    route->start();
  }
}

void Bridge::wait_for_reports(KafkaProducer& producer, boost::asio::posix::stream_descriptor& descriptor) {
  descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [life = life_, &producer, &descriptor](const boost::system::error_code& ec) {
                          if (!ec && *life != nullptr) {
                            producer.poll();
                            (*life)->wait_for_reports(producer, descriptor);
                          }
                        });
}

void Bridge::schedule_tick() {
  tick_.expires_after(kTick);
  tick_.async_wait([life = life_](const boost::system::error_code& ec) {
    if (ec || *life == nullptr) {
      return;
    }
    Bridge& self = **life;
    self.producer_->poll();
    if (self.isolated_) {
      self.isolated_->poll();
    }
    self.dispatcher_->tick();
    for (const auto& route : self.egress_) {
      route->tick();
    }
    if (self.draining_) {
      self.check_drained();
    }
    self.schedule_tick();
  });
}

void Bridge::on_probe(const Result<KafkaProbe::Problems>& answer) {
  probe_failures_ = answer ? 0 : probe_failures_ + 1;
  const bool reachable = answer.ok() || (kafka_reachable_ && probe_failures_ < kProbeFailuresForUnreachable);
  if (reachable != kafka_reachable_ || !kafka_reported_) {
    if (reachable) {
      spdlog::info("Kafka {}: reachable", properties_["bootstrap.servers"]);
      kafka_reported_ = true;
    } else if (probe_failures_ >= kProbeFailuresForUnreachable) {
      Snapshot details;
      dispatcher_->fill(details);
      spdlog::warn("Kafka {}: unreachable, nothing is acknowledged until it is back ({})",
                   properties_["bootstrap.servers"],
                   details.kafka.last_error.empty() ? answer.error().message() : details.kafka.last_error);
      kafka_reported_ = true;
    }
  }
  kafka_reachable_ = reachable;
  if (!answer) {
    return;
  }
  for (const auto& route : spec_.mqtt_to_kafka) {
    for (const std::string& topic : {route.topic, route.on_error.dead_letter_topic.value_or("")}) {
      const auto problem = std::find_if(answer->begin(), answer->end(),
                                        [&topic](const auto& each) { return each.first == topic; });
      dispatcher_->report_topic_problem(topic, problem == answer->end() ? "" : problem->second);
    }
  }
}

void Bridge::drain(Duration timeout, std::function<void(DrainOutcome)> done) {
  draining_ = true;
  drained_ = std::move(done);
  drain_deadline_ = clock_.now() + timeout;
  dispatcher_->stop_accepting();
  std::uint64_t in_flight = dispatcher_->in_flight();
  for (const auto& route : egress_) {
    route->drain();
    in_flight += route->outstanding();
  }
  spdlog::info("draining: {} messages in flight", in_flight);
  check_drained();
}

void Bridge::check_drained() {
  if (finishing_) {
    return;
  }
  std::uint64_t outstanding = dispatcher_->outstanding();
  bool drained = outstanding == 0;
  for (const auto& route : egress_) {
    outstanding += route->outstanding();
    drained = drained && route->drained();
  }
  if (!drained && clock_.now() < drain_deadline_) {
    return;
  }
  finishing_ = true;
  outcome_ = {drained, outstanding};
  for (const auto& route : egress_) {
    route->finish();
  }
  sessions_open_ = sessions_.size();
  if (sessions_.empty()) {
    drained_(outcome_);
  }
  for (const auto& session : sessions_) {
    session->finish([this] {
      if (--sessions_open_ == 0) {
        drained_(outcome_);
      }
    });
  }
}

Snapshot Bridge::snapshot() const {
  Snapshot snapshot;
  snapshot.bridge = spec_.name_space + "/" + spec_.name;
  snapshot.version = MKB_VERSION;
  snapshot.unix_ms = clock_.unix_millis();
  snapshot.uptime_seconds = std::chrono::duration<double>(clock_.now() - started_).count();
  snapshot.draining = draining_;
  dispatcher_->fill(snapshot);
  for (const auto& route : egress_) {
    snapshot.routes.push_back(route->route_snapshot());
    snapshot.publishers.push_back(route->publisher_snapshot());
  }
  for (const auto& session : sessions_) {
    snapshot.sessions.push_back(session->snapshot());
  }
  snapshot.kafka.reachable = kafka_reachable_;
  snapshot.kafka.brokers = properties_.at("bootstrap.servers");
  snapshot.kafka.producer_restarts = producer_->restarts() + (isolated_ ? isolated_->restarts() : 0);
  return snapshot;
}

std::optional<Snapshot> Bridge::wait_for_snapshot(std::chrono::milliseconds timeout) {
  auto promise = std::make_shared<std::promise<Snapshot>>();
  std::future<Snapshot> future = promise->get_future();
  boost::asio::post(io_, [life = life_, promise] {
    if (*life != nullptr) {
      promise->set_value((*life)->snapshot());
    }
  });
  if (future.wait_for(timeout) != std::future_status::ready) {
    return std::nullopt;
  }
  return future.get();
}

}  // namespace mkb::dataplane
