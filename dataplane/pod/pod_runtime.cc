#include "dataplane/pod/pod_runtime.h"

#include <boost/asio/post.hpp>
#include <numeric>
#include <utility>

#include "base/log.h"
#include "dataplane/pod/whole_file.h"
#include "dataplane/snapshot_question.h"

namespace mkb::dataplane {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr auto kLastWord = std::chrono::seconds(2);

api::RouteTotals totals_of(const RouteSnapshot& route) {
  api::RouteTotals totals;
  totals.name = route.name;
  totals.received = route.received;
  totals.delivered = route.delivered;
  totals.filtered = route.filtered;
  totals.dead_lettered = route.dead_lettered;
  totals.dropped = std::accumulate(route.dropped.begin(), route.dropped.end(), std::uint64_t{0});
  totals.in_flight = route.in_flight;
  totals.lag = route.lag;
  totals.last_error = route.last_error;
  return totals;
}

}  // namespace

PodRuntime::PodRuntime(boost::asio::io_context& io, PodRuntimeOptions options, const Clock& clock,
                       Publish publish)
    : io_(io),
      options_(std::move(options)),
      clock_(clock),
      publish_(std::move(publish)),
      agent_(options_.agent, clock.now()),
      tick_(io) {}

PodRuntime::~PodRuntime() {
  *life_ = nullptr;
}

void PodRuntime::start() {
  if (!options_.state_file.empty()) {
    if (const auto saved = read_whole(options_.state_file)) {
      agent_.on_saved(*saved);
    }
  }
  schedule_tick();
}

void PodRuntime::on_routes(RoutesText text) {
  perform(agent_.on_routes(std::move(text), clock_.now()));
}

void PodRuntime::on_assignment(std::string text) {
  perform(agent_.on_assignment(std::move(text), clock_.now()));
}

void PodRuntime::perform(PodActions actions) {
  if (actions.routes) {
    take(std::move(*actions.routes));
  }
  if (actions.assign && bridge_) {
    bridge_->assign(*actions.assign);
  }
  if (actions.save && !options_.state_file.empty()) {
    if (auto saved = write_whole(options_.state_file, *actions.save); !saved) {
      spdlog::warn("{}; a restart without the API would begin with nothing", saved.error().message());
    }
  }
  if (actions.publish) {
    publishing_ = true;
    publish_(*actions.publish, [life = life_](bool written) {
      if (*life != nullptr) {
        PodRuntime& self = **life;
        self.publishing_ = false;
        self.perform(self.agent_.on_published(written, self.clock_.now()));
        self.tell_drained();
      }
    });
  }
  if (actions.assign) {
    refresh();
  }
}

void PodRuntime::take(Routes routes) {
  std::string why;
  const auto outcome = bridge_ ? change_bridge(std::move(routes), why) : make_bridge(std::move(routes), why);
  if (outcome != RoutesTaken::kApplied) {
    spdlog::warn("routes: {}", why);
  }
  perform(agent_.on_routes_taken(outcome, why, clock_.now()));
}

RoutesTaken PodRuntime::make_bridge(Routes routes, std::string& why) {
  auto made = Bridge::create(io_, std::move(routes.spec), options_.secrets_directory, options_.instance,
                             clock_, {Ownership::kAssigned, std::move(routes.record)});
  if (!made) {
    why = made.error().message();
    return RoutesTaken::kRefused;
  }
  bridge_ = std::move(*made);
  bridge_->set_on_change([this] { refresh(); });
  bridge_->start();
  return RoutesTaken::kApplied;
}

RoutesTaken PodRuntime::change_bridge(Routes routes, std::string& why) {
  const auto changed = bridge_->update(std::move(routes.spec), std::move(routes.record));
  if (!changed) {
    why = changed.error().message();
    return RoutesTaken::kRefused;
  }
  if (changed.value() == BridgeChange::kNeedsRestart) {
    why = "spec.mqtt, spec.kafka or spec.shards has changed, which takes a restart of this pod";
    return RoutesTaken::kNeedsRestart;
  }
  return RoutesTaken::kApplied;
}

BridgeState PodRuntime::state() const {
  BridgeState state;
  if (!bridge_) {
    return state;
  }
  const ShardSet& shards = bridge_->shards();
  state.held = shards.held();
  state.ended = shards.ended();
  state.lost = shards.lost();
  state.problem = shards.problem();
  for (const RouteSnapshot& route : bridge_->snapshot().routes) {
    state.routes.push_back(totals_of(route));
  }
  return state;
}

void PodRuntime::refresh() {
  perform(agent_.on_state(state(), clock_.now()));
}

void PodRuntime::schedule_tick() {
  tick_.expires_after(kTick);
  tick_.async_wait([life = life_](const boost::system::error_code& ec) {
    if (ec || *life == nullptr) {
      return;
    }
    PodRuntime& self = **life;
    self.perform(self.agent_.tick(self.clock_.now()));
    self.refresh();
    self.tell_drained();
    self.schedule_tick();
  });
}

void PodRuntime::drain(Duration timeout, std::function<void(DrainOutcome)> done) {
  drained_ = std::move(done);
  agent_.hurry();
  const auto finish = [this](DrainOutcome outcome) {
    outcome_ = outcome;
    last_word_until_ = clock_.now() + kLastWord;
    refresh();
    tell_drained();
  };
  if (bridge_) {
    bridge_->drain(timeout, finish);
  } else {
    finish({});
  }
}

void PodRuntime::tell_drained() {
  if (drained_ && outcome_ && (!publishing_ || clock_.now() >= last_word_until_)) {
    std::exchange(drained_, nullptr)(*outcome_);
  }
}

Snapshot PodRuntime::snapshot() const {
  if (bridge_) {
    return bridge_->snapshot();
  }
  Snapshot waiting;
  waiting.bridge = options_.instance;
  waiting.version = MKB_VERSION;
  waiting.unix_ms = clock_.unix_millis();
  waiting.draining = drained_ != nullptr;
  waiting.kafka.last_error = "waiting for the bridge's routes";
  return waiting;
}

std::optional<Snapshot> PodRuntime::wait_for_snapshot(std::chrono::milliseconds timeout) {
  return ask_for_snapshot(
      io_, life_, [](const PodRuntime& self) { return self.snapshot(); }, timeout);
}

}  // namespace mkb::dataplane
