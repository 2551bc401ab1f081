#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <system_error>
#include <thread>

#include "kube/finalizer.h"
#include "operator/reconcile/digest.h"
#include "operator/reconcile/drift.h"
#include "operator/reconcile/records.h"
#include "operator/reconcile/round.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;

std::string version_of(const json& object) {
  return object.value(json::json_pointer("/metadata/resourceVersion"), "");
}

bool belongs_to(const json& object, const std::string& uid) {
  const json owners = object.value(json::json_pointer("/metadata/ownerReferences"), json::array());
  return std::any_of(owners.begin(), owners.end(),
                     [&uid](const json& each) { return each.value("uid", "") == uid; });
}

std::string slot_of(const Child& child) {
  return std::string(child.kind->plural) + "/" + child.name();
}

/// Calls `work` with 0 to `count` - 1, on a few threads when there is more than one.
void at_the_same_time(std::size_t count, const std::function<void(std::size_t)>& work) {
  constexpr std::size_t kMostThreads = 8;
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> others;
  try {
    for (std::size_t i = 1; i < std::min(count, kMostThreads); ++i) others.emplace_back(run);
  } catch (const std::system_error&) {
    // No more threads: those that there are do it.
  }
  run();
}

}  // namespace

void Round::failed(const Error& error) {
  failures_.push_back(error.message());
}

bool Round::ensure(const Child& child) {
  std::optional<Write> needed;
  if (!compare(child, false, needed)) return false;
  return !needed || take(*needed, send(*needed));
}

/// What has to be written for the child to be as it should. False when that cannot be known or done.
bool Round::compare(const Child& child, bool only_as_seen, std::optional<Write>& needed) {
  if (!ports_.caches.problem(*child.kind).empty() && !ports_.caches.of(*child.kind).synced()) {
    failures_.push_back(ports_.caches.problem(*child.kind));
    return false;
  }
  const std::string name = child.name();
  auto actual = ports_.caches.of(*child.kind).find(kube::object_key(identity_.name_space, name));
  if (!actual) {
    // Not in the cache is not the same as not there: an object without our label is somebody else's.
    auto there = ports_.client.get(*child.kind, identity_.name_space, name, ports_.stop);
    if (there) {
      actual = std::move(*there);
    } else if (!there.error().is(kube::ApiError::kNotFound)) {
      failed(there.error());
      return false;
    }
  }
  if (actual && !belongs_to(*actual, identity_.uid)) {
    if (!stall_) {
      stall_ = Stall{"NameTaken", std::string(child.kind->kind) + " " + identity_.name_space + "/" + name +
                                      " exists and does not belong to this bridge: rename one of them"};
    }
    return false;
  }
  if (actual && !drifted(child.object, *actual)) return true;
  std::string attempt = actual ? version_of(*actual) + " " + digest(child.object.dump()) : "";
  if (actual && memory_.futile[slot_of(child)] == attempt) return true;
  json object = child.object;
  // The server refuses it (409) when the object is no longer the one that was decided on.
  if (only_as_seen && actual) object["metadata"]["resourceVersion"] = version_of(*actual);
  needed = Write{&child, std::move(object), std::move(actual), std::move(attempt)};
  return true;
}

Result<json> Round::send(const Write& write) {
  try {
    return ports_.client.apply(*write.child->kind, identity_.name_space, write.child->name(), write.object,
                               {}, ports_.stop);
  } catch (const std::exception& error) {
    // Perhaps on a thread of its own, where nobody else would catch it.
    return Error(ReconcileError::kRequestsFailed, error.what());
  }
}

bool Round::take(const Write& write, const Result<json>& written) {
  if (!written) {
    failed(written.error());
    return false;
  }
  const bool changed_nothing = write.actual && version_of(*written) == version_of(*write.actual);
  memory_.futile[slot_of(*write.child)] = changed_nothing ? write.attempt : "";
  ports_.caches.of(*write.child->kind).absorb(*written);
  return true;
}

void Round::remove(const kube::ResourceKind& kind, const std::string& name, const std::string& uid) {
  if (!ports_.caches.of(kind).find(kube::object_key(identity_.name_space, name))) return;
  if (auto removed = ports_.client.remove(kind, identity_.name_space, name, uid, ports_.stop); !removed) {
    failed(removed.error());
  }
}

bool Round::write_assignments() {
  const std::span<const int> all(step_.order);
  return write_assignments_of(all.first(step_.urgent)) && write_assignments_of(all.subspan(step_.urgent));
}

/// All at the same time: each of these pods waits for its own.
bool Round::write_assignments_of(std::span<const int> ordinals) {
  std::vector<Child> children;
  children.reserve(ordinals.size());
  std::vector<Write> writes;
  std::set<const Child*> failed_ones;
  for (const int ordinal : ordinals) {
    children.push_back({&kube::kConfigMaps, with_applied_digest(assignment_config_map(
                                                identity_, ordinal, step_.writes.at(ordinal)))});
    std::optional<Write> needed;
    if (!compare(children.back(), true, needed)) failed_ones.insert(&children.back());
    if (needed) writes.push_back(std::move(*needed));
  }
  std::vector<std::optional<Result<json>>> answers(writes.size());
  at_the_same_time(writes.size(), [&](std::size_t i) { answers[i] = send(writes[i]); });
  for (std::size_t i = 0; i < writes.size(); ++i) {
    if (!take(writes[i], *answers[i])) failed_ones.insert(writes[i].child);
  }
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (!failed_ones.contains(&children[i])) memory_.written[ordinals[i]] = step_.writes.at(ordinals[i]);
  }
  return failed_ones.empty();
}

bool Round::change_finalizer(bool present) {
  const auto patch =
      present ? kube::add_finalizer(bridge_, kFinalizer) : kube::remove_finalizer(bridge_, kFinalizer);
  if (!patch) return true;
  auto written =
      ports_.client.json_patch(kube::kBridges, identity_.name_space, identity_.name, *patch, {}, ports_.stop);
  if (!written) {
    if (!present && written.error().is(kube::ApiError::kNotFound)) return true;
    failed(written.error());
    return false;
  }
  ports_.caches.of(kube::kBridges).absorb(*written);
  bridge_["metadata"] = written->value("metadata", bridge_["metadata"]);
  return true;
}

}  // namespace mkb::reconcile
