// C11 threads as POSIX threads, for the thread sanitizer: that of GCC 12 does not know thrd_create,
// with which librdkafka starts its threads, and crashes at the first allocation of such a thread.
// Only in the tsan preset.
#include <pthread.h>
#include <threads.h>

#include <cstdint>
#include <memory>

namespace {

struct Start {
  thrd_start_t function;
  void* argument;
};

void* Run(void* raw) {
  const std::unique_ptr<Start> start(static_cast<Start*>(raw));
  return reinterpret_cast<void*>(static_cast<intptr_t>(start->function(start->argument)));
}

int Result(int posix) { return posix == 0 ? thrd_success : thrd_error; }

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto start = std::make_unique<Start>(Start{function, argument});
  const int result = pthread_create(thread, nullptr, Run, start.get());
  if (result == 0) static_cast<void>(start.release());
  return Result(result);
}

int thrd_join(thrd_t thread, int* code) {
  void* result = nullptr;
  const int joined = pthread_join(thread, &result);
  if (code != nullptr) *code = static_cast<int>(reinterpret_cast<intptr_t>(result));
  return Result(joined);
}

int thrd_detach(thrd_t thread) { return Result(pthread_detach(thread)); }

[[noreturn]] void thrd_exit(int code) {
  pthread_exit(reinterpret_cast<void*>(static_cast<intptr_t>(code)));
}
}
