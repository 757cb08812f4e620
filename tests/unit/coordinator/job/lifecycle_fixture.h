// A life cycle as a conversation: tiny verbs for what happens, and what is asked for as words.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/job/job_lifecycle.h"
#include "tests/harness/plans.h"

namespace millrace {

struct Describe {
  std::string operator()(const FindSlots&) const { return "find slots"; }
  std::string operator()(const DeployAttempt&) const { return "deploy"; }
  std::string operator()(const StartAttempt&) const { return "start"; }
  std::string operator()(const CancelAttempt&) const { return "cancel"; }
  std::string operator()(const TakeFinalCheckpoint&) const { return "final checkpoint"; }
  std::string operator()(const EndCheckpoints&) const { return "end checkpoints"; }
  std::string operator()(const ReleaseSlots&) const { return "release"; }
  std::string operator()(const StateChanged&) const { return "changed"; }
  std::string operator()(const MessageChanged&) const { return "message"; }
};

// A job of two stages with one task each, source 0/0 on worker a, sink 1/0 on worker b.
class JobLifecycleTest : public testing::Test {
 protected:
  JobLifecycleTest() { Configure({}); }

  void Configure(JobProgress progress, RestartOptions restart = {}) {
    job_ = std::make_unique<JobLifecycle>(CountClicks(), LifecycleOptions{.restart = restart},
                                          std::move(progress));
  }
  std::vector<std::string> Lines(const JobLifecycle::Actions& actions) {
    std::vector<std::string> lines;
    for (const JobAction& action : actions) lines.push_back(std::visit(Describe(), action));
    return lines;
  }

  std::vector<std::string> Slots() {
    return Lines(job_->OnSlots({{kSource, WorkerId("a")}, {kSink, WorkerId("b")}}, now_));
  }
  std::vector<std::string> Report(TaskId task, TaskEventKind kind, bool retryable = true,
                                  std::string error = "broken") {
    return Lines(job_->OnTask({.attempt = job_->progress().attempt,
                               .task = task,
                               .kind = kind,
                               .error = kind == TaskEventKind::kFailed ? error : "",
                               .retryable = retryable},
                              now_));
  }
  std::vector<std::string> Leave(const std::string& worker,
                                 absl::Duration limit = absl::Seconds(10)) {
    return Lines(job_->OnWorkerLeaving(WorkerId(worker), limit, now_));
  }
  std::vector<std::string> Tick(absl::Duration by) {
    now_ += by;
    return Lines(job_->Tick(now_));
  }
  void Deploy() {
    job_->Begin();
    Slots();
  }
  void Run() {
    Deploy();
    Report(kSource, TaskEventKind::kOpen);
    Report(kSink, TaskEventKind::kOpen);
    ASSERT_EQ(state(), "RUNNING");
  }
  std::string state() const { return std::string(Name(job_->state())); }
  const std::string& message() const { return job_->progress().message; }

  static constexpr TaskId kSource{StageId(0), 0};
  static constexpr TaskId kSink{StageId(1), 0};
  std::unique_ptr<JobLifecycle> job_;
  absl::Duration now_ = absl::Seconds(100);
};

}  // namespace millrace
