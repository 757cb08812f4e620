// What SET 'key' = 'value' means to a job. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

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

// The options that the settings give a job. Keys that are not known are skipped: JudgeSetting has
// spoken. kInvalidArgument names the key of a value that makes no sense.
absl::StatusOr<JobGraphOptions> JobOptionsOf(const Settings& settings, int default_parallelism);

}  // namespace millrace
