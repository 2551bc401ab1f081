#pragma once

#include "e2e/lab/lab_error.h"

namespace mkb::lab {

/// Thrown out of the lab's waits after Ctrl-C, so that every destructor runs and stops what it started.
class Interrupted : public LabError {
 public:
  Interrupted() : LabError("interrupted") {}
};

/// From now on SIGINT, SIGTERM and SIGHUP only set a flag.
void catch_interrupts();
[[nodiscard]] bool interrupted();
/// Forgets the signal, so that what follows can be interrupted by another one.
void clear_interrupt();
/// Throws Interrupted after such a signal.
void throw_if_interrupted();

}  // namespace mkb::lab
