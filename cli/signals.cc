#include "cli/signals.h"

#include <signal.h>

#include <algorithm>
#include <ctime>

namespace millrace {
namespace {

sigset_t EndingSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

void Mask(int how, int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(how, &set, nullptr);
}

}  // namespace

void HoldSignals() {
  const sigset_t set = EndingSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool WaitForSignal(absl::Duration timeout) { return TakeSignal(timeout) > 0; }

int TakeSignal(absl::Duration timeout) {
  const sigset_t set = EndingSignals();
  const timespec wait = absl::ToTimespec(timeout);
  return std::max(0, sigtimedwait(&set, nullptr, &wait));
}

LetSignalEnd::LetSignalEnd(int signal) : signal_(signal) { Mask(SIG_UNBLOCK, signal_); }

LetSignalEnd::~LetSignalEnd() { Mask(SIG_BLOCK, signal_); }

}  // namespace millrace
