#pragma once

#include "kube/api_client.h"
#include "kube/leader.h"

namespace mkb::kube {

/// The Lease of `options` on a real server, for a Leader. `client` outlives it.
LeaseIo lease_io(ApiClient& client, const LeaseOptions& options);

}  // namespace mkb::kube
