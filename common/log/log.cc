#include "common/log/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/absl_view.h"
#include "common/base/clock.h"
#include "common/base/valid_utf8.h"
#include "common/log/log_scope.h"

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

// A JSON string, whatever bytes `text` has.
void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : ToValidUtf8(text)) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      absl::StrAppend(&out, "\\u00", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    } else {
      out += c;
    }
  }
  out += '"';
}

// Whether `text` can stand in a line of text as it is: one word, nothing that moves a terminal.
bool IsPlain(std::string_view text) {
  const auto is_odd = [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == 0x7f;
  };
  return !text.empty() && std::none_of(text.begin(), text.end(), is_odd) &&
         FindInvalidUtf8(text) == std::string_view::npos;
}

void AppendValue(const LogField& field, bool json, std::string& out) {
  if (const auto* text = std::get_if<std::string>(&field.value)) {
    if (!json && IsPlain(*text)) {
      out += *text;
    } else {
      AppendJsonString(*text, out);
    }
  } else if (const auto* integer = std::get_if<int64_t>(&field.value)) {
    absl::StrAppend(&out, *integer);
  } else if (const auto* number = std::get_if<double>(&field.value)) {
    // JSON has no word for infinity.
    const char* const quote = json && !std::isfinite(*number) ? "\"" : "";
    absl::StrAppend(&out, quote, *number, quote);
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

void SetPattern(LogFormat format, spdlog::logger& logger) {
  logger.set_pattern(format == LogFormat::kJson ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %^%-5!l%$ %v",
                     spdlog::pattern_time_type::utc);
}

Logging& TheLogging() {
  static auto* const logging = [] {
    auto* made = new Logging();  // Lives for ever: other threads may log while the process ends.
    made->logger = std::make_shared<spdlog::logger>(
        "", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    SetPattern(LogFormat::kText, *made->logger);
    return made;
  }();
  return *logging;
}

// The fields of the thread's scope that the line does not give itself, then those of the line.
template <typename Visit>
void ForEachField(std::initializer_list<LogField> fields, Visit visit) {
  const LogFields scope = LogScope::Current();
  if (scope != nullptr) {
    for (const LogField& field : *scope) {
      const bool overridden = std::any_of(fields.begin(), fields.end(), [&](const LogField& own) {
        return own.name == field.name;
      });
      if (!overridden) visit(field);
    }
  }
  for (const LogField& field : fields) visit(field);
}

struct Line {
  LogLevel level;
  std::string_view message;
  std::string place;  // "task.cc:102"
  int left_out = 0;   // Lines like this one before it.
};

std::string JsonLine(const Line& line, std::initializer_list<LogField> fields) {
  constexpr const char* kLevels[] = {"debug", "info", "warning", "error"};
  std::string out = absl::StrCat(
      "{\"ts\":\"",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", SystemClock().Wall(), absl::UTCTimeZone()),
      "\",\"level\":\"", kLevels[static_cast<int>(line.level)], "\",\"logger\":");
  AppendJsonString(line.place, out);
  out += ",\"msg\":";
  AppendJsonString(line.message, out);
  ForEachField(fields, [&out](const LogField& field) {
    out += ',';
    AppendJsonString(field.name, out);
    out += ':';
    AppendValue(field, true, out);
  });
  if (line.left_out > 0) absl::StrAppend(&out, ",\"left_out\":", line.left_out);
  return out + "}";
}

std::string TextLine(const Line& line, std::initializer_list<LogField> fields) {
  std::string out(line.message);
  ForEachField(fields, [&out](const LogField& field) {
    absl::StrAppend(&out, " ", AbslView(field.name), "=");
    AppendValue(field, false, out);
  });
  if (line.left_out > 0) {
    absl::StrAppend(&out, " (", line.left_out, " lines like this were left out)");
  }
  return out;
}

}  // namespace

void InitLog(const LogOptions& options) {
  Logging& logging = TheLogging();
  logging.format = options.format;
  logging.logger->set_level(ToSpdlog(options.level));
  SetPattern(options.format, *logging.logger);
  logging.logger->flush_on(spdlog::level::debug);
}

void Log(LogLevel level, const char* file, int line, std::string_view message,
         std::initializer_list<LogField> fields) {
  Logging& logging = TheLogging();
  if (!logging.logger->should_log(ToSpdlog(level))) return;
  const int left_out = logging.limiter.Admit(file, line);
  if (left_out < 0) return;
  const std::string path = file;
  const Line made{.level = level,
                  .message = message,
                  .place = absl::StrCat(path.substr(path.rfind('/') + 1), ":", line),
                  .left_out = left_out};
  const std::string text =
      logging.format == LogFormat::kJson ? JsonLine(made, fields) : TextLine(made, fields);
  logging.logger->log(ToSpdlog(level), "{}", text);
}

}  // namespace millrace
