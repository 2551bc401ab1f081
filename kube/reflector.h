#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "kube/api_status.h"
#include "kube/object_store.h"
#include "kube/watch_decoder.h"

namespace mkb::kube {

/// What a Reflector lists and watches.
struct ReflectorOptions {
  std::string path;            ///< of the collection: `/apis/apps/v1/namespaces/x/statefulsets`
  std::string plural;          ///< for messages
  std::string api_version;     ///< of the objects: in lists of built-in kinds the server leaves out
  std::string kind;            ///< these two, and they are put in
  std::string label_selector;  ///< not encoded
  std::string field_selector;  ///< not encoded
};

/// What the driver must do next.
struct ReflectorAction {
  enum class Type {
    kList,   ///< GET `target`, then on_list_page(), on_refused() or on_failure()
    kWatch,  ///< stream `target`, then on_watch_end(), on_refused() or on_failure()
    kWait,   ///< ask again at `until`
  };
  Type type = Type::kWait;
  std::string target;
  Duration silence{};  ///< of a watch: nothing for so long means that it is dead
  TimePoint until{};
};

/// Keeps an ObjectStore equal to what the API server has, by listing and watching, as client-go's Reflector
/// and kube-rs' watcher: lists in consistent pages of 500, watches with bookmarks from where the list ended,
/// resumes from the last resourceVersion, lists anew when that is too old. What fails is tried again, for
/// ever, after 800 ms x 2^n, at most 30 s, of which a random half is taken off, or after what Retry-After
/// says. Pure: no socket, thread, clock or randomness of its own. One thread, but for the store.
class Reflector {
 public:
  /// Any uniformly distributed value.
  using Random = std::function<std::uint64_t()>;

  Reflector(ReflectorOptions options, ObjectStore& store, Random random)
      : options_(std::move(options)), store_(store), random_(std::move(random)) {}

  /// Asked again only after the last action has ended.
  [[nodiscard]] ReflectorAction next(TimePoint now);

  /// An answer 200 to a list.
  void on_list_page(std::string_view body, TimePoint now);
  /// Any other answer, to a list or a watch.
  void on_refused(const ApiStatus& status, TimePoint now);
  /// No answer, or a watch that broke or went silent.
  void on_failure(const std::string& text, TimePoint now);

  /// The server has answered a watch with 200. A driver that cannot tell leaves it out.
  void on_watch_started();
  /// False: the watch is of no more use and must be ended.
  bool on_event(WatchEvent event, TimePoint now);
  /// The watch said something that is no event; it must be ended.
  void on_garbage(const std::string& text, TimePoint now);
  /// A watch that was answered with 200 is over; after on_event() has returned false, or on_garbage(), it
  /// changes nothing.
  void on_watch_end(TimePoint now);

  /// The last failure in words, until that succeeds: `list pods: forbidden: ...`. Empty: all is well.
  [[nodiscard]] const std::string& problem() const {
    return list_problem_.empty() ? watch_problem_ : list_problem_;
  }

 private:
  struct Watch {
    TimePoint begun;
    bool started = false;
    bool moved = false;  // it has brought a newer resourceVersion
  };

  void list_anew();
  void on_gone(const std::string& text, TimePoint now);
  void back_off(TimePoint now, std::optional<std::chrono::seconds> retry_after = {});
  bool take_watch(TimePoint now);
  void end_watch(TimePoint now, bool cut);
  void on_watch_failure(const std::string& text, TimePoint now,
                        std::optional<std::chrono::seconds> retry_after);
  void on_error_event(const ApiStatus& status, TimePoint now);

  ReflectorOptions options_;
  ObjectStore& store_;
  Random random_;
  std::set<std::string, std::less<>> listed_;  // keys on the pages of the list under way
  std::string continue_token_;
  std::string resource_version_;  // to watch from; empty: to be listed
  std::optional<Watch> watch_;    // under way
  std::optional<TimePoint> not_before_;
  unsigned failures_ = 0;        // since a watch last worked
  unsigned watch_failures_ = 0;  // since the last list or working watch
  bool restarted_ = false;       // the list under way, because its token was too old
  bool gone_before_ = false;     // no watch has worked since one was refused as too old
  std::string list_problem_;
  std::string watch_problem_;
};

}  // namespace mkb::kube
