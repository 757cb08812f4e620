#include "cli/job_table.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace millrace {
namespace {

constexpr int64_t kNoWatermark = std::numeric_limits<int64_t>::min();
constexpr int64_t kEnded = std::numeric_limits<int64_t>::max();

std::string TimeText(int64_t unix_ms) {
  if (unix_ms == 0 || unix_ms == kNoWatermark) return "-";
  if (unix_ms == kEnded) return "end";
  return absl::FormatTime("%Y-%m-%d %H:%M:%E3S", absl::FromUnixMillis(unix_ms),
                          absl::UTCTimeZone());
}

}  // namespace

std::string JobStateName(v1::JobState state) {
  return std::string(absl::StripPrefix(v1::JobState_Name(state), "JOB_STATE_"));
}

bool HasEnded(v1::JobState state) {
  return state == v1::JOB_STATE_FINISHED || state == v1::JOB_STATE_STOPPED ||
         state == v1::JOB_STATE_CANCELLED || state == v1::JOB_STATE_FAILED;
}

std::string JobTable(const v1::ListJobsResponse& jobs) {
  std::string text = absl::StrFormat("%-14s  %-12s  %-8s  %-23s  %s\n", "JOB", "STATE", "RESTARTS",
                                     "CREATED (UTC)", "NAME");
  for (const v1::Job& job : jobs.jobs()) {
    absl::StrAppendFormat(&text, "%-14s  %-12s  %-8d  %-23s  %s\n", job.job_id(),
                          JobStateName(job.state()), job.restarts(),
                          TimeText(job.created_unix_ms()), job.name());
  }
  return text;
}

std::string JobDetails(const v1::Job& job) {
  std::string text =
      absl::StrFormat("job         %s\nname        %s\nstate       %s since %s UTC\n", job.job_id(),
                      job.name(), JobStateName(job.state()), TimeText(job.changed_unix_ms()));
  if (!job.message().empty()) absl::StrAppend(&text, "message     ", job.message(), "\n");
  absl::StrAppendFormat(&text, "attempt     %d (%d restarts)\n", job.attempt(), job.restarts());
  const v1::CheckpointSummary& checkpoint = job.last_checkpoint();
  absl::StrAppendFormat(
      &text, "checkpoint  epoch %d at %s UTC, %d ms, %d bytes; %d completed, %d failed\n",
      checkpoint.epoch(), TimeText(checkpoint.completed_unix_ms()), checkpoint.duration_ms(),
      checkpoint.bytes(), checkpoint.completed(), checkpoint.failed());
  if (!checkpoint.last_error().empty()) {
    absl::StrAppend(&text, "            the last one failed: ", checkpoint.last_error(), "\n");
  }
  if (job.has_savepoint()) {
    absl::StrAppendFormat(&text, "savepoint   %s, epoch %d\n", job.savepoint().path(),
                          job.savepoint().epoch());
  }
  if (!job.restored_from().empty()) {
    absl::StrAppend(&text, "restored    from ", job.restored_from(), "\n");
  }
  absl::StrAppendFormat(&text, "\n%-5s  %-5s  %12s  %12s  %-23s  %s\n", "STAGE", "TASKS", "ROWS IN",
                        "ROWS OUT", "WATERMARK (UTC)", "NAME");
  for (const v1::StageSummary& stage : job.stages()) {
    absl::StrAppendFormat(&text, "%-5d  %-5d  %12d  %12d  %-23s  %s\n", stage.id(),
                          stage.parallelism(), stage.records_in(), stage.records_out(),
                          TimeText(stage.watermark_ms()), stage.name());
  }
  for (const v1::StageSummary& stage : job.stages()) {
    if (stage.slowest_split().empty()) continue;
    absl::StrAppendFormat(&text, "\nThe watermark of stage %d is held back by %s", stage.id(),
                          stage.slowest_split());
  }
  if (text.back() != '\n') text += '\n';
  return text;
}

std::string JobLine(const v1::Job& job) {
  return absl::StrFormat("%s  %s  %-12s  epoch %d%s%s\n", TimeText(job.changed_unix_ms()),
                         job.job_id(), JobStateName(job.state()), job.last_checkpoint().epoch(),
                         job.message().empty() ? "" : "  ", job.message());
}

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  return status.ok() ? json : status.ToString();
}

}  // namespace millrace
