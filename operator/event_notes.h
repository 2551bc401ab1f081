#pragma once

#include <mutex>

#include "base/clock.h"
#include "kube/api_client.h"
#include "kube/event_recorder.h"
#include "operator/reconcile/notes.h"

namespace mkb::operators {

/// Writes what reconciles note as Events (events.k8s.io/v1), few of them: see kube/event_recorder.h. An Event
/// that cannot be written is only logged. Thread-safe.
class EventNotes final : public reconcile::Notes {
 public:
  EventNotes(kube::ApiClient& client, const std::string& instance, const Clock& clock);

  void note(const nlohmann::json& bridge, bool warning, const std::string& reason, const std::string& action,
            const std::string& text) override;

  /// Tells the server how series went on; every minute or so.
  void flush(bool all = false);

 private:
  void write(const kube::EventRecorder::Write& event);

  kube::ApiClient& client_;
  const Clock& clock_;
  std::mutex mutex_;
  kube::EventRecorder recorder_;
};

}  // namespace mkb::operators
