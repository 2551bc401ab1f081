#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "api/assignment.h"

namespace mkb::planner::simulation {

struct LeaseObject {
  int renewals = 0;
  api::PodReport report;
};

struct PodObject {
  bool ready = false;
};

/// What the API server stores, by ordinal.
struct Objects {
  std::map<int, api::Assignment> assignments;
  std::map<int, LeaseObject> leases;
  std::map<int, PodObject> pods;
};

/// A watch event: the object of one kind after the change, or none of them when it was deleted.
struct Change {
  enum class Kind { kAssignment, kLease, kPod };

  std::int64_t revision = 0;
  Kind kind = Kind::kAssignment;
  int ordinal = 0;
  std::optional<api::Assignment> assignment;
  std::optional<LeaseObject> lease;
  std::optional<PodObject> pod;

  void apply(Objects& objects) const {
    put(objects.assignments, assignment, Kind::kAssignment);
    put(objects.leases, lease, Kind::kLease);
    put(objects.pods, pod, Kind::kPod);
  }

 private:
  template <class Object>
  void put(std::map<int, Object>& to, const std::optional<Object>& object, Kind of) const {
    if (kind != of) return;
    to.erase(ordinal);
    if (object) to.emplace(ordinal, *object);
  }
};

/// The API server: the latest of everything, and a stream of changes in their order.
class ModelCluster {
 public:
  std::function<void(const Change&)> on_change;

  void change(Change change) {
    change.revision = ++revision_;
    change.apply(objects_);
    on_change(change);
  }

  void put(int ordinal, const api::Assignment& assignment) {
    change({0, Change::Kind::kAssignment, ordinal, assignment, std::nullopt, std::nullopt});
  }
  void put(int ordinal, const LeaseObject& lease) {
    change({0, Change::Kind::kLease, ordinal, std::nullopt, lease, std::nullopt});
  }
  void put(int ordinal, const PodObject& pod) {
    change({0, Change::Kind::kPod, ordinal, std::nullopt, std::nullopt, pod});
  }
  void remove(Change::Kind kind, int ordinal) {
    change({0, kind, ordinal, std::nullopt, std::nullopt, std::nullopt});
  }

  [[nodiscard]] const Objects& objects() const { return objects_; }
  [[nodiscard]] std::int64_t revision() const { return revision_; }

 private:
  Objects objects_;
  std::int64_t revision_ = 0;
};

}  // namespace mkb::planner::simulation
