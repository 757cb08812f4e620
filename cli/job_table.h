// Jobs as people read them: tables and details on a terminal, JSON for programs.
#pragma once

#include <string>

#include "proto/job.pb.h"

namespace millrace {

// "RUNNING"
std::string JobStateName(v1::JobState state);
bool HasEnded(v1::JobState state);

// One line per job, with a heading.
std::string JobTable(const v1::ListJobsResponse& jobs);
// Several lines: state, checkpoint, a row per stage.
std::string JobDetails(const v1::Job& job);
// One line: what `watch` prints at each change.
std::string JobLine(const v1::Job& job);

// Any message as JSON.
std::string ToJson(const google::protobuf::Message& message);

}  // namespace millrace
