// What SET 'key' = 'value' means to a job. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/planner/job_graph_builder.h"

namespace millrace {

using Settings = std::map<std::string, std::string>;

// What is said about one key and value.
struct SettingVerdict {
  enum class Kind : uint8_t {
    kKnown,    // Means what it means in Flink.
    kIgnored,  // A key of Flink's that changes nothing here; `message` says why.
    kUnknown,  // Not a key of Flink's as far as is known here.
    kInvalid,  // A known key with a value that it cannot have.
  };
  Kind kind = Kind::kKnown;
  std::string message;
};

SettingVerdict JudgeSetting(const std::string& key, const std::string& value);

// What a script may set, for the reference page.
struct JobSettingSpec {
  std::string key;
  std::string type;           // "duration", "streaming|batch": what a value looks like.
  std::string default_value;  // Empty: `help` says what holds without it.
  std::string help;
};

// In the order of keys.
const std::vector<JobSettingSpec>& JobSettings();

// Keys of Flink's that change nothing here: all that begin with `prefix`.
struct IgnoredSettings {
  const char* prefix;
  const char* why;
};

// The first that fits a key counts.
const std::vector<IgnoredSettings>& IgnoredJobSettings();

// The options that the settings give a job. Keys that are not known are skipped: JudgeSetting has
// spoken. kInvalidArgument names the key of a value that makes no sense.
absl::StatusOr<JobGraphOptions> JobOptionsOf(const Settings& settings, int default_parallelism);

}  // namespace millrace
