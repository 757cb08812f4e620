// SIGINT and SIGTERM as something to wait for.
#pragma once

#include "absl/time/time.h"

namespace millrace {

// Keeps both signals from every thread that is started from now on; they are then taken by
// WaitForSignal. SIGPIPE is ignored. To be called before any thread is started.
void HoldSignals();

// True if one of them came within `timeout`.
bool WaitForSignal(absl::Duration timeout);

// The same, by its number; 0 if none came.
int TakeSignal(absl::Duration timeout);

// While it lives, a held signal ends the process, as it does by itself: for where this thread waits
// for what may never come.
class LetSignalEnd {
 public:
  explicit LetSignalEnd(int signal);
  LetSignalEnd(const LetSignalEnd&) = delete;
  LetSignalEnd& operator=(const LetSignalEnd&) = delete;
  ~LetSignalEnd();

 private:
  const int signal_;
};

}  // namespace millrace
