#include "kube/lease_io.h"

#include <string>
#include <utility>

namespace mkb::kube {

using nlohmann::json;

LeaseIo lease_io(ApiClient& client, const LeaseOptions& options) {
  const auto read = [&client, space = options.name_space,
                     name = options.name](const std::stop_token& stop) -> Result<std::optional<json>> {
    Result<json> lease = client.get(kLeases, space, name, stop);
    if (lease.ok()) {
      return std::optional(std::move(lease).value());
    }
    if (lease.error().is(ApiError::kNotFound)) {
      return std::optional<json>();
    }
    return lease.error();
  };
  const auto write = [&client, space = options.name_space, name = options.name](
                         const json& lease, bool create, const std::stop_token& stop) {
    return create ? client.create(kLeases, space, lease, stop)
                  : client.update(kLeases, space, name, lease, stop);
  };
  return {read, write};
}

}  // namespace mkb::kube
