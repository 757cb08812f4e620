// SIGINT and SIGTERM as something to wait for.
#pragma once

#include "absl/time/time.h"

namespace millrace {

// Keeps both signals from every thread that is started from now on; they are then taken by
// WaitForSignal. SIGPIPE is ignored. To be called before any thread is started.
void HoldSignals();

// True if one of them came within `timeout`.
bool WaitForSignal(absl::Duration timeout);

}  // namespace millrace
