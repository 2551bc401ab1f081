#include "dataplane/bridge.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "dataplane/mqtt_settings.h"
#include "dataplane/route/session_packer.h"
#include "dataplane/snapshot_question.h"

namespace mkb::dataplane {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
/// A metadata request that is answered late is no outage; two in a row are.
constexpr int kProbeFailuresForUnreachable = 2;
/// A process that has been fenced waits for its next assignment, but not for ever: whoever took the session
/// may have been no owner either.
constexpr auto kTakeoverDelay = std::chrono::seconds(15);

std::vector<std::vector<std::string>> filters_of(const api::BridgeSpec& spec) {
  std::vector<std::vector<std::string>> filters;
  for (const auto& route : spec.mqtt_to_kafka) {
    filters.push_back(route.filters);
  }
  return filters;
}

Result<std::vector<SessionPlan>> pack(const api::BridgeSpec& spec,
                                      const std::optional<api::ShardRecord>& record) {
  return record ? pack_sessions(spec, *record) : pack_sessions(spec);
}

/// Whatever line they are on.
template <class Route>
bool same_routes(std::vector<Route> a, std::vector<Route> b) {
  for (auto* routes : {&a, &b}) {
    for (Route& route : *routes) {
      route.line = 0;
    }
  }
  return a == b;
}

bool same_routes(const api::BridgeSpec& a, const api::BridgeSpec& b) {
  return same_routes(a.mqtt_to_kafka, b.mqtt_to_kafka) && same_routes(a.kafka_to_mqtt, b.kafka_to_mqtt);
}

}  // namespace

Result<std::unique_ptr<Bridge>> Bridge::create(boost::asio::io_context& io, api::BridgeSpec spec,
                                               const std::string& secrets_directory,
                                               const std::string& instance, const Clock& clock,
                                               BridgeOptions options) {
  std::unique_ptr<Bridge> bridge(
      new Bridge(io, std::move(spec), secrets_directory, instance, clock, std::move(options)));
  if (auto built = bridge->build(); !built) {
    return built.error();
  }
  return bridge;
}

Bridge::Bridge(boost::asio::io_context& io, api::BridgeSpec spec, const std::string& secrets_directory,
               std::string instance, const Clock& clock, BridgeOptions options)
    : io_(io),
      spec_(std::move(spec)),
      options_(std::move(options)),
      secrets_(secrets_directory),
      instance_(std::move(instance)),
      clock_(clock),
      random_(std::random_device{}()),
      started_(clock.now()),
      reports_(io),
      isolated_reports_(io),
      egress_({io, instance_, secrets_, clock, [this] { return random_(); }}),
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
  dispatcher_ = std::make_unique<Dispatcher>(std::move(*routes), filters_of(spec_), spec_.uid, clock_,
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
  if (auto secrets = read_secrets(spec_.mqtt, secrets_); !secrets) {
    return secrets.error();
  }
  if (auto built = build_shards(); !built) {
    return built;
  }
  return egress_.change(spec_);
}

Result<void> Bridge::build_shards() {
  ShardEnvironment environment{io_,
                               *dispatcher_,
                               clock_,
                               spec_.mqtt.client_id_prefix + "-" + spec_.uid,
                               connection_options(spec_.mqtt),
                               {},
                               [this] { report_change(); }};
  if (options_.ownership == Ownership::kAssigned) {
    environment.connection.takeover_delay = kTakeoverDelay;
  }
  environment.connection_environment.secrets = [this] { return read_secrets(spec_.mqtt, secrets_); };
  environment.connection_environment.random = [this] { return random_(); };
  environment.connection_environment.clock = &clock_;
  environment.connection_environment.least_delay = options_.least_delay;
  shards_ = std::make_unique<ShardSet>(std::move(environment));
  auto plans = pack(spec_, options_.record);
  if (!plans) {
    return plans.error();
  }
  return shards_->set_plans(std::move(*plans));
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
  if (options_.ownership == Ownership::kAll) {
    shards_->own_all();
  }
  egress_.start();
}

bool Bridge::assign(const api::Assignment& assignment) {
  return !draining_ && shards_->assign(assignment);
}

Result<BridgeChange> Bridge::update(api::BridgeSpec spec, std::optional<api::ShardRecord> record) {
  if (spec.name != spec_.name || spec.name_space != spec_.name_space || spec.uid != spec_.uid ||
      spec.shards != spec_.shards || !(spec.mqtt == spec_.mqtt) || !(spec.kafka == spec_.kafka)) {
    return BridgeChange::kNeedsRestart;
  }
  if (draining_ || (same_routes(spec, spec_) && record == options_.record)) {
    return BridgeChange::kNone;
  }
  auto routes = compile_routes(spec);
  if (!routes) {
    return routes.error();
  }
  auto plans = pack(spec, record);
  if (!plans) {
    return plans.error();
  }
  if (auto changed = egress_.change(spec); !changed) {
    return changed.error();
  }
  // Everything from here to the end happens between two messages.
  dispatcher_->change_routes(std::move(*routes), filters_of(spec));
  if (auto planned = shards_->set_plans(std::move(*plans)); !planned) {
    return planned.error();
  }
  spec_ = std::move(spec);
  options_.record = std::move(record);
  spdlog::info("routes changed: {} from MQTT to Kafka, {} from Kafka to MQTT", spec_.mqtt_to_kafka.size(),
               spec_.kafka_to_mqtt.size());
  return BridgeChange::kApplied;
}

void Bridge::report_change() {
  if (on_change_) {
    on_change_();
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
    self.shards_->tick();
    self.egress_.tick();
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
  egress_.drain();
  spdlog::info("draining: {} messages in flight", dispatcher_->in_flight() + egress_.outstanding());
  check_drained();
}

void Bridge::check_drained() {
  if (finishing_) {
    return;
  }
  const std::uint64_t outstanding = dispatcher_->outstanding();
  const bool drained = outstanding == 0 && egress_.drained();
  if (!drained && clock_.now() < drain_deadline_) {
    return;
  }
  finishing_ = true;
  outcome_ = {drained, outstanding + egress_.outstanding()};
  egress_.finish();
  shards_->finish([this] { drained_(outcome_); });
}

Snapshot Bridge::snapshot() const {
  Snapshot snapshot;
  snapshot.bridge = spec_.name_space + "/" + spec_.name;
  snapshot.version = MKB_VERSION;
  snapshot.unix_ms = clock_.unix_millis();
  snapshot.uptime_seconds = std::chrono::duration<double>(clock_.now() - started_).count();
  snapshot.draining = draining_;
  dispatcher_->fill(snapshot);
  egress_.fill(snapshot);
  snapshot.sessions = shards_->snapshots();
  snapshot.kafka.reachable = kafka_reachable_;
  snapshot.kafka.brokers = properties_.at("bootstrap.servers");
  snapshot.kafka.producer_restarts = producer_->restarts() + (isolated_ ? isolated_->restarts() : 0);
  return snapshot;
}

std::optional<Snapshot> Bridge::wait_for_snapshot(std::chrono::milliseconds timeout) {
  return ask_for_snapshot(
      io_, life_, [](const Bridge& self) { return self.snapshot(); }, timeout);
}

}  // namespace mkb::dataplane
