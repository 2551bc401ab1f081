#include "api/assignment.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace mkb::api {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<ShardDuty, std::string_view>, 4> kDuties = {{{ShardDuty::kOwn, "own"},
                                                                            {ShardDuty::kPrepare, "prepare"},
                                                                            {ShardDuty::kRelease, "release"},
                                                                            {ShardDuty::kEnd, "end"}}};
constexpr std::array<std::pair<std::string_view, std::uint64_t RouteTotals::*>, 7> kCounters = {{
    {"received", &RouteTotals::received},
    {"delivered", &RouteTotals::delivered},
    {"filtered", &RouteTotals::filtered},
    {"deadLettered", &RouteTotals::dead_lettered},
    {"dropped", &RouteTotals::dropped},
    {"inFlight", &RouteTotals::in_flight},
    {"lag", &RouteTotals::lag},
}};
/// What every JSON reader can tell apart; nothing here counts so far.
constexpr std::uint64_t kMaxNumber = std::uint64_t{1} << 53U;
constexpr int kMaxShard = 4095;

Error malformed(const std::string& what) {
  return {AssignmentError::kMalformed, what};
}

Result<json> parse_object(std::string_view text) {
  json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return malformed("is no JSON object");
  return document;
}

template <class Number>
bool read_number(const json& object, const char* name, Number& to) {
  const auto found = object.find(name);
  if (found == object.end()) return true;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() > kMaxNumber) return false;
  to = found->get<Number>();
  return true;
}

bool is_shard(const json& value) {
  return value.is_number_unsigned() && value.get<std::uint64_t>() <= kMaxShard;
}

bool read_shards(const json& object, const char* name, std::vector<int>& to) {
  const auto found = object.find(name);
  if (found == object.end()) return true;
  if (!found->is_array() || !std::all_of(found->begin(), found->end(), is_shard)) return false;
  to = found->get<std::vector<int>>();
  return true;
}

Result<ShardAssignment> read_assignment(const json& entry) {
  if (!entry.is_object() || !is_shard(entry.value("shard", json()))) {
    return malformed("shards: an entry has no valid shard");
  }
  const json established = entry.value("established", json(false));
  if (!established.is_boolean()) return malformed("shards: established is neither true nor false");
  const json duty = entry.value("duty", json());
  for (const auto& [value, name] : kDuties) {
    if (duty == name) {
      return ShardAssignment{entry["shard"].get<int>(), value, established.get<bool>()};
    }
  }
  return malformed("shards: duty " + duty.dump(-1, ' ', false, json::error_handler_t::replace) +
                   " is not own, prepare, release or end");
}

}  // namespace

std::string to_json(const Assignment& assignment) {
  json shards = json::array();
  for (const ShardAssignment& each : assignment.shards) {
    const auto duty = std::find_if(kDuties.begin(), kDuties.end(),
                                   [&each](const auto& known) { return known.first == each.duty; });
    json entry = {{"shard", each.shard}, {"duty", duty->second}};
    if (each.established) entry["established"] = true;
    shards.push_back(std::move(entry));
  }
  return json{{"epoch", assignment.epoch}, {"shards", std::move(shards)}}.dump();
}

namespace {

json route_json(const RouteTotals& route) {
  json entry{{"name", route.name}};
  for (const auto& [name, member] : kCounters) {
    if (route.*member != 0) entry[std::string(name)] = route.*member;
  }
  if (!route.last_error.empty()) entry["lastError"] = route.last_error;
  return entry;
}

Result<RouteTotals> read_route(const json& entry) {
  RouteTotals route;
  if (!entry.is_object() || !entry.value("name", json()).is_string() ||
      !entry.value("lastError", json("")).is_string()) {
    return malformed("routes: an entry has no name, or a lastError that is no text");
  }
  route.name = entry["name"].get<std::string>();
  route.last_error = entry.value("lastError", "");
  for (const auto& [name, member] : kCounters) {
    if (!read_number(entry, name.data(), route.*member)) {
      return malformed("routes: " + std::string(name) + " is no whole number");
    }
  }
  return route;
}

}  // namespace

std::string to_json(const PodReport& report) {
  json document{{"epoch", report.epoch}, {"generation", report.generation}, {"held", report.held}};
  if (!report.ended.empty()) document["ended"] = report.ended;
  if (!report.lost.empty()) document["lost"] = report.lost;
  for (const RouteTotals& route : report.routes) document["routes"].push_back(route_json(route));
  if (!report.problem.empty()) document["problem"] = report.problem;
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Assignment> parse_assignment(std::string_view text) {
  auto document = parse_object(text);
  if (!document) return document.error();
  Assignment assignment;
  if (!read_number(*document, "epoch", assignment.epoch)) return malformed("epoch is no whole number");
  const auto shards = document->find("shards");
  if (shards == document->end() || !shards->is_array()) return malformed("shards is no list");
  for (const json& entry : *shards) {
    auto read = read_assignment(entry);
    if (!read) return read.error();
    if (!assignment.shards.empty() && assignment.shards.back().shard >= read->shard) {
      return malformed("shards: not ascending at " + std::to_string(read->shard));
    }
    assignment.shards.push_back(*read);
  }
  return assignment;
}

Result<PodReport> parse_report(std::string_view text) {
  auto document = parse_object(text);
  if (!document) return document.error();
  PodReport report;
  if (!read_number(*document, "epoch", report.epoch) ||
      !read_number(*document, "generation", report.generation)) {
    return malformed("epoch or generation is no whole number");
  }
  if (!read_shards(*document, "held", report.held) || !read_shards(*document, "ended", report.ended) ||
      !read_shards(*document, "lost", report.lost)) {
    return malformed("held, ended or lost is no list of shards");
  }
  const auto routes = document->find("routes");
  if (routes != document->end()) {
    if (!routes->is_array()) return malformed("routes is no list");
    for (const json& entry : *routes) {
      auto route = read_route(entry);
      if (!route) return route.error();
      report.routes.push_back(std::move(*route));
    }
  }
  const auto problem = document->find("problem");
  if (problem != document->end()) {
    if (!problem->is_string()) return malformed("problem is no text");
    report.problem = problem->get<std::string>();
  }
  return report;
}

}  // namespace mkb::api
