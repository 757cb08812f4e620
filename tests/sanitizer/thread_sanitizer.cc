// How the thread sanitizer runs here: part of every executable of the tsan preset.

extern "C" const char* __tsan_default_options() {
  // What gRPC, RocksDB, librdkafka and Arrow do among themselves is not instrumented: their calls
  // of memcpy, free... would be reported against accesses whose order is not seen. Our calls are
  // looked at as ever. gRPC's threads outlive a command that has its answer. The wait at the end is
  // only worth its time in a server.
  return "ignore_noninstrumented_modules=1:report_signal_unsafe=0:report_thread_leaks=0:atexit_sleep_ms=0:"
         "second_deadlock_stack=1:halt_on_error=0:exitcode=66";
}

extern "C" const char* __tsan_default_suppressions() {
  // What gRPC's headers compile into our code and its library orders; no function that calls back
  // into our code may stand here. And the ends of the services: Server::Shutdown returns after the
  // last OnDone, which the sanitizer does not see.
  return "race:grpc::internal::CallOpSet<\n"
         "race:grpc::internal::Call::PerformOps\n"
         "race:grpc::internal::InterceptorBatchMethodsImpl\n"
         "race:grpc::internal::CallbackWithSuccessTag::Clear\n"
         "race:grpc::internal::CallbackWithSuccessTag::Set\n"
         "race:grpc::internal::ServerCallbackCall::Unref\n"
         "race_top:grpc::internal::\n"
         "race:millrace::JobBoard::~JobBoard\n"
         "race:millrace::ClusterService::~ClusterService\n";
}
