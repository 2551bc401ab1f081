#include "operator/event_notes.h"

#include "base/log.h"

namespace mkb::operators {

using kube::EventRecorder;

EventNotes::EventNotes(kube::ApiClient& client, const std::string& instance, const Clock& clock)
    : client_(client),
      clock_(clock),
      recorder_({.controller = "mqttkafka.io/operator", .instance = instance}) {}

void EventNotes::note(const nlohmann::json& bridge, bool warning, const std::string& reason,
                      const std::string& action, const std::string& text) {
  spdlog::log(warning ? spdlog::level::warn : spdlog::level::info, "{}: {}", reason, text);
  std::optional<EventRecorder::Write> event;
  {
    const std::lock_guard lock(mutex_);
    event = recorder_.record(
        bridge,
        {warning ? EventRecorder::Type::kWarning : EventRecorder::Type::kNormal, reason, action, text},
        clock_.now(), clock_.unix_millis());
  }
  if (event) write(*event);
}

void EventNotes::flush(bool all) {
  std::vector<EventRecorder::Write> events;
  {
    const std::lock_guard lock(mutex_);
    events = recorder_.flush(clock_.now(), all);
  }
  for (const auto& event : events) write(event);
}

void EventNotes::write(const EventRecorder::Write& event) {
  if (event.patch) {
    const auto patched = client_.merge_patch(kube::kEvents, event.name_space, event.name, *event.patch);
    if (patched || !patched.error().is(kube::ApiError::kNotFound)) {
      if (!patched) spdlog::warn("an Event is lost: {}", patched.error().message());
      return;
    }
  }
  const auto created = client_.create(kube::kEvents, event.name_space, event.object);
  if (!created && !created.error().is(kube::ApiError::kAlreadyExists)) {
    spdlog::warn("an Event is lost: {}", created.error().message());
  }
}

}  // namespace mkb::operators
