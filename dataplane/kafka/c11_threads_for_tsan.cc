// Linked into tests under ThreadSanitizer only. librdkafka uses C11 threads, which GCC 12's ThreadSanitizer
// does not intercept: it knows nothing of the threads and locks made through them and crashes in the first
// callback. glibc's C11 types are its pthread types under another name (C11 7.26 over POSIX), so these
// definitions, which win over libc's, send every call through functions that are intercepted.
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <threads.h>

#include <cerrno>
#include <memory>

namespace {

int to_c11(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case ETIMEDOUT:
      return thrd_timedout;
    case EBUSY:
      return thrd_busy;
    case ENOMEM:
      return thrd_nomem;
    default:
      return thrd_error;
  }
}

pthread_mutex_t* posix(mtx_t* mutex) {
  static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t));
  return reinterpret_cast<pthread_mutex_t*>(mutex);
}

pthread_cond_t* posix(cnd_t* condition) {
  static_assert(sizeof(cnd_t) >= sizeof(pthread_cond_t));
  return reinterpret_cast<pthread_cond_t*>(condition);
}

struct Start {
  thrd_start_t function;
  void* argument;
};

void* run(void* start) {
  const std::unique_ptr<Start> owned(static_cast<Start*>(start));
  owned->function(owned->argument);
  return nullptr;
}

// The first use of spdlog makes its registry in a library that is not instrumented, so a first log line
// inside librdkafka looks unsynchronised with the next thread's. Making it before there are threads settles
// that.
[[maybe_unused]] const spdlog::logger* const kLoggerBeforeThreads = spdlog::default_logger_raw();

}  // namespace

extern "C" {

// librdkafka counts the users of a topic with atomics that are not instrumented, so the last user's
// destruction of the topic's lock looks like a race with the others' use of it. Nothing here uses such locks.
const char* __tsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "race:pthread_rwlock_destroy\n";
}

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto start = std::make_unique<Start>(Start{function, argument});
  const int error = pthread_create(thread, nullptr, run, start.get());
  if (error == 0) {
    static_cast<void>(start.release());  // the thread owns it
  }
  return to_c11(error);
}
int thrd_join(thrd_t thread, int* result) {
  if (result != nullptr) {
    *result = 0;
  }
  return to_c11(pthread_join(thread, nullptr));
}
int thrd_detach(thrd_t thread) {
  return to_c11(pthread_detach(thread));
}

int mtx_init(mtx_t* mutex, int type) noexcept {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes,
                            (type & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_DEFAULT);
  const int error = pthread_mutex_init(posix(mutex), &attributes);
  pthread_mutexattr_destroy(&attributes);
  return to_c11(error);
}
int mtx_lock(mtx_t* mutex) {
  return to_c11(pthread_mutex_lock(posix(mutex)));
}
int mtx_trylock(mtx_t* mutex) {
  return to_c11(pthread_mutex_trylock(posix(mutex)));
}
int mtx_unlock(mtx_t* mutex) noexcept {
  return to_c11(pthread_mutex_unlock(posix(mutex)));
}
void mtx_destroy(mtx_t* mutex) noexcept {
  pthread_mutex_destroy(posix(mutex));
}

int cnd_init(cnd_t* condition) {
  return to_c11(pthread_cond_init(posix(condition), nullptr));
}
int cnd_signal(cnd_t* condition) {
  return to_c11(pthread_cond_signal(posix(condition)));
}
int cnd_broadcast(cnd_t* condition) {
  return to_c11(pthread_cond_broadcast(posix(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return to_c11(pthread_cond_wait(posix(condition), posix(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return to_c11(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}
void cnd_destroy(cnd_t* condition) {
  pthread_cond_destroy(posix(condition));
}

}  // extern "C"
