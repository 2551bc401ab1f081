#include "e2e/lab/server.h"

#include <csignal>

#include "e2e/lab/interrupt.h"
#include "e2e/lab/lab_error.h"
#include "e2e/lab/wait.h"

namespace mkb::lab {

void Server::start() {
  process_ = std::make_unique<Process>(command(), log());
  const bool up = eventually(
      [this] {
        throw_if_interrupted();
        return !process_->running() || ready();
      },
      std::chrono::seconds(90));
  if (!up || !process_->running()) {
    const auto text = log_text();
    const auto tail = text.size() > 3000 ? text.substr(text.size() - 3000) : text;
    throw LabError(name_ + (up ? " ended while starting:\n" : " did not get ready:\n") + tail);
  }
}

void Server::stop() {
  if (!process_) return;
  process_->signal(SIGTERM);
  if (!process_->wait(std::chrono::seconds(60))) throw LabError(name_ + " ignored SIGTERM for 60 s");
}

void Server::kill() {
  if (process_) process_->kill();
}

void Server::freeze() {
  process_->signal(SIGSTOP);
  // The signal takes effect thread by thread, and a busy machine lets some of them answer a while longer.
  wait_until([this] { return process_->frozen(); }, std::chrono::seconds(10), name_ + " to freeze");
}

void Server::thaw() {
  process_->signal(SIGCONT);
}

}  // namespace mkb::lab
