// How the thread sanitizer runs here: part of every executable of the tsan preset.

extern "C" const char* __tsan_default_options() {
  // What gRPC, RocksDB, librdkafka and Arrow do among themselves is not instrumented: their calls
  // of memcpy, free... would be reported against accesses whose order is not seen. Our calls are
  // looked at as ever. The wait at the end is only worth its time in a server.
  return "ignore_noninstrumented_modules=1:report_signal_unsafe=0:atexit_sleep_ms=0:"
         "second_deadlock_stack=1:halt_on_error=0:exitcode=66";
}

extern "C" const char* __tsan_default_suppressions() { return ""; }
