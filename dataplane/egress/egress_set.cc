#include "dataplane/egress/egress_set.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace mkb::dataplane {
namespace {

bool same(api::KafkaToMqttRoute a, const api::KafkaToMqttRoute& b) {
  a.line = b.line;
  return a == b;
}

}  // namespace

Result<void> EgressSet::change(const api::BridgeSpec& spec) {
  std::vector<Entry*> kept;
  std::vector<std::unique_ptr<Entry>> added;
  for (std::size_t index = 0; index < spec.kafka_to_mqtt.size(); ++index) {
    const api::KafkaToMqttRoute& route = spec.kafka_to_mqtt[index];
    const auto known = std::find_if(entries_.begin(), entries_.end(), [&route](const auto& each) {
      return !each->leaving && same(*each->wanted, route);
    });
    if (known != entries_.end()) {
      kept.push_back(known->get());
      continue;
    }
    auto entry = std::make_unique<Entry>();
    entry->spec = std::make_unique<const api::BridgeSpec>(spec);
    entry->wanted = &entry->spec->kafka_to_mqtt[index];
    auto made = EgressRoute::create({environment_.io, *entry->spec, environment_.instance,
                                     environment_.secrets, environment_.clock, environment_.random},
                                    *entry->wanted);
    if (!made) {
      return made.error();
    }
    entry->route = std::move(*made);
    added.push_back(std::move(entry));
  }
  for (const auto& entry : entries_) {
    if (!entry->leaving && std::find(kept.begin(), kept.end(), entry.get()) == kept.end()) {
      entry->leaving = true;
      entry->leave_at = environment_.clock.now() + kSettle;
      entry->route->drain();
    }
  }
  std::move(added.begin(), added.end(), std::back_inserter(entries_));
  if (running_) {
    tick();
  }
  return {};
}

void EgressSet::start() {
  running_ = true;
  start_waiting();
}

void EgressSet::start_waiting() {
  for (const auto& entry : entries_) {
    const bool in_the_way = std::any_of(entries_.begin(), entries_.end(), [&entry](const auto& other) {
      return other != entry && other->leaving && other->wanted->name == entry->wanted->name;
    });
    if (!entry->started && !entry->leaving && !in_the_way && !draining_) {
      entry->started = true;
      entry->route->start();
    }
  }
}

void EgressSet::tick() {
  const TimePoint now = environment_.clock.now();
  for (auto& entry : entries_) {
    if (entry->started) {
      entry->route->tick();
    }
  }
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(),
                                [&](const auto& entry) {
                                  if (!entry->leaving || draining_) {
                                    return false;
                                  }
                                  const bool settled = !entry->started || entry->route->drained();
                                  if (!settled && now < entry->leave_at) {
                                    return false;
                                  }
                                  if (!settled) {
                                    spdlog::warn("route {}: left with {} records unsettled; they come again",
                                                 entry->wanted->name, entry->route->outstanding());
                                  }
                                  return true;
                                }),
                 entries_.end());
  start_waiting();
}

void EgressSet::drain() {
  draining_ = true;
  for (const auto& entry : entries_) {
    entry->route->drain();
  }
}

bool EgressSet::drained() const {
  return std::all_of(entries_.begin(), entries_.end(),
                     [](const auto& entry) { return !entry->started || entry->route->drained(); });
}

std::uint64_t EgressSet::outstanding() const {
  std::uint64_t total = 0;
  for (const auto& entry : entries_) {
    total += entry->route->outstanding();
  }
  return total;
}

void EgressSet::finish() {
  for (const auto& entry : entries_) {
    entry->route->finish();
  }
}

void EgressSet::fill(Snapshot& snapshot) const {
  for (const auto& entry : entries_) {
    if (entry->started || !running_) {
      snapshot.routes.push_back(entry->route->route_snapshot());
      snapshot.publishers.push_back(entry->route->publisher_snapshot());
    }
  }
}

}  // namespace mkb::dataplane
