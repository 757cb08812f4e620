// The states of a job and which may follow which. README.md shows the picture.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace millrace {

// Numbers are those of proto/job.proto: they are stored.
enum class JobState : uint8_t {
  kCreated = 1,
  kScheduling = 2,
  kDeploying = 3,
  kRunning = 4,
  kStopping = 5,
  kCancelling = 6,
  kRestarting = 7,
  kFinished = 8,
  kStopped = 9,
  kCancelled = 10,
  kFailed = 11,
};

inline constexpr std::array<JobState, 11> kAllJobStates = {
    JobState::kCreated,  JobState::kScheduling, JobState::kDeploying,  JobState::kRunning,
    JobState::kStopping, JobState::kCancelling, JobState::kRestarting, JobState::kFinished,
    JobState::kStopped,  JobState::kCancelled,  JobState::kFailed};

struct JobTransition {
  JobState from;
  JobState to;
};

// Every transition there is. What is not here is a bug (the life cycle CHECKs it).
inline constexpr JobTransition kJobTransitions[] = {
    {JobState::kCreated, JobState::kScheduling},  // Admitted.
    {JobState::kCreated, JobState::kStopped},
    {JobState::kCreated, JobState::kCancelled},
    {JobState::kScheduling, JobState::kDeploying},  // Slots were found.
    {JobState::kScheduling, JobState::kStopped},  // Nothing runs: the last checkpoint is the last.
    {JobState::kScheduling, JobState::kCancelled},
    {JobState::kScheduling, JobState::kFailed},  // Its checkpoint cannot be restored.
    {JobState::kDeploying, JobState::kRunning},  // All tasks are open.
    {JobState::kDeploying, JobState::kRestarting},
    {JobState::kDeploying, JobState::kCancelling},
    {JobState::kDeploying, JobState::kStopped},  // It was to stop, and could not be started.
    {JobState::kDeploying, JobState::kFailed},
    {JobState::kRunning, JobState::kStopping},
    {JobState::kRunning, JobState::kCancelling},
    {JobState::kRunning, JobState::kRestarting},  // A task failed, a worker was lost.
    {JobState::kRunning, JobState::kFinished},    // Bounded input, all read and written.
    {JobState::kRunning, JobState::kFailed},
    {JobState::kStopping, JobState::kStopped},
    {JobState::kStopping, JobState::kCancelling},
    {JobState::kStopping, JobState::kRestarting},  // To try the last checkpoint again.
    {JobState::kStopping, JobState::kFailed},
    {JobState::kCancelling, JobState::kCancelled},
    {JobState::kRestarting, JobState::kScheduling},  // The old tasks are gone, the backoff is over.
    {JobState::kRestarting, JobState::kStopped},
    {JobState::kRestarting, JobState::kCancelling},
    {JobState::kRestarting, JobState::kFailed},
};

constexpr bool IsLegal(JobState from, JobState to) {
  for (const JobTransition& transition : kJobTransitions) {
    if (transition.from == from && transition.to == to) return true;
  }
  return false;
}

// FINISHED, STOPPED, CANCELLED, FAILED: nothing follows.
constexpr bool HasEnded(JobState state) {
  for (const JobState to : kAllJobStates) {
    if (IsLegal(state, to)) return false;
  }
  return true;
}

// Whether nobody needs the checkpoints of a job that has ended so. A failed job's may be put right,
// and the last one of a stopped job is what it had come to.
constexpr bool LeavesNoCheckpoints(JobState state) {
  return state == JobState::kFinished || state == JobState::kCancelled;
}

// What a job in `state` goes on as when the coordinator that ran it is gone, and its tasks with it.
constexpr JobState StateAfterCoordinatorLoss(JobState state) {
  if (HasEnded(state)) return state;
  return state == JobState::kCancelling ? JobState::kCancelled : JobState::kScheduling;
}

// "RUNNING"
std::string_view Name(JobState state);

}  // namespace millrace
