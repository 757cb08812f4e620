#include "coordinator/server/session_messages.h"

#include <gmock/gmock.h>

#include "common/wire/checkpoint_wire.h"
#include "tests/harness/checkpoints.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;

TEST(SessionMessagesTest, EveryCommandNamesTermJobAndAttempt) {
  const AttemptName attempt{.term = Term(3), .job = JobId("job-1"), .attempt = Attempt(2)};
  EXPECT_EQ(CommandToProto(StartCommand{attempt}).start().term(), 3);
  EXPECT_EQ(CommandToProto(CancelCommand{attempt}).cancel().job_id(), "job-1");
  const v1::TriggerCheckpoint trigger =
      CommandToProto(TriggerCommand{.attempt = attempt, .epoch = Epoch(7), .final = true})
          .trigger();
  EXPECT_EQ(trigger.attempt(), 2);
  EXPECT_EQ(trigger.epoch(), 7);
  EXPECT_TRUE(trigger.final());
  EXPECT_EQ(CommandToProto(AbortCommand{attempt, Epoch(7)}).abort().epoch(), 7);
  EXPECT_EQ(CommandToProto(DurableCommand{attempt, Epoch(7)}).durable().term(), 3);
  EXPECT_TRUE(CommandToProto(DismissCommand{}).has_leave_answer());
}

TEST(SessionMessagesTest, ADeploymentCarriesWhatItRestores) {
  const v1::DeployTasks deploy =
      CommandToProto(
          DeployCommand{.attempt = {.term = Term(1), .job = JobId("j"), .attempt = Attempt(1)},
                        .graph = std::make_shared<const JobGraph>(CountClicks()),
                        .placements = {{.task = {StageId(1), 0}, .worker = WorkerId("w")}},
                        .checkpoint_folder = "/c/j",
                        .restore = std::make_shared<const Manifest>(FullManifest())})
          .deploy();
  EXPECT_EQ(deploy.restored_epoch(), 42);
  EXPECT_EQ(deploy.restore().uuid(), FullManifest().uuid);
  EXPECT_EQ(deploy.placements(0).stage(), 1);
  EXPECT_EQ(deploy.placements(0).worker_id(), "w");
}

TEST(SessionMessagesTest, EveryTaskStateIsKnownAndOthersAreRefused) {
  v1::TaskStatus message;
  for (const v1::TaskState state :
       {v1::TASK_STATE_OPEN, v1::TASK_STATE_FINISHED, v1::TASK_STATE_CANCELLED,
        v1::TASK_STATE_FAILED, v1::TASK_STATE_INPUT_ENDED}) {
    message.set_state(state);
    EXPECT_OK(TaskReportFromProto(message));
  }
  message.set_state(v1::TASK_STATE_UNSPECIFIED);
  EXPECT_THAT(TaskReportFromProto(message),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("state")));
}

TEST(SessionMessagesTest, AnAcknowledgementIsCheckedToTheBottom) {
  v1::CheckpointAck message;
  message.set_epoch(42);
  for (const TaskSnapshot& task : FullManifest().tasks) {
    *message.add_tasks() = TaskSnapshotToProto(task);
  }
  EXPECT_OK(AckFromProto(message));
  message.mutable_tasks(1)->mutable_operators(0)->mutable_keyed(0)->mutable_deltas(0)->set_path(
      "../x");
  EXPECT_THAT(AckFromProto(message),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("tasks[1].operators[0].keyed[0].deltas[0].path")));
}

}  // namespace
}  // namespace millrace
