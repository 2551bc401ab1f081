#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kube/http_transport.h"
#include "kube/informer.h"
#include "kube/object_store.h"
#include "kube/resource_kind.h"

namespace mkb::reconcile {

/// Everything the operator watches: bridges, what it made for them, their pods. Thread-safe after start().
class Caches {
 public:
  using OnChange =
      std::function<void(const kube::ResourceKind& kind, const nlohmann::json& object, bool removed)>;

  /// `name_space` empty: all of them.
  explicit Caches(const OnChange& on_change);

  /// Begins to watch. Ends with stop() or the destructor.
  void start(kube::HttpTransport& transport, const std::string& name_space, const Clock& clock);
  void stop();

  [[nodiscard]] kube::ObjectStore& of(const kube::ResourceKind& kind);
  /// Whether the whole list of every kind has been seen, without those that the API server refuses to show:
  /// a missing right on one kind must not stop everything.
  [[nodiscard]] bool synced() const;
  /// Kinds that cannot be watched, in words.
  [[nodiscard]] std::vector<std::string> problems() const;
  /// Of one kind; empty when all is well.
  [[nodiscard]] std::string problem(const kube::ResourceKind& kind) const;

 private:
  struct Kind {
    kube::ResourceKind kind;
    std::unique_ptr<kube::ObjectStore> store;
    std::unique_ptr<kube::Informer> informer;
  };

  mutable std::mutex mutex_;  ///< guards the informers; the stores are there from the start
  std::map<std::string_view, Kind> kinds_;
};

}  // namespace mkb::reconcile
