#include "coordinator/planner/job_settings.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/similar_name.h"
#include "common/base/status_macros.h"
#include "common/plan/duration_text.h"

namespace millrace {
namespace {

constexpr const char* kParallelism = "parallelism.default";
constexpr const char* kName = "pipeline.name";
constexpr const char* kMaxParallelism = "pipeline.max-parallelism";
constexpr const char* kCheckpointInterval = "execution.checkpointing.interval";
constexpr const char* kCheckpointTimeout = "execution.checkpointing.timeout";
constexpr const char* kRuntimeMode = "execution.runtime-mode";
constexpr const char* kTimeZone = "table.local-time-zone";
// Our own: how the rows of a bare SELECT come back. The connector 'collect' knows the values.
constexpr const char* kResultFormat = "millrace.result-format";

const std::vector<std::string>& KnownKeys() {
  static const auto& keys = *new std::vector<std::string>{
      kCheckpointInterval, kCheckpointTimeout, kRuntimeMode, kParallelism, kMaxParallelism, kName,
      kResultFormat,       kTimeZone};
  return keys;
}

// Keys of Flink that scripts carry and that are about Flink's own machinery.
struct IgnoredPrefix {
  const char* prefix;
  const char* why;
};
constexpr IgnoredPrefix kIgnored[] = {
    {"table.exec.mini-batch.", "batches are always folded before state is touched"},
    {"table.exec.source.idle-timeout", "set 'scan.watermark.idle-timeout' on the table instead"},
    {"table.exec.state.ttl", "no state of the operators built so far outlives its window"},
    {"table.exec.", "it tunes operators of Flink"},
    {"table.optimizer.", "it tunes Flink's optimizer"},
    {"table.", "it tunes Flink's table layer"},
    {"sql-client.", "it is about Flink's SQL client; use the options of the command line"},
    {"state.", "where state is kept is configured on the cluster"},
    {"execution.", "it tunes Flink's runtime"},
    {"pipeline.", "it tunes Flink's runtime"},
    {"restart-strategy", "jobs are restarted by the cluster's own policy"},
    {"taskmanager.", "it belongs to a Flink cluster's configuration"},
    {"jobmanager.", "it belongs to a Flink cluster's configuration"},
    {"metrics.", "it belongs to a Flink cluster's configuration"},
    {"rest.", "it belongs to a Flink cluster's configuration"},
};

absl::StatusOr<int> ParseCount(const std::string& key, const std::string& value, int most) {
  int count = 0;
  if (!absl::SimpleAtoi(value, &count) || count < 1 || count > most) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", key, "' = '", value, "': must be a whole number from 1 to ", most));
  }
  return count;
}

absl::StatusOr<int64_t> DurationOf(const std::string& key, const std::string& value) {
  const absl::StatusOr<int64_t> millis = ParseDurationMs(value);
  if (millis.ok()) return millis;
  return absl::InvalidArgumentError(
      absl::StrCat("'", key, "' = '", value, "': ", std::string(millis.status().message())));
}

absl::StatusOr<std::string> ResultFormatOf(const std::string& value) {
  for (const char* known : {"table", "json", "csv", "changelog"}) {
    if (value == known) return value;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", kResultFormat, "' = '", value, "': must be table, json, csv or changelog"));
}

// Puts one known setting into `options`.
absl::Status Apply(const std::string& key, const std::string& value, JobGraphOptions& options) {
  if (key == kParallelism) {
    ASSIGN_OR_RETURN(options.parallelism, ParseCount(key, value, 32768));
  } else if (key == kMaxParallelism) {
    ASSIGN_OR_RETURN(options.job.max_parallelism, ParseCount(key, value, 32768));
  } else if (key == kName) {
    options.name = value;
  } else if (key == kResultFormat) {
    ASSIGN_OR_RETURN(options.result_format, ResultFormatOf(value));
  } else if (key == kCheckpointInterval) {
    ASSIGN_OR_RETURN(options.job.checkpoint_interval_ms, DurationOf(key, value));
  } else if (key == kCheckpointTimeout) {
    ASSIGN_OR_RETURN(options.job.checkpoint_timeout_ms, DurationOf(key, value));
  } else if (key == kRuntimeMode) {
    const std::string mode = absl::AsciiStrToLower(value);
    if (mode != "batch" && mode != "streaming") {
      return absl::InvalidArgumentError(
          absl::StrCat("'", key, "' = '", value, "': must be 'streaming' or 'batch'"));
    }
    options.job.batch = mode == "batch";
  } else if (key == kTimeZone) {
    const std::string zone = absl::AsciiStrToUpper(value);
    if (zone != "UTC" && zone != "GMT" && zone != "ETC/UTC") {
      return absl::InvalidArgumentError(
          absl::StrCat("'", key, "' = '", value,
                       "': a local time zone other than UTC is valid in Flink, not built yet"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

SettingVerdict JudgeSetting(const std::string& key, const std::string& value) {
  using Kind = SettingVerdict::Kind;
  for (const std::string& known : KnownKeys()) {
    if (known != key) continue;
    JobGraphOptions ignored;
    const absl::Status status = Apply(key, value, ignored);
    if (status.ok()) return {.kind = Kind::kKnown};
    return {.kind = Kind::kInvalid, .message = std::string(status.message())};
  }
  const std::string similar = DidYouMean(key, KnownKeys());
  if (!similar.empty()) {
    return {.kind = Kind::kUnknown,
            .message = absl::StrCat("unknown setting '", key, "'; ", similar)};
  }
  for (const IgnoredPrefix& ignored : kIgnored) {
    if (absl::StartsWith(key, ignored.prefix)) {
      return {.kind = Kind::kIgnored,
              .message = absl::StrCat("'", key, "' changes nothing here: ", ignored.why)};
    }
  }
  return {.kind = Kind::kUnknown,
          .message = absl::StrCat("unknown setting '", key, "'; it is not used")};
}

absl::StatusOr<JobGraphOptions> JobOptionsOf(const Settings& settings, int default_parallelism) {
  JobGraphOptions options{.parallelism = default_parallelism};
  for (const auto& [key, value] : settings) RETURN_IF_ERROR(Apply(key, value, options));
  if (options.parallelism > options.job.max_parallelism) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", kParallelism, "' = ", options.parallelism, " is above '", kMaxParallelism,
        "' = ", options.job.max_parallelism, "; raise the latter before the job has state"));
  }
  return options;
}

}  // namespace millrace
