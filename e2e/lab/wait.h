#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace mkb::lab {

inline constexpr std::chrono::milliseconds kPollPeriod{20};

/// Polls `condition` every `period` until it holds or `timeout` is over; says whether it held.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds timeout,
                std::chrono::milliseconds period = kPollPeriod);

/// The same, but throws LabError "timed out after .. s waiting for <what>", or Interrupted after Ctrl-C.
void wait_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout,
                const std::string& what, std::chrono::milliseconds period = kPollPeriod);

}  // namespace mkb::lab
