// The test names, read in order, specify when a checkpoint is taken and when it is complete.

#include "coordinator/checkpoint/checkpoint_core.h"

#include <gmock/gmock.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// One line per action, so that a test reads like a conversation.
struct Describe {
  std::string operator()(const ReserveEpochs& a) const {
    return absl::StrCat("reserve to ", a.last.value());
  }
  std::string operator()(const TriggerEpoch& a) const {
    return absl::StrCat("trigger ", a.epoch.value(), a.final ? " final" : "");
  }
  std::string operator()(const AbortEpoch& a) const {
    return absl::StrCat("abort ", a.epoch.value());
  }
  std::string operator()(const SendDurable& a) const {
    return absl::StrCat("durable ", a.epoch.value());
  }
  std::string operator()(const StoreManifest& a) const {
    return absl::StrCat("store ", a.epoch.value(), " after ", a.parent.value(), " with ",
                        a.tasks.size(), " tasks");
  }
  std::string operator()(const CommitManifest& a) const {
    return absl::StrCat("commit ",
                        absl::StrJoin(a.retained, ",", [](std::string* out, const ManifestRef& r) {
                          absl::StrAppend(out, r.epoch.value());
                        }));
  }
  std::string operator()(const CollectGarbage& a) const {
    return absl::StrCat("collect: keep ", absl::StrJoin(a.retained, " "), "; let go ",
                        absl::StrJoin(a.let_go, " "));
  }
  std::string operator()(const CheckpointCompleted& a) const {
    return absl::StrCat("completed ", a.ref.epoch.value(), " in ",
                        absl::ToInt64Milliseconds(a.duration), " ms");
  }
  std::string operator()(const CheckpointFailed& a) const {
    return absl::StrCat("failed ", a.epoch.value(), ": ", a.reason);
  }
  std::string operator()(const FinalCheckpointCompleted& a) const {
    return absl::StrCat("final completed ", a.epoch.value());
  }
  std::string operator()(const FinalCheckpointFailed& a) const {
    return absl::StrCat("final failed: ", a.reason);
  }
};

std::vector<std::string> Lines(const CheckpointCore::Actions& actions) {
  std::vector<std::string> lines;
  for (const CheckpointAction& action : actions) lines.push_back(std::visit(Describe(), action));
  return lines;
}

TaskId Task(int32_t stage, int32_t index) { return {StageId(stage), index}; }

// Worker a runs 0/0 and 1/0, worker b 0/1. The interval is 1 s, the pause 0.5 s, the timeout 10 s.
class CheckpointCoreTest : public testing::Test {
 protected:
  CheckpointCoreTest() { Configure({}); }

  // A core that has used epochs up to 100 and may use those up to 1000.
  void Configure(CheckpointOptions options) {
    ConfigureUnreserved(options, 100);
    core_->OnEpochsReserved(absl::OkStatus(), Epoch(1000), absl::ZeroDuration());
  }
  void ConfigureUnreserved(CheckpointOptions options, int64_t used) {
    options.timeout = absl::Seconds(10);
    core_ = std::make_unique<CheckpointCore>(options, Epoch(used));
  }
  void Begin(int at_ms = 0, CheckpointExecution execution = {}) {
    execution.tasks = {{WorkerId("a"), {Task(0, 0), Task(1, 0)}}, {WorkerId("b"), {Task(0, 1)}}};
    core_->Begin(std::move(execution), absl::Milliseconds(at_ms));
  }
  std::vector<std::string> Tick(int at_ms) { return Lines(core_->Tick(absl::Milliseconds(at_ms))); }
  std::vector<std::string> AckA(int64_t epoch, bool moved = true, int at_ms = 0) {
    return Lines(core_->OnAck({.worker = WorkerId("a"),
                               .epoch = Epoch(epoch),
                               .tasks = {{.task = Task(1, 0)}, {.task = Task(0, 0)}},
                               .moved = moved},
                              absl::Milliseconds(at_ms)));
  }
  std::vector<std::string> AckB(int64_t epoch, bool moved = true, int at_ms = 0) {
    return Lines(core_->OnAck({.worker = WorkerId("b"),
                               .epoch = Epoch(epoch),
                               .tasks = {{.task = Task(0, 1)}},
                               .moved = moved},
                              absl::Milliseconds(at_ms)));
  }
  static StoredManifest Stored(int64_t epoch, std::set<std::string> files = {}) {
    return {.ref = {.epoch = Epoch(epoch), .path = absl::StrCat("m", epoch)},
            .files = std::move(files)};
  }
  std::vector<std::string> OnStored(int64_t epoch, absl::StatusOr<StoredManifest> stored,
                                    int at_ms = 0) {
    return Lines(
        core_->OnManifestStored(Epoch(epoch), std::move(stored), absl::Milliseconds(at_ms)));
  }
  std::vector<std::string> OnCommitted(int64_t epoch, absl::Status status = absl::OkStatus(),
                                       int at_ms = 0) {
    return Lines(core_->OnCommitted(Epoch(epoch), status, absl::Milliseconds(at_ms)));
  }
  // Everything from the acknowledgements to the end.
  std::vector<std::string> Finish(int64_t epoch, bool moved = true, int at_ms = 0,
                                  std::set<std::string> files = {}) {
    AckA(epoch, moved, at_ms);
    AckB(epoch, moved, at_ms);
    OnStored(epoch, Stored(epoch, std::move(files)), at_ms);
    return OnCommitted(epoch, absl::OkStatus(), at_ms);
  }

  std::unique_ptr<CheckpointCore> core_;
};

TEST_F(CheckpointCoreTest, NothingIsTakenBeforeTheJobRuns) { EXPECT_THAT(Tick(5000), IsEmpty()); }

TEST_F(CheckpointCoreTest, TheFirstIsTakenAfterOneInterval) {
  Begin(0);
  EXPECT_THAT(Tick(999), IsEmpty());
  EXPECT_THAT(Tick(1000), ElementsAre("trigger 101"));
}

TEST_F(CheckpointCoreTest, OneIsTakenSoonAfterARestoreEvenIfNothingMoves) {
  Begin(0, {.restored = true});
  EXPECT_THAT(Tick(199), IsEmpty());
  EXPECT_THAT(Tick(200), ElementsAre("trigger 101"));
}

TEST_F(CheckpointCoreTest, ItIsCompleteOnlyAfterAcksManifestAndCommit) {
  Begin(0);
  Tick(1000);
  EXPECT_THAT(AckB(101), IsEmpty());
  EXPECT_THAT(AckA(101), ElementsAre("store 101 after 0 with 3 tasks"));
  EXPECT_THAT(OnStored(101, Stored(101)), ElementsAre("commit 101"));
  EXPECT_THAT(OnCommitted(101, absl::OkStatus(), 1040),
              ElementsAre("durable 101", "completed 101 in 40 ms"));
}

TEST_F(CheckpointCoreTest, TheManifestHoldsTheTasksInOrder) {
  Begin(0);
  Tick(1000);
  AckB(101);
  const auto actions = core_->OnAck({.worker = WorkerId("a"),
                                     .epoch = Epoch(101),
                                     .tasks = {{.task = Task(1, 0)}, {.task = Task(0, 0)}}},
                                    absl::Seconds(1));
  const auto& tasks = std::get<StoreManifest>(actions[0]).tasks;
  EXPECT_THAT((std::vector<TaskId>{tasks[0].task, tasks[1].task, tasks[2].task}),
              ElementsAre(Task(0, 0), Task(0, 1), Task(1, 0)));
}

TEST_F(CheckpointCoreTest, OnlyOneIsUnderWayAtATime) {
  Begin(0);
  Tick(1000);
  EXPECT_THAT(Tick(5000), IsEmpty());
  EXPECT_EQ(core_->in_progress(), Epoch(101));
}

TEST_F(CheckpointCoreTest, TheNextOneKeepsTheIntervalFromStartToStart) {
  Begin(0);
  Tick(1000);
  Finish(101, true, 1100);
  EXPECT_THAT(Tick(1999), IsEmpty());
  EXPECT_THAT(Tick(2000), ElementsAre("trigger 102"));
}

TEST_F(CheckpointCoreTest, AfterASlowOneThereIsAPause) {
  Begin(0);
  Tick(1000);
  Finish(101, true, 1900);
  EXPECT_THAT(Tick(2399), IsEmpty());
  EXPECT_THAT(Tick(2400), ElementsAre("trigger 102"));
}

TEST_F(CheckpointCoreTest, NoneIsTakenWhileNothingMoves) {
  Begin(0);
  Tick(1000);
  Finish(101, /*moved=*/false, 1010);
  EXPECT_THAT(Tick(60'000), IsEmpty());
  core_->OnProgress();
  EXPECT_THAT(Tick(60'100), ElementsAre("trigger 102"));
}

TEST_F(CheckpointCoreTest, ProgressWhileOneIsUnderWayIsNotForgotten) {
  Begin(0);
  Tick(1000);
  core_->OnProgress();
  Finish(101, /*moved=*/false, 1010);
  EXPECT_THAT(Tick(2000), ElementsAre("trigger 102"));
}

TEST_F(CheckpointCoreTest, AnAbortedOneIsTriedAgainThoughNothingMoves) {
  Begin(0);
  Tick(1000);
  core_->OnDecline(WorkerId("a"), Epoch(101), "busy", absl::Milliseconds(1100));
  EXPECT_THAT(Tick(2000), ElementsAre("trigger 102"));
}

TEST_F(CheckpointCoreTest, WithoutIntervalOnlyFinalOnesAreTaken) {
  Configure({.interval = absl::ZeroDuration()});
  Begin(0);
  EXPECT_THAT(Tick(100'000), IsEmpty());
  EXPECT_THAT(Lines(core_->RequestFinal(absl::Seconds(101))), ElementsAre("trigger 101 final"));
}

TEST_F(CheckpointCoreTest, ADeclineAbortsAndSaysWhoAndWhy) {
  Begin(0);
  Tick(1000);
  EXPECT_THAT(Lines(core_->OnDecline(WorkerId("b"), Epoch(101), "no space left on device",
                                     absl::Milliseconds(1010))),
              ElementsAre("abort 101", "failed 101: worker b: no space left on device"));
}

TEST_F(CheckpointCoreTest, MissingAcksAbortAfterTheTimeoutAndAreNamed) {
  Begin(0);
  Tick(1000);
  AckA(101);
  EXPECT_THAT(Tick(11'000), IsEmpty());
  EXPECT_THAT(Tick(11'001), ElementsAre("abort 101", "failed 101: no answer within 10s from b"));
}

TEST_F(CheckpointCoreTest, TheTimeoutNeverInterruptsACommit) {
  Begin(0);
  Tick(1000);
  AckA(101);
  AckB(101);
  OnStored(101, Stored(101));
  EXPECT_THAT(Tick(60'000), IsEmpty());
  EXPECT_THAT(OnCommitted(101), testing::Contains("durable 101"));
}

TEST_F(CheckpointCoreTest, AnAbortedEpochIsNeverUsedAgain) {
  Begin(0);
  Tick(1000);
  core_->OnDecline(WorkerId("a"), Epoch(101), "busy", absl::Milliseconds(1100));
  EXPECT_THAT(AckA(101), IsEmpty());
  EXPECT_THAT(AckB(101), IsEmpty());
  EXPECT_THAT(Tick(2000), ElementsAre("trigger 102"));
}

TEST_F(CheckpointCoreTest, AckingTwiceCountsOnce) {
  Begin(0);
  Tick(1000);
  EXPECT_THAT(AckA(101), IsEmpty());
  EXPECT_THAT(AckA(101), IsEmpty());
  EXPECT_THAT(AckB(101), ElementsAre("store 101 after 0 with 3 tasks"));
}

TEST_F(CheckpointCoreTest, AnAckThatLacksATaskAborts) {
  Begin(0);
  Tick(1000);
  const auto lines = Lines(
      core_->OnAck({.worker = WorkerId("a"), .epoch = Epoch(101), .tasks = {{.task = Task(0, 0)}}},
                   absl::Seconds(1)));
  EXPECT_THAT(lines, ElementsAre("abort 101", HasSubstr("acknowledged 1 tasks, it runs 2")));
}

TEST_F(CheckpointCoreTest, AManifestThatCannotBeStoredAborts) {
  Begin(0);
  Tick(1000);
  AckA(101);
  AckB(101);
  EXPECT_THAT(OnStored(101, absl::ResourceExhaustedError("disk full")),
              ElementsAre("abort 101", "failed 101: cannot store the manifest: disk full"));
}

TEST_F(CheckpointCoreTest, ARefusedCommitIsNeverToldToTheSinks) {
  Begin(0);
  Tick(1000);
  AckA(101);
  AckB(101);
  OnStored(101, Stored(101));
  EXPECT_THAT(OnCommitted(101, absl::AbortedError("another coordinator has committed")),
              ElementsAre("abort 101", HasSubstr("another coordinator")));
}

TEST_F(CheckpointCoreTest, AFailedOneHasNoPlaceInTheChain) {
  Begin(0);
  Tick(1000);
  Finish(101);
  Tick(2000);
  core_->OnDecline(WorkerId("a"), Epoch(102), "busy", absl::Milliseconds(2100));
  Tick(3000);
  AckA(103);
  EXPECT_THAT(AckB(103), ElementsAre("store 103 after 101 with 3 tasks"));
}

TEST_F(CheckpointCoreTest, TheLastTwoAreKept) {
  Begin(0);
  for (int64_t epoch = 101; epoch <= 102; ++epoch) {
    Tick(static_cast<int>(epoch - 100) * 1000);
    Finish(epoch);
  }
  Tick(3000);
  AckA(103);
  AckB(103);
  EXPECT_THAT(OnStored(103, Stored(103)), ElementsAre("commit 102,103"));
}

TEST_F(CheckpointCoreTest, AfterARestartTheChainGoesOn) {
  Begin(0, {.retained = {{.ref = {.epoch = Epoch(7)}}}, .restored = true});
  Tick(200);
  AckA(101);
  EXPECT_THAT(AckB(101), ElementsAre("store 101 after 7 with 3 tasks"));
  EXPECT_THAT(OnStored(101, Stored(101)), ElementsAre("commit 7,101"));
}

TEST_F(CheckpointCoreTest, EpochsAreReservedBeforeTheyAreUsed) {
  ConfigureUnreserved({.epoch_block = 2}, 7);
  Begin(0);
  EXPECT_THAT(Tick(1000), ElementsAre("reserve to 9"));
  EXPECT_THAT(Tick(1100), IsEmpty());
  EXPECT_THAT(Lines(core_->OnEpochsReserved(absl::OkStatus(), Epoch(9), absl::Milliseconds(1200))),
              ElementsAre("trigger 8"));
  Finish(8, true, 1300);
  EXPECT_THAT(Tick(2200), ElementsAre("trigger 9"));
  Finish(9, true, 2300);
  EXPECT_THAT(Tick(3200), ElementsAre("reserve to 11"));
}

TEST_F(CheckpointCoreTest, AFailedReservationIsReportedAndTriedAgain) {
  ConfigureUnreserved({}, 0);
  Begin(0);
  Tick(1000);
  EXPECT_THAT(Lines(core_->OnEpochsReserved(absl::UnavailableError("disk gone"), Epoch(100),
                                            absl::Milliseconds(1001))),
              ElementsAre("failed 0: cannot reserve epochs: disk gone"));
  EXPECT_THAT(Tick(2001), ElementsAre("reserve to 100"));
}

TEST_F(CheckpointCoreTest, ARequestedOneNeedsNeitherAnIntervalNorNews) {
  Configure({.interval = absl::ZeroDuration()});
  EXPECT_EQ(core_->RequestOne(), Epoch(0)) << "nothing runs";
  Begin(0);
  EXPECT_THAT(Tick(1000), IsEmpty());
  EXPECT_EQ(core_->RequestOne(), Epoch(101));
  EXPECT_THAT(Tick(1001), ElementsAre("trigger 101"));
  Finish(101, /*moved=*/true, 1010);
  EXPECT_THAT(Tick(5000), IsEmpty()) << "it was asked for once";
}

TEST_F(CheckpointCoreTest, ARequestedOneBeginsAfterTheOneUnderWay) {
  Begin(0);
  Tick(1000);
  EXPECT_EQ(core_->RequestOne(), Epoch(102)) << "101 began before the request";
  EXPECT_THAT(Tick(1001), IsEmpty());
  Finish(101, /*moved=*/false, 1010);
  EXPECT_THAT(Tick(1011), ElementsAre("trigger 102"));
}

TEST_F(CheckpointCoreTest, AFinalOneWaitsForTheOneUnderWayAndForNothingElse) {
  Begin(0);
  Tick(1000);
  EXPECT_THAT(Lines(core_->RequestFinal(absl::Milliseconds(1001))), IsEmpty());
  Finish(101, false, 1010);
  EXPECT_THAT(Tick(1011), ElementsAre("trigger 102 final"));
}

TEST_F(CheckpointCoreTest, NothingFollowsAFinalOne) {
  Begin(0);
  EXPECT_THAT(Lines(core_->RequestFinal(absl::Milliseconds(10))), ElementsAre("trigger 101 final"));
  EXPECT_THAT(Finish(101, true, 20),
              ElementsAre("durable 101", "completed 101 in 10 ms", "final completed 101"));
  core_->OnProgress();
  EXPECT_THAT(Tick(60'000), IsEmpty());
}

TEST_F(CheckpointCoreTest, AFailedFinalOneIsToldToTheJobAndNotTriedAgain) {
  Begin(0);
  core_->RequestFinal(absl::Milliseconds(10));
  EXPECT_THAT(
      Lines(core_->OnDecline(WorkerId("a"), Epoch(101), "disk full", absl::Milliseconds(20))),
      ElementsAre("abort 101", "failed 101: worker a: disk full",
                  "final failed: worker a: disk full"));
  EXPECT_THAT(Tick(60'000), IsEmpty());
}

TEST_F(CheckpointCoreTest, NewsOfAnEndedExecutionIsIgnored) {
  Begin(0);
  Tick(1000);
  AckA(101);
  core_->End();
  EXPECT_THAT(AckB(101), IsEmpty());
  EXPECT_THAT(Tick(60'000), IsEmpty());
  Begin(70'000, {.restored = true});
  EXPECT_THAT(Tick(70'200), ElementsAre("trigger 102"));
  EXPECT_THAT(OnCommitted(101), IsEmpty());
}

TEST_F(CheckpointCoreTest, GarbageIsCollectedNowAndThenBesideTheCheckpoints) {
  Configure({.retained = 1, .collect_garbage_every = 3});
  Begin(0);
  Tick(1000);
  EXPECT_THAT(Finish(101, true, 1000, {"base", "d101"}), testing::SizeIs(2));
  Tick(2000);
  EXPECT_THAT(Finish(102, true, 2000, {"base", "d101", "d102"}), testing::SizeIs(2));
  Tick(3000);
  EXPECT_THAT(Finish(103, true, 3000, {"base2", "d102"}),
              testing::Contains("collect: keep base2 d102 m103; let go base d101"));
}

TEST_F(CheckpointCoreTest, NothingIsDeletedWhileAKeptManifestIsUnread) {
  Configure({.retained = 2, .collect_garbage_every = 1});
  Begin(0, {.retained = {{.ref = {.epoch = Epoch(7)}}}, .restored = true});
  Tick(200);
  EXPECT_THAT(Finish(101, true, 200), testing::Not(testing::Contains(HasSubstr("collect"))));
  Tick(1200);
  EXPECT_THAT(Finish(102, true, 1200), testing::Contains(HasSubstr("collect")));
}

}  // namespace
}  // namespace millrace
