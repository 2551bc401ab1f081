#include "e2e/lab/interrupt.h"

#include <csignal>

namespace mkb::lab {
namespace {

volatile std::sig_atomic_t flag = 0;

void note(int) {
  flag = 1;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(number, &action, nullptr);
}

bool interrupted() {
  return flag != 0;
}

void clear_interrupt() {
  flag = 0;
}

void throw_if_interrupted() {
  if (interrupted()) throw Interrupted();
}

}  // namespace mkb::lab
