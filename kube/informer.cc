#include "kube/informer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "kube/api_status.h"
#include "kube/reflector.h"
#include "kube/watch_decoder.h"

namespace mkb::kube {
namespace {

using std::chrono::milliseconds;

ReflectorOptions reflector_options(const ResourceKind& kind, const InformerOptions& options) {
  return {kind.collection(options.name_space),
          std::string(kind.plural),
          kind.api_version(),
          std::string(kind.kind),
          options.label_selector,
          options.field_selector};
}

ApiStatus status_of(const HttpResponse& response) {
  ApiStatus status = api_status(response.status, response.body);
  if (response.retry_after.has_value()) {
    status.retry_after = response.retry_after;
  }
  return status;
}

}  // namespace

struct Informer::Running {
  Running(HttpTransport& transport_to_use, const ResourceKind& kind, const InformerOptions& options,
          ObjectStore& store, const Clock& clock_to_use)
      : transport(transport_to_use),
        clock(clock_to_use),
        random(std::random_device()()),
        reflector(reflector_options(kind, options), store, [this] { return random(); }) {}

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const ReflectorAction action = reflector.next(clock.now());
      switch (action.type) {
        case ReflectorAction::Type::kList:
          list(action, stop);
          break;
        case ReflectorAction::Type::kWatch:
          watch(action, stop);
          break;
        case ReflectorAction::Type::kWait:
          wait(action.until, stop);
      }
      if (!stop.stop_requested()) {
        publish();
      }
    }
  }

  void list(const ReflectorAction& action, const std::stop_token& stop) {
    HttpRequest request;
    request.target = action.target;
    const Result<HttpResponse> answer = transport.send(request, stop);
    if (!answer.ok()) {
      reflector.on_failure(answer.error().message(), clock.now());
    } else if (answer->status != 200) {
      reflector.on_refused(status_of(*answer), clock.now());
    } else {
      reflector.on_list_page(answer->body, clock.now());
    }
  }

  void watch(const ReflectorAction& action, const std::stop_token& stop) {
    HttpRequest request;
    request.target = action.target;
    request.timeout = std::chrono::duration_cast<milliseconds>(action.silence);
    WatchDecoder decoder;
    bool wanted = true;
    const auto on_bytes = [&](std::string_view bytes) {
      reflector.on_watch_started();
      publish();
      const Result<void> fed = decoder.feed(bytes, [&](WatchEvent event) {
        wanted = !stop.stop_requested() && reflector.on_event(std::move(event), clock.now());
        return wanted;
      });
      if (!fed.ok()) {
        reflector.on_garbage(fed.error().message(), clock.now());
        wanted = false;
      }
      return wanted;
    };
    const Result<HttpResponse> answer = transport.stream(request, stop, on_bytes);
    if (!wanted || (answer.ok() && answer->status == 200)) {
      reflector.on_watch_end(clock.now());
    } else if (answer.ok()) {
      reflector.on_refused(status_of(*answer), clock.now());
    } else {
      reflector.on_failure(answer.error().message(), clock.now());
    }
  }

  void wait(TimePoint until, const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, until - clock.now(), [] { return false; });
  }

  void publish() {
    const std::lock_guard lock(mutex);
    if (problem == reflector.problem()) {
      return;
    }
    if (reflector.problem().empty()) {
      spdlog::info("over: {}", problem);
    } else {
      spdlog::warn("{}", reflector.problem());
    }
    problem = reflector.problem();
  }

  HttpTransport& transport;
  const Clock& clock;
  std::mt19937_64 random;
  Reflector reflector;  // the thread's own
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::string problem;
  std::jthread thread;  // the last: it ends before what it uses
};

Informer::Informer(HttpTransport& transport, const ResourceKind& kind, const InformerOptions& options,
                   ObjectStore& store, const Clock& clock)
    : running_(std::make_unique<Running>(transport, kind, options, store, clock)) {}

Informer::~Informer() = default;

void Informer::start() {
  if (!running_->thread.joinable()) {
    running_->thread =
        std::jthread([running = running_.get()](const std::stop_token& stop) { running->run(stop); });
  }
}

std::string Informer::problem() const {
  const std::lock_guard lock(running_->mutex);
  return running_->problem;
}

}  // namespace mkb::kube
