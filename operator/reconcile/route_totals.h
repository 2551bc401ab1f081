#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "api/bridge_spec.h"
#include "operator/reconcile/pod_facts.h"

namespace mkb::reconcile {

/// status.routes: each route's counters, summed over the pods that run now (each counts from its start), in
/// the order of the spec. Pure.
nlohmann::json route_totals(const api::BridgeSpec& spec, const std::vector<PodFacts>& pods);

}  // namespace mkb::reconcile
