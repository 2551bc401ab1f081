// Linked into tests that give requests up. What cpprestsdk still has to do for those waits for its turn on
// the I/O thread; a test program that ended before it would leave it behind, and LeakSanitizer would call it
// lost.
#include <gtest/gtest.h>
#include <pplx/threadpool.h>

#include <future>

#include "kube/cpprest_transport.h"

namespace mkb::kube {
namespace {

class DrainedIoThread final : public testing::Environment {
 public:
  void TearDown() override {
    KubeConfig config;
    config.server = "http://localhost";
    const SystemClock clock;
    const CpprestTransport thread_is_there(config, clock);
    // Each turn of a cancelled request posts the next one: there are about ten.
    for (int turn = 0; turn < 100; ++turn) {
      std::promise<void> done;
      crossplat::threadpool::shared_instance().service().post([&done] { done.set_value(); });
      done.get_future().wait();
    }
  }
};

const testing::Environment* const kDrained = testing::AddGlobalTestEnvironment(new DrainedIoThread);

}  // namespace
}  // namespace mkb::kube
