#include "operator/operator_process.h"

#include <fstream>

#include "base/log.h"
#include "dataplane/admin/admin_response.h"
#include "dataplane/admin/listen_address.h"
#include "kube/lease_io.h"
#include "operator/reconcile/bridge_identity.h"

namespace mkb::operators {
namespace {

constexpr Duration kFlushPeriod = std::chrono::minutes(1);

}  // namespace

OperatorProcess::OperatorProcess(Options options, kube::HttpTransport& transport, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      metrics_(options_.workers),
      queue_(clock, [this](Duration waited) { metrics_.waited(waited); }),
      router_(queue_, pod_leases_, clock),
      caches_([this](const kube::ResourceKind& kind, const nlohmann::json& object, bool removed) {
        try {
          router_.on_change(kind, object, removed);
        } catch (const nlohmann::json::exception& error) {
          spdlog::error("an object of an unknown shape: {}", error.what());
        }
      }),
      transport_(transport),
      lease_client_(transport, std::string(reconcile::kManagedBy)),
      gate_(transport, [this] { return leads(); }),
      client_(
          gate_, std::string(reconcile::kManagedBy),
          [this](std::string_view verb, std::string_view plural, int status, std::chrono::nanoseconds took) {
            metrics_.requested(verb, plural, status, took);
            // Pods that cannot reach the API server cannot renew their Leases.
            if (status == 0 || status == 503 || status == 504) pod_leases_.outage(clock_.now());
          }),
      notes_(client_, options_.identity, clock),
      reconciler_(client_, caches_, pod_leases_, notes_, clock, {options_.image, options_.end_deadline}),
      workers_(
          queue_,
          [this](const std::string& key, const std::stop_token& stop) {
            return reconciler_.reconcile(key, stop);
          },
          metrics_, clock) {}

OperatorProcess::~OperatorProcess() {
  stop_serving();
  workers_.stop(Duration::zero());
  leader_.reset();
  caches_.stop();
}

void OperatorProcess::stop_serving() {
  for (auto* server : {metrics_server_.get(), health_server_.get()}) {
    if (server != nullptr) server->stop();
  }
}

Result<void> OperatorProcess::start() {
  if (options_.leader_elect) {
    kube::LeaseOptions lease;
    lease.name_space = options_.lease_namespace;
    lease.name = options_.lease_name;
    lease.identity = options_.identity;
    kube::LeaderCallbacks callbacks;
    callbacks.on_started = [this] { elected_ = true; };
    callbacks.on_stopped = [this] { over_ = true; };
    leader_ = std::make_unique<kube::Leader>(lease, kube::lease_io(lease_client_, lease), callbacks, clock_);
  }
  // Only now: the pages ask the leader.
  const auto metrics_port = listen("--metrics", options_.metrics, metrics_server_);
  if (!metrics_port) return metrics_port.error();
  const auto health_port = listen("--health", options_.health, health_server_);
  if (!health_port) return health_port.error();
  if (!options_.ports_file.empty()) {
    std::ofstream(options_.ports_file) << *metrics_port << ' ' << *health_port << '\n';
  }
  if (leader_) {
    leader_->start();
    spdlog::info("waiting for the Lease {}/{} as {}", options_.lease_namespace, options_.lease_name,
                 options_.identity);
  } else {
    elected_ = true;
  }
  return {};
}

Result<std::uint16_t> OperatorProcess::listen(const std::string& flag, const std::string& address,
                                              std::unique_ptr<dataplane::AdminServer>& server) {
  const auto parsed = dataplane::parse_listen_address(address);
  if (!parsed) return parsed.error().with_context(flag);
  server = std::make_unique<dataplane::AdminServer>(
      [](std::chrono::milliseconds) { return std::optional<dataplane::Snapshot>(); },
      dataplane::AdminServerLimits{}, [this](std::string_view path) { return page(path); });
  auto port = server->start(parsed->host, parsed->port);
  if (!port) return port.error().with_context(flag);
  spdlog::info("{} listening on port {}", flag, *port);
  return port;
}

std::optional<dataplane::AdminResponse> OperatorProcess::page(std::string_view path) {
  if (path == "/metrics") {
    metrics_.leading(leads());
    dataplane::AdminResponse response =
        dataplane::plain_response(200, metrics_.text(queue_.stats(), bridge_states()));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
  }
  if (path == "/healthz") return dataplane::plain_response(200, "ok\n");
  if (path == "/readyz") {
    if (!elected_) return dataplane::plain_response(200, "ok, waiting to lead\n");
    if (caches_.synced()) return dataplane::plain_response(200, "ok\n");
    std::string text = "not everything has been listed yet\n";
    for (const std::string& problem : caches_.problems()) text += problem + "\n";
    return dataplane::plain_response(503, text);
  }
  return dataplane::plain_response(404, "no such page; there are /metrics, /healthz and /readyz\n");
}

std::vector<BridgeState> OperatorProcess::bridge_states() {
  const kube::ObjectStore& bridges = caches_.of(kube::kBridges);
  std::vector<BridgeState> states;
  for (const std::string& key : bridges.keys()) {
    if (const auto bridge = bridges.find(key)) states.push_back(BridgeState::of(*bridge));
  }
  return states;
}

bool OperatorProcess::leads() const {
  return !options_.leader_elect || (leader_ != nullptr && leader_->is_leader());
}

void OperatorProcess::tick() {
  if (elected_ && !watching_) {
    // Not sooner: what a leader looks at first must be no older than its leadership.
    watching_ = true;
    spdlog::info("leading; listing what there is");
    caches_.start(transport_, options_.name_space, clock_);
  }
  if (watching_ && !working_ && caches_.synced()) begin_work();
  const TimePoint now = clock_.now();
  if (working_ && now - flushed_ >= kFlushPeriod) {
    flushed_ = now;
    notes_.flush();
  }
}

void OperatorProcess::begin_work() {
  working_ = true;
  flushed_ = clock_.now();
  reconciler_.forget_all();
  const auto keys = caches_.of(kube::kBridges).keys();
  for (const std::string& key : keys) queue_.add(key);
  for (const std::string& problem : caches_.problems()) spdlog::warn("{}", problem);
  workers_.start(options_.workers);
  spdlog::info("leading; {} bridges, {} workers", keys.size(), options_.workers);
}

void OperatorProcess::stop() {
  spdlog::info("stopping: finishing what is under way");
  workers_.stop(options_.shutdown_timeout);
  if (working_) notes_.flush(true);
  if (leader_) leader_->release();
  stop_serving();
  caches_.stop();
}

}  // namespace mkb::operators
