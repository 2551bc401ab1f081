#pragma once

#include <stdexcept>
#include <string>

namespace mkb::lab {

/// A server of the lab did not do what a test or the demo relies on (start, answer, stop). Thrown, because
/// in a test there is nothing to recover: GoogleTest reports it as the failure it is.
class LabError : public std::runtime_error {
 public:
  explicit LabError(const std::string& what) : std::runtime_error(what) {}
};

}  // namespace mkb::lab
