// The process's log: lines with fields, as text for people (the default, on a terminal and
// elsewhere) or as JSON for programs, one object a line.
//
//   LOG_INFO("checkpoint completed", {{"job", job.value()}, {"epoch", epoch.value()}});
//
//   2026-11-25T08:00:00.123Z info  checkpoint completed job=job-1 epoch=7
//   {"ts":"2026-11-25T08:00:00.123Z","level":"info","logger":"job_checkpoints.cc:211",
//    "msg":"checkpoint completed","job":"job-1","epoch":7}
//
// A line about a job has the field `job`, about a task `task` ("2/0": stage and index), about a
// checkpoint `epoch`; in code that runs for a task, job and task come from the thread's scope
// (log_scope.h). Times are UTC.
//
// Set up once by main(); before that, lines go to stderr as text. Thread-safe. Repeats of one call
// site are limited.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"

namespace millrace {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError };
enum class LogFormat : uint8_t { kText, kJson };

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
};

struct LogField {
  LogField(std::string_view name, std::string_view value) : name(name), value(std::string(value)) {}
  LogField(std::string_view name, const char* value) : name(name), value(std::string(value)) {}
  LogField(std::string_view name, const std::string& value) : name(name), value(value) {}
  LogField(std::string_view name, const absl::Status& value)
      : name(name), value(value.ToString()) {}
  LogField(std::string_view name, double value) : name(name), value(value) {}
  LogField(std::string_view name, bool value) : name(name), value(value) {}
  template <std::integral T>
  LogField(std::string_view name, T value) : name(name), value(static_cast<int64_t>(value)) {}

  std::string_view name;
  std::variant<std::string, int64_t, double, bool> value;
};

void InitLog(const LogOptions& options);

// What the macros call. `message` is a constant sentence without data; the data are fields.
void Log(LogLevel level, const char* file, int line, std::string_view message,
         std::initializer_list<LogField> fields = {});

}  // namespace millrace

#define LOG_DEBUG(...) \
  ::millrace::Log(::millrace::LogLevel::kDebug, __FILE__, __LINE__, __VA_ARGS__)
#define LOG_INFO(...) ::millrace::Log(::millrace::LogLevel::kInfo, __FILE__, __LINE__, __VA_ARGS__)
#define LOG_WARNING(...) \
  ::millrace::Log(::millrace::LogLevel::kWarning, __FILE__, __LINE__, __VA_ARGS__)
#define LOG_ERROR(...) \
  ::millrace::Log(::millrace::LogLevel::kError, __FILE__, __LINE__, __VA_ARGS__)
