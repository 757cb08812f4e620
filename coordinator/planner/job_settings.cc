#include "coordinator/planner/job_settings.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/similar_name.h"
#include "common/base/status_macros.h"
#include "common/columnar/time_zone.h"
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
constexpr const char* kStateTtl = "table.exec.state.ttl";
// Our own: how the rows of a bare SELECT come back. The connector 'collect' knows the values.
constexpr const char* kResultFormat = "millrace.result-format";

std::vector<std::string> KnownKeys() {
  std::vector<std::string> keys;
  for (const JobSettingSpec& setting : JobSettings()) keys.push_back(setting.key);
  return keys;
}

std::string MillisText(int64_t millis) {
  return millis % 60'000 == 0 ? absl::StrCat(millis / 60'000, " min")
                              : absl::StrCat(millis / 1000.0, " s");
}

std::vector<JobSettingSpec> MakeJobSettings() {
  const JobOptions defaults;
  return {
      {kCheckpointInterval, "duration", MillisText(defaults.checkpoint_interval_ms),
       "Time between checkpoints; 0: none."},
      {kCheckpointTimeout, "duration", MillisText(defaults.checkpoint_timeout_ms),
       "A checkpoint that takes longer has failed."},
      {kRuntimeMode, "streaming|batch", "streaming",
       "batch: input is bounded, and only final results are written."},
      {kResultFormat, "table|json|csv|changelog", "table",
       "Own addition: how rows of a bare SELECT are printed."},
      {kParallelism, "integer", "1", "Tasks per stage. `millrace run -p` sets it."},
      {kMaxParallelism, "integer", absl::StrCat(defaults.max_parallelism),
       "Most tasks per stage, ever: the number of key groups. Fixed once the job has state."},
      {kName, "text", "", "Name of the job. Default: from the table of the first INSERT."},
      {kStateTtl, "duration", "0 s",
       "Only 0 s, which keeps state for ever, is built yet for GROUP BY without a window. State of "
       "windows goes with them."},
      {kTimeZone, "time zone", "UTC",
       "The zone of local times: a name of the tz database, or an offset as GMT-08:00. "
       "TIMESTAMP_LTZ is shown in it, and days and windows over TIMESTAMP_LTZ begin in it."},
  };
}

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
  } else if (key == kStateTtl) {
    ASSIGN_OR_RETURN(options.state_ttl_ms, DurationOf(key, value));
  } else if (key == kRuntimeMode) {
    const std::string mode = absl::AsciiStrToLower(value);
    if (mode != "batch" && mode != "streaming") {
      return absl::InvalidArgumentError(
          absl::StrCat("'", key, "' = '", value, "': must be 'streaming' or 'batch'"));
    }
    options.job.batch = mode == "batch";
  } else if (key == kTimeZone) {
    const absl::StatusOr<TimeZone> zone = TimeZone::Load(value);
    if (!zone.ok()) {
      return absl::Status(zone.status().code(), absl::StrCat("'", key, "' = '", value, "': ",
                                                             std::string(zone.status().message())));
    }
    options.time_zone = *zone;
  }
  return absl::OkStatus();
}

}  // namespace

const std::vector<JobSettingSpec>& JobSettings() {
  static const auto& settings = *new std::vector<JobSettingSpec>(MakeJobSettings());
  return settings;
}

// Of scripts that come from Flink: they are about Flink's own machinery.
const std::vector<IgnoredSettings>& IgnoredJobSettings() {
  static const auto& ignored = *new std::vector<IgnoredSettings>{
      {"table.exec.mini-batch.", "batches are always folded before state is touched"},
      {"table.exec.source.idle-timeout", "set 'scan.watermark.idle-timeout' on the table instead"},
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
  return ignored;
}

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
  for (const IgnoredSettings& ignored : IgnoredJobSettings()) {
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
