// With it <poll.h> would define what is defined here.
#undef _FORTIFY_SOURCE

#include "dataplane/kafka/calm_broker_threads.h"

#include <poll.h>

#include <atomic>
#include <cstddef>
#include <ctime>

namespace mkb::dataplane {
namespace {

/// A thread that has something to do looks once or twice in between.
constexpr int kLooksInARow = 2;

std::atomic<std::uint64_t> immediate = 0;
thread_local bool is_broker_thread = false;
thread_local int looks_in_a_row = 0;

rd_kafka_resp_err_t on_thread_start(rd_kafka_t* /*client*/, rd_kafka_thread_type_t type,
                                    const char* /*thread*/, void* /*opaque*/) {
  is_broker_thread = type == RD_KAFKA_THREAD_BROKER;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t on_new(rd_kafka_t* client, const rd_kafka_conf_t* /*conf*/, void* /*opaque*/,
                           char* /*reason*/, std::size_t /*reason_size*/) {
  return rd_kafka_interceptor_add_on_thread_start(client, "calm", on_thread_start, nullptr);
}

}  // namespace

void calm_broker_threads(rd_kafka_conf_t* conf) {
  rd_kafka_conf_interceptor_add_on_new(conf, "calm", on_new, nullptr);
}

std::uint64_t immediate_polls() {
  return immediate.load(std::memory_order_relaxed);
}

namespace {

[[maybe_unused]] int calm_poll(pollfd* descriptors, nfds_t count, int timeout) {
  if (timeout == 0 && is_broker_thread && ++looks_in_a_row > kLooksInARow) {
    timeout = 1;
  }
  if (timeout == 0) {
    immediate.fetch_add(1, std::memory_order_relaxed);
  }
  const timespec wait{timeout / 1000, (timeout % 1000) * 1'000'000L};
  const int ready = ppoll(descriptors, count, timeout < 0 ? nullptr : &wait, nullptr);
  if (ready != 0 || timeout > 1) {
    looks_in_a_row = 0;
  }
  return ready;
}

}  // namespace
}  // namespace mkb::dataplane

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

extern "C" {

int poll(pollfd* descriptors, nfds_t count, int timeout) {
  return mkb::dataplane::calm_poll(descriptors, count, timeout);
}

/// What poll() is called in code compiled with _FORTIFY_SOURCE, as Debian's librdkafka is.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
int __poll_chk(pollfd* descriptors, nfds_t count, int timeout, std::size_t /*size*/) {
  return mkb::dataplane::calm_poll(descriptors, count, timeout);
}
}

#endif
