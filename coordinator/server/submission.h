// What a SubmitJob or ExplainJob request asks for, compiled. Pure but for the time it takes: runs
// on the io executor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/job/job_manager.h"
#include "proto/job.pb.h"

namespace millrace {

struct Submission {
  std::optional<JobSubmission> job;  // Empty: the script neither inserts nor selects.
  std::vector<std::string> results;  // Texts of EXPLAIN, SHOW and DESCRIBE.
  std::vector<std::string> notes;
};

// kInvalidArgument for a wrong script, with the rendered diagnostics as its message and
// SqlDiagnostics as its detail; for a plan, naming the field or the rule that is broken.
absl::StatusOr<Submission> ReadSubmission(const v1::SubmitJobRequest& request);

absl::StatusOr<v1::ExplainJobResponse> Explain(const v1::ExplainJobRequest& request);

}  // namespace millrace
