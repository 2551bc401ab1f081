#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace mkb::lab {

/// Polls `condition` every 20 ms until it holds or `timeout` is over; says whether it held.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds timeout);

/// The same, but throws LabError "timed out after .. s waiting for <what>", or Interrupted after Ctrl-C.
void wait_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout,
                const std::string& what);

}  // namespace mkb::lab
