#include "common/log/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <map>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/absl_view.h"
#include "common/base/clock.h"

namespace millrace {
namespace {

// A call site may write this many lines per period; the next period's first line tells how many
// were left out.
constexpr int kLinesPerPeriod = 20;
constexpr absl::Duration kPeriod = absl::Seconds(10);

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppend(&out, "\\u00", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    } else {
      out += c;
    }
  }
  out += '"';
}

void AppendValue(const LogField& field, bool json, std::string& out) {
  if (const auto* text = std::get_if<std::string>(&field.value)) {
    const bool plain =
        !json && text->find_first_of(" \"=\n") == std::string::npos && !text->empty();
    if (plain) {
      out += *text;
    } else {
      AppendJsonString(*text, out);
    }
  } else if (const auto* integer = std::get_if<int64_t>(&field.value)) {
    absl::StrAppend(&out, *integer);
  } else if (const auto* number = std::get_if<double>(&field.value)) {
    absl::StrAppend(&out, *number);
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

// Counts the lines of each call site.
class Limiter {
 public:
  // -1: leave this line out; else the number of lines left out before it.
  int Admit(const char* file, int line) {
    const absl::Duration now = SystemClock().Monotonic();
    absl::MutexLock lock(&mutex_);
    Site& site = sites_[{file, line}];
    if (now - site.began >= kPeriod) {
      const int left_out = site.lines > kLinesPerPeriod ? site.lines - kLinesPerPeriod : 0;
      site = {.began = now, .lines = 1};
      return left_out;
    }
    return ++site.lines > kLinesPerPeriod ? -1 : 0;
  }

 private:
  struct Site {
    absl::Duration began = -absl::InfiniteDuration();
    int lines = 0;
  };
  absl::Mutex mutex_;
  std::map<std::pair<const char*, int>, Site> sites_ ABSL_GUARDED_BY(mutex_);
};

struct Logging {
  std::shared_ptr<spdlog::logger> logger;
  LogFormat format = LogFormat::kText;
  Limiter limiter;
};

Logging& TheLogging() {
  static auto* const logging = [] {
    auto* made = new Logging();  // Lives for ever: other threads may log while the process ends.
    made->logger = std::make_shared<spdlog::logger>(
        "", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-5!l%$ %v");
    return made;
  }();
  return *logging;
}

std::string JsonLine(LogLevel level, std::string_view place, std::string_view message,
                     std::initializer_list<LogField> fields) {
  constexpr const char* kLevels[] = {"debug", "info", "warning", "error"};
  std::string out = absl::StrCat(
      "{\"ts\":\"", absl::FormatTime(absl::RFC3339_full, SystemClock().Wall(), absl::UTCTimeZone()),
      "\",\"level\":\"", kLevels[static_cast<int>(level)], "\",\"at\":");
  AppendJsonString(place, out);
  out += ",\"msg\":";
  AppendJsonString(message, out);
  for (const LogField& field : fields) {
    out += ',';
    AppendJsonString(field.name, out);
    out += ':';
    AppendValue(field, true, out);
  }
  return out + "}";
}

}  // namespace

void InitLog(const LogOptions& options) {
  Logging& logging = TheLogging();
  logging.format = options.format;
  logging.logger->set_level(ToSpdlog(options.level));
  logging.logger->set_pattern(
      options.format == LogFormat::kJson ? "%v" : "%Y-%m-%d %H:%M:%S.%e %^%-5!l%$ %v");
  logging.logger->flush_on(spdlog::level::debug);
}

void Log(LogLevel level, const char* file, int line, std::string_view message,
         std::initializer_list<LogField> fields) {
  Logging& logging = TheLogging();
  if (!logging.logger->should_log(ToSpdlog(level))) return;
  const int left_out = logging.limiter.Admit(file, line);
  if (left_out < 0) return;
  const std::string path = file;
  const std::string place = absl::StrCat(path.substr(path.rfind('/') + 1), ":", line);
  std::string text;
  if (logging.format == LogFormat::kJson) {
    text = JsonLine(level, place, message, fields);
  } else {
    text = std::string(message);
    for (const LogField& field : fields) {
      absl::StrAppend(&text, " ", AbslView(field.name), "=");
      AppendValue(field, false, text);
    }
    if (left_out > 0) absl::StrAppend(&text, " (", left_out, " lines like this were left out)");
  }
  logging.logger->log(ToSpdlog(level), "{}", text);
}

}  // namespace millrace
