// What a SubmitJob or ExplainJob request asks for, compiled. Pure but for the time it takes: runs
// on the io executor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/io/file_system.h"
#include "coordinator/checkpoint/savepoint_folder.h"
#include "coordinator/job/job_board.h"
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

// What a RestoreJob request needs to be judged. Plain pointers: all outlive the call.
struct SavepointSources {
  FileSystem* files = nullptr;
  const CheckpointCodec* codec = nullptr;
  const JobBoard* board = nullptr;
  const Clock* clock = nullptr;
  SavepointPlaces places;
};

// The same for a job that begins from a savepoint, which is read, and compared with the job, but
// for the contents of its files. kNotFound, kDataLoss or kFailedPrecondition say what is wrong with
// it, in one line.
absl::StatusOr<Submission> ReadRestore(const v1::RestoreJobRequest& request,
                                       const SavepointSources& sources);

absl::StatusOr<v1::ExplainJobResponse> Explain(const v1::ExplainJobRequest& request);

}  // namespace millrace
