#include "coordinator/job/job_state.h"

#include "common/base/check.h"

namespace millrace {

static_assert(HasEnded(JobState::kFinished) && HasEnded(JobState::kStopped) &&
              HasEnded(JobState::kCancelled) && HasEnded(JobState::kFailed));
static_assert(!HasEnded(JobState::kCancelling) && !HasEnded(JobState::kCreated));

std::string_view Name(JobState state) {
  switch (state) {
    case JobState::kCreated:
      return "CREATED";
    case JobState::kScheduling:
      return "SCHEDULING";
    case JobState::kDeploying:
      return "DEPLOYING";
    case JobState::kRunning:
      return "RUNNING";
    case JobState::kStopping:
      return "STOPPING";
    case JobState::kCancelling:
      return "CANCELLING";
    case JobState::kRestarting:
      return "RESTARTING";
    case JobState::kFinished:
      return "FINISHED";
    case JobState::kStopped:
      return "STOPPED";
    case JobState::kCancelled:
      return "CANCELLED";
    case JobState::kFailed:
      return "FAILED";
  }
  CHECK(false);
}

}  // namespace millrace
