#include "cli/top/top_command.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <utility>

#include "base/clock.h"
#include "cli/exit_code.h"
#include "cli/top/top_model.h"
#include "cli/top/top_view.h"

namespace mkb::cli {
namespace {

/// How long --once waits for a second report; pods report every 3 s.
constexpr std::chrono::seconds kSecondReport{4};
constexpr std::chrono::milliseconds kOncePoll{250};

/// SIGINT and SIGTERM as something to wait for, in every thread that starts later as well.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  /// True: one came within that time.
  [[nodiscard]] bool wait(std::chrono::milliseconds duration) const {
    const timespec time{duration.count() / 1000, (duration.count() % 1000) * 1'000'000};
    return sigtimedwait(&signals_, nullptr, &time) > 0;
  }

 private:
  sigset_t signals_{};
};

struct Look {
  TopReading reading;
  std::string pods_problem;
};

Result<Look> look(ApiAccess& api, const std::string& name) {
  Look seen;
  if (name.empty()) {
    auto bridges = api.list(kube::kBridges);
    if (!bridges) return bridges.error();
    seen.reading.bridges = std::move(*bridges);
  } else {
    auto bridge = api.client().get(kube::kBridges, api.name_space(), name);
    if (!bridge) return bridge.error();
    seen.reading.bridges.push_back(std::move(*bridge));
  }
  std::string labels = "app.kubernetes.io/managed-by=mkb-operator";
  if (!name.empty()) labels += ",app.kubernetes.io/instance=" + name;
  auto leases = api.list(kube::kLeases, labels);
  if (leases) {
    seen.reading.leases = std::move(*leases);
  } else if (leases.error().is(kube::ApiError::kForbidden)) {
    seen.pods_problem = "not permitted (" + leases.error().message() + ")";
  } else {
    return leases.error();
  }
  return seen;
}

class Screen {
 public:
  Screen() : terminal_(isatty(STDOUT_FILENO) == 1) {
    if (terminal_) std::fputs("\x1B[2J", stdout);
  }
  void show(const std::string& text) {
    if (terminal_) {
      winsize size{};
      if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) size = {};
      std::fputs(redrawn(text, size.ws_col, size.ws_row).c_str(), stdout);
    } else {
      std::printf("%s%s", started_ ? "\n" : "", text.c_str());
    }
    started_ = true;
    std::fflush(stdout);
  }

 private:
  bool terminal_;
  bool started_ = false;
};

int show_once(ApiAccess& api, const TopOptions& options, const EndSignals& signals) {
  const SystemClock clock;
  TopModel model;
  const TimePoint until = clock.now() + kSecondReport;
  for (;;) {
    const auto seen = look(api, options.name);
    if (!seen) return cannot(seen.error());
    const auto lines = model.update(seen->reading, clock.now(), clock.unix_millis());
    const bool last = !model.incomplete() || clock.now() >= until;
    if (last || signals.wait(kOncePoll)) {
      std::fputs(top_text(lines, seen->pods_problem).c_str(), stdout);
      return kOk;
    }
  }
}

int show_on(ApiAccess& api, const TopOptions& options, const EndSignals& signals) {
  const SystemClock clock;
  TopModel model;
  std::optional<Screen> screen;
  std::string shown;
  do {
    const auto seen = look(api, options.name);
    // Later on, an API server that is away for a while comes back.
    if (!seen && !screen) return cannot(seen.error());
    if (seen)
      shown = top_text(model.update(seen->reading, clock.now(), clock.unix_millis()), seen->pods_problem);
    if (!screen) screen.emplace();
    screen->show(seen ? shown : shown + "\nnot up to date: " + seen.error().message() + "\n");
  } while (!signals.wait(options.interval));
  return kOk;
}

}  // namespace

int run_top(const TopOptions& options) {
  const EndSignals signals;
  auto access = ApiAccess::open(options.access);
  if (!access) return cannot(access.error());
  return options.once ? show_once(**access, options, signals) : show_on(**access, options, signals);
}

}  // namespace mkb::cli
