// The test names, read in order, specify what a new job takes out of a savepoint.

#include "coordinator/checkpoint/savepoint_restore.h"

#include <gmock/gmock.h>

#include "tests/harness/plans.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int32_t kTasks = 2;

// Of CountClicks with two tasks a stage.
Manifest Saved() {
  Manifest manifest{.job = JobId("job-1"),
                    .epoch = Epoch(7),
                    .term = Term(1),
                    .attempt = Attempt(1),
                    .savepoint = true,
                    .graph = CountClicks(kTasks)};
  for (int32_t i = 0; i < kTasks; ++i) {
    manifest.tasks.push_back({.task = {StageId(0), i},
                              .operators = {{.state_id = "source-clicks",
                                             .values = {{"split", std::string(1, 'a' + i)}}}}});
  }
  for (int32_t i = 0; i < kTasks; ++i) {
    TaskSnapshot task{.task = {StageId(1), i},
                      .input_watermarks = {EventTime(100 + i), EventTime(200)}};
    task.operators.push_back({.state_id = "count-by-page",
                              .keyed = {{.key_groups = {.begin = 512 * i, .end = 512 * (i + 1)}}}});
    task.operators.push_back({.state_id = "sink-counts", .values = {{"slot", "x"}}});
    manifest.tasks.push_back(std::move(task));
  }
  return manifest;
}

JobGraph WithSinkOf(const std::string& state_id, int32_t parallelism = kTasks) {
  JobGraph graph = CountClicks(parallelism);
  graph.stages[1].operators[1].state_id = state_id;
  return graph;
}

// A stage of its own before the others, so that their numbers differ.
JobGraph WithAnotherStatementBefore(int32_t parallelism) {
  const JobGraph clicks = CountClicks(parallelism);
  JobGraph graph = clicks;
  graph.stages.insert(graph.stages.begin(), clicks.stages[0]);
  graph.stages[0].operators[0].state_id = "source-others";
  for (size_t i = 0; i < graph.stages.size(); ++i) {
    graph.stages[i].id = StageId(static_cast<int32_t>(i));
  }
  return graph;
}

std::vector<std::string> StateIds(const TaskSnapshot& task) {
  std::vector<std::string> ids;
  for (const OperatorSnapshot& snapshot : task.operators) ids.push_back(snapshot.state_id);
  return ids;
}

TEST(FitToJob, TheSamePlanTakesEverything) {
  ASSERT_OK_AND_ASSIGN(const Manifest fitted, FitToJob(Saved(), CountClicks(kTasks), false));
  ASSERT_THAT(fitted.tasks, SizeIs(4));
  EXPECT_THAT(StateIds(fitted.tasks[0]), ElementsAre("source-clicks"));
  EXPECT_THAT(StateIds(fitted.tasks[3]), ElementsAre("count-by-page", "sink-counts"));
  EXPECT_THAT(fitted.tasks[3].input_watermarks, ElementsAre(EventTime(101), EventTime(200)));
}

TEST(FitToJob, WithAnotherParallelismTheStateStaysInAsManyPiecesAsItHas) {
  for (const int32_t parallelism : {1, 4}) {
    ASSERT_OK_AND_ASSIGN(const Manifest fitted, FitToJob(Saved(), CountClicks(parallelism), false));
    EXPECT_THAT(fitted.tasks, SizeIs(4));
    EXPECT_EQ(fitted.graph.stages[1].parallelism, kTasks);
  }
}

TEST(FitToJob, StateFollowsItsOperatorIntoAnotherStageAndSoDoTheWatermarks) {
  ASSERT_OK_AND_ASSIGN(const Manifest fitted,
                       FitToJob(Saved(), WithAnotherStatementBefore(1), false));
  ASSERT_THAT(fitted.tasks, SizeIs(5));
  EXPECT_EQ(fitted.tasks[0].task, (TaskId{StageId(0), 0}));
  EXPECT_THAT(fitted.tasks[0].operators, IsEmpty());
  EXPECT_EQ(fitted.tasks[4].task, (TaskId{StageId(2), 1}));
  EXPECT_THAT(StateIds(fitted.tasks[4]), ElementsAre("count-by-page", "sink-counts"));
  EXPECT_THAT(fitted.tasks[4].input_watermarks, ElementsAre(EventTime(101), EventTime(200)));
}

TEST(FitToJob, StateWithoutAnOperatorIsRefusedByName) {
  JobGraph graph = CountClicks(kTasks);
  graph.stages[1].operators[0].state_id = "count-by-user";
  EXPECT_THAT(FitToJob(Saved(), graph, false),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("'TUMBLE(at, 1 s) by page'"), HasSubstr("count-by-page"),
                             HasSubstr("--allow-non-restored-state"))));
}

TEST(FitToJob, UnlessItMayBeLeftBehind) {
  JobGraph graph = CountClicks(kTasks);
  graph.stages[1].operators[0].state_id = "count-by-user";
  ASSERT_OK_AND_ASSIGN(const Manifest fitted, FitToJob(Saved(), graph, true));
  EXPECT_THAT(StateIds(fitted.tasks[0]), ElementsAre("source-clicks"));
  EXPECT_THAT(StateIds(fitted.tasks[2]), ElementsAre("sink-counts"));
  EXPECT_THAT(fitted.tasks[2].input_watermarks, IsEmpty());
}

TEST(FitToJob, ASavepointsOutputIsOutSoAnotherSinkLosesNothing) {
  EXPECT_OK(FitToJob(Saved(), WithSinkOf("sink-others"), false));
}

TEST(FitToJob, ACheckpointsOutputMayNotBe) {
  Manifest checkpoint = Saved();
  checkpoint.savepoint = false;
  EXPECT_THAT(FitToJob(checkpoint, WithSinkOf("sink-others"), false),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("'Sink: counts'")));
}

TEST(FitToJob, DeadLettersBelongToTheirSource) {
  Manifest saved = Saved();
  saved.tasks[0].operators.push_back(
      {.state_id = "source-clicks.dead-letters.bad", .values = {{"slot", "x"}}});
  ASSERT_OK_AND_ASSIGN(const Manifest fitted, FitToJob(saved, CountClicks(kTasks), false));
  EXPECT_THAT(StateIds(fitted.tasks[0]),
              ElementsAre("source-clicks", "source-clicks.dead-letters.bad"));
}

TEST(FitToJob, ANumberOfKeyGroupsIsForTheLifeOfTheState) {
  JobGraph graph = CountClicks(kTasks);
  graph.options.max_parallelism = 128;
  EXPECT_THAT(FitToJob(Saved(), graph, true),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("1024 key groups")));
}

TEST(FitToJob, ATaskThatThePlanLacksIsDamage) {
  Manifest saved = Saved();
  saved.tasks.push_back({.task = {StageId(9), 0}});
  EXPECT_THAT(FitToJob(saved, CountClicks(kTasks), false),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("plan lacks")));
  saved.tasks.back().task = {StageId(0), 1'000'000'000};
  EXPECT_THAT(FitToJob(saved, CountClicks(kTasks), false),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("plan lacks")));
}

TEST(OperatorsWithoutState, AreThoseThatAreNew) {
  EXPECT_THAT(OperatorsWithoutState(Saved(), CountClicks()), IsEmpty());
  JobGraph graph = CountClicks();
  graph.stages[1].operators[0].state_id = "count-by-user";
  EXPECT_THAT(OperatorsWithoutState(Saved(), graph), ElementsAre("TUMBLE(at, 1 s) by page"));
}

class CheckMayRestoreTest : public testing::Test {
 protected:
  CheckMayRestoreTest() {
    checkpoint_.savepoint = false;
    checkpoint_.created_unix_ms = 1'700'000'000'000;
    checkpoint_.tasks[3].operators[1].segments.push_back({.epoch = Epoch(7)});
  }
  absl::Status Check(bool active, int64_t days) {
    return CheckMayRestore(
        checkpoint_, active,
        absl::FromUnixMillis(checkpoint_.created_unix_ms) + absl::Hours(24 * days));
  }
  Manifest checkpoint_ = Saved();
};

TEST_F(CheckMayRestoreTest, ASavepointMayAlwaysBe) {
  checkpoint_.savepoint = true;
  EXPECT_OK(Check(true, 1000));
}

TEST_F(CheckMayRestoreTest, ACheckpointOfAJobThatGoesOnMayNot) {
  EXPECT_THAT(Check(true, 0), StatusIs(absl::StatusCode::kFailedPrecondition,
                                       HasSubstr("millrace job savepoint job-1")));
  EXPECT_OK(Check(false, 0));
}

TEST_F(CheckMayRestoreTest, NorOneWhoseOutputMayHaveBeenForgotten) {
  EXPECT_OK(Check(false, 5));
  EXPECT_THAT(Check(false, 7),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("rows could come twice")));
  checkpoint_.tasks[3].operators[1].segments.clear();
  EXPECT_OK(Check(false, 7));
}

}  // namespace
}  // namespace millrace
