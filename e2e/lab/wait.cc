#include "e2e/lab/wait.h"

#include <thread>

#include "e2e/lab/interrupt.h"
#include "e2e/lab/lab_error.h"

namespace mkb::lab {

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds timeout,
                std::chrono::milliseconds period) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(period);
  }
  return true;
}

void wait_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout,
                const std::string& what, std::chrono::milliseconds period) {
  const auto watched = [&] {
    throw_if_interrupted();
    return condition();
  };
  if (!eventually(watched, timeout, period)) {
    throw LabError("timed out after " + std::to_string(static_cast<double>(timeout.count()) / 1000) +
                   " s waiting for " + what);
  }
}

}  // namespace mkb::lab
