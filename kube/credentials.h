#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "kube/kube_config.h"

namespace mkb::kube {

/// What a request needs at one moment. Certificates and keys are PEM; empty where the config has none.
struct CredentialSet {
  std::string token;
  std::string ca;
  std::string certificate;
  std::string key;
  std::uint64_t tls_generation = 0;  ///< another one when ca, certificate or key changed: 1, 2, ...
};

/// Keeps up with credential files that others rotate: they are read again when what was read is 10 s old
/// (client-go caches tokens as long), or at once after a 401. A file that cannot be read at a later time, or
/// is empty then, is taken for one that is being written: what was read before stays good. Thread-safe.
class Credentials {
 public:
  Credentials(KubeConfig config, const Clock& clock) : config_(std::move(config)), clock_(clock) {}

  /// Errors: TransportError::kConfiguration, only before anything could be read.
  Result<std::shared_ptr<const CredentialSet>> current();
  /// After the server refused what `used` holds. True: there is something newer to try.
  bool renewed(const CredentialSet& used);

 private:
  Result<CredentialSet> read() const;
  Result<std::shared_ptr<const CredentialSet>> read_again();

  const KubeConfig config_;
  const Clock& clock_;
  std::mutex mutex_;
  std::shared_ptr<const CredentialSet> set_;
  TimePoint read_at_{};
};

}  // namespace mkb::kube
