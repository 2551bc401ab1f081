#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "kube/http_transport.h"
#include "kube/object_store.h"
#include "kube/resource_kind.h"

namespace mkb::kube {

struct InformerOptions {
  std::string name_space;      ///< empty: all namespaces
  std::string label_selector;  ///< not encoded
  std::string field_selector;  ///< not encoded
};

/// Keeps an ObjectStore equal to what the API server has: a reflector (kube/reflector.h) on a thread of its
/// own, on which the store's OnChange is called. Starts with start(), ends with the destructor, which returns
/// as soon as the transport does when stopped. A server that fails or refuses is asked again for ever; what
/// it last said is logged when it changes.
class Informer {
 public:
  Informer(HttpTransport& transport, const ResourceKind& kind, const InformerOptions& options,
           ObjectStore& store, const Clock& clock);
  ~Informer();
  Informer(const Informer&) = delete;
  Informer& operator=(const Informer&) = delete;

  /// A second call does nothing.
  void start();
  /// Of the last failure; empty when all is well. Thread-safe.
  [[nodiscard]] std::string problem() const;

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace mkb::kube
