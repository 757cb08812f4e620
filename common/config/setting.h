// Settings of a process: declared once as data, read from a YAML file, the environment and the
// command line.
//
// A later source wins: file, then MILLRACE_<SECTION>_<KEY> (dots and underscores alike become '_'),
// then --set section.key=value. An unknown key, in any of them, is an error with the nearest known
// one. Every error names where the value came from: file and line, variable or flag.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace millrace {

struct Setting {
  std::string key;  // "worker.memory"
  std::string
      type;  // "size", "duration", "integer", "text", "boolean": what the reference page says.
  std::string default_value;
  std::string help;
  // Takes a value into the struct it was declared for. The error says what is expected.
  std::function<absl::Status(std::string_view)> set;
};

// Makers of settings, bound to a field. The field's present value is the default.
Setting TextSetting(std::string key, std::string* field, std::string help);
Setting IntegerSetting(std::string key, int64_t* field, int64_t min, int64_t max, std::string help);
Setting SizeSetting(std::string key, int64_t* field, std::string help);  // "2GiB", "512 MB", "1024"
Setting DurationSetting(std::string key, absl::Duration* field, std::string help);  // "500ms", "2s"
Setting BooleanSetting(std::string key, bool* field, std::string help);
Setting ChoiceSetting(std::string key, std::string* field, std::vector<std::string> choices,
                      std::string help);

struct SettingSources {
  std::string file;                                // Path of a YAML file, or empty.
  std::map<std::string, std::string> environment;  // Of the process.
  std::map<std::string, std::string> flags;        // "section.key" to value.
};

// Applies the sources to `settings`. `known_elsewhere`: sections of other roles, which a shared
// file may hold.
absl::Status ApplySettings(const SettingSources& sources, const std::vector<Setting>& settings,
                           const std::vector<std::string>& known_elsewhere);

// The variable that sets `key`: "worker.slots" -> "MILLRACE_WORKER_SLOTS".
std::string EnvironmentName(const std::string& key);

// `result`; an error is told with the setting to change.
template <typename T>
absl::StatusOr<T> OfSetting(const char* key, absl::StatusOr<T> result) {
  if (result.ok()) return result;
  return absl::Status(result.status().code(),
                      std::string(key) + ": " + std::string(result.status().message()));
}

// The process's environment.
std::map<std::string, std::string> ProcessEnvironment();

absl::StatusOr<int64_t> ParseSize(std::string_view text);
std::string FormatSize(int64_t bytes);

}  // namespace millrace
