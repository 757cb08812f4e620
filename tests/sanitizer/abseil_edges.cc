// Tells the thread sanitizer what Abseil's synchronization means.
//
// Debian's Abseil is not instrumented, so the sanitizer sees neither a Mutex being taken nor a
// Notification being given, and would report every access that they order. The definitions below
// are found before the library's; each calls the library's and adds the edge that the class
// promises. Only in the tsan preset.
//
// A Condition is evaluated by whichever thread gives the mutex back, inside the library: the mutex
// is held then, but its edge is not drawn yet. So a condition's reads are not looked at.
#include <dlfcn.h>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
}

// The library's own definition, as a function of the object and the arguments. `symbol` is mangled:
// a pointer to the member would be the one below.
#define LIBRARY(symbol, ...)                                                           \
  [] {                                                                                 \
    using Function = __VA_ARGS__;                                                      \
    static const auto function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, symbol)); \
    return function;                                                                   \
  }()

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {

bool EvaluateUnseen(const Condition* condition) {
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  const bool met = condition->Eval();
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  return met;
}

Condition Unseen(const Condition& condition) { return Condition(EvaluateUnseen, &condition); }

}  // namespace

void Mutex::Lock() {
  LIBRARY("_ZN4absl7debian35Mutex4LockEv", void (*)(Mutex*))(this);
  __tsan_acquire(this);
}

void Mutex::Unlock() {
  __tsan_release(this);
  LIBRARY("_ZN4absl7debian35Mutex6UnlockEv", void (*)(Mutex*))(this);
}

bool Mutex::TryLock() {
  const bool taken = LIBRARY("_ZN4absl7debian35Mutex7TryLockEv", bool (*)(Mutex*))(this);
  if (taken) __tsan_acquire(this);
  return taken;
}

void Mutex::ReaderLock() {
  LIBRARY("_ZN4absl7debian35Mutex10ReaderLockEv", void (*)(Mutex*))(this);
  __tsan_acquire(this);
}

void Mutex::ReaderUnlock() {
  __tsan_release(this);
  LIBRARY("_ZN4absl7debian35Mutex12ReaderUnlockEv", void (*)(Mutex*))(this);
}

void Mutex::LockWhen(const Condition& condition) {
  const Condition unseen = Unseen(condition);
  LIBRARY("_ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE", void (*)(Mutex*, const Condition&))
  (this, unseen);
  __tsan_acquire(this);
}

void Mutex::Await(const Condition& condition) {
  const Condition unseen = Unseen(condition);
  __tsan_release(this);
  LIBRARY("_ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE", void (*)(Mutex*, const Condition&))
  (this, unseen);
  __tsan_acquire(this);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  const Condition unseen = Unseen(condition);
  __tsan_release(this);
  const bool met =
      LIBRARY("_ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE",
              bool (*)(Mutex*, const Condition&, Duration))(this, unseen, timeout);
  __tsan_acquire(this);
  return met;
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  const Condition unseen = Unseen(condition);
  __tsan_release(this);
  const bool met = LIBRARY("_ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE",
                           bool (*)(Mutex*, const Condition&, Time))(this, unseen, deadline);
  __tsan_acquire(this);
  return met;
}

void CondVar::Wait(Mutex* mutex) {
  __tsan_release(mutex);
  LIBRARY("_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE", void (*)(CondVar*, Mutex*))(this, mutex);
  __tsan_acquire(mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  __tsan_release(mutex);
  const bool timed_out =
      LIBRARY("_ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE",
              bool (*)(CondVar*, Mutex*, Duration))(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  __tsan_release(mutex);
  const bool timed_out =
      LIBRARY("_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE",
              bool (*)(CondVar*, Mutex*, Time))(this, mutex, deadline);
  __tsan_acquire(mutex);
  return timed_out;
}

void Notification::Notify() {
  // HasBeenNotified, inline in the header, loads the flag with acquire: that is seen.
  __tsan_release(&notified_yet_);
  LIBRARY("_ZN4absl7debian312Notification6NotifyEv", void (*)(Notification*))(this);
}

void Notification::WaitForNotification() const {
  LIBRARY("_ZNK4absl7debian312Notification19WaitForNotificationEv", void (*)(const Notification*))
  (this);
  __tsan_acquire(const_cast<std::atomic<bool>*>(&notified_yet_));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  const bool notified =
      LIBRARY("_ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE",
              bool (*)(const Notification*, Duration))(this, timeout);
  if (notified) __tsan_acquire(const_cast<std::atomic<bool>*>(&notified_yet_));
  return notified;
}

bool BlockingCounter::DecrementCount() {
  __tsan_release(this);
  const bool last = LIBRARY("_ZN4absl7debian315BlockingCounter14DecrementCountEv",
                            bool (*)(BlockingCounter*))(this);
  if (last) __tsan_acquire(this);
  return last;
}

void BlockingCounter::Wait() {
  LIBRARY("_ZN4absl7debian315BlockingCounter4WaitEv", void (*)(BlockingCounter*))(this);
  __tsan_acquire(this);
}

ABSL_NAMESPACE_END
}  // namespace absl
