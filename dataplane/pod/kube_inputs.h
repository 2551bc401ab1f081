#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "dataplane/pod/pod_agent.h"
#include "dataplane/pod/pod_lease.h"
#include "kube/http_transport.h"
#include "kube/informer.h"
#include "kube/object_store.h"

namespace mkb::dataplane {

/// Watches a pod's two ConfigMaps: `mkb-<bridge>-routes` and the one with the pod's name. Handlers are called
/// on the io_context's thread, in the order of the changes. A ConfigMap that is deleted changes nothing: the
/// pod goes on with what it was told last.
class KubeInputs {
 public:
  KubeInputs(boost::asio::io_context& io, kube::HttpTransport& transport, const PodIdentity& pod,
             const std::string& bridge, const Clock& clock, std::function<void(RoutesText)> on_routes,
             std::function<void(std::string)> on_assignment);
  ~KubeInputs();
  KubeInputs(const KubeInputs&) = delete;
  KubeInputs& operator=(const KubeInputs&) = delete;

  void start();
  /// metadata.uid of the bridge as the routes last said; empty before that.
  [[nodiscard]] const std::string& bridge_uid() const { return bridge_uid_; }

 private:
  void routes_changed(const nlohmann::json& config_map);
  void assignment_changed(const nlohmann::json& config_map);

  boost::asio::io_context& io_;
  std::function<void(RoutesText)> on_routes_;
  std::function<void(std::string)> on_assignment_;
  std::string bridge_uid_;
  std::shared_ptr<KubeInputs*> life_ = std::make_shared<KubeInputs*>(this);
  kube::ObjectStore routes_;
  kube::ObjectStore assignment_;
  kube::Informer routes_informer_;
  kube::Informer assignment_informer_;
};

}  // namespace mkb::dataplane
