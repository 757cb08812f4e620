// The test names, read in order, specify when a savepoint of a running job is complete.

#include "coordinator/checkpoint/savepoint_core.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Describe {
  std::string operator()(const AskForCheckpoint&) const { return "ask"; }
  std::string operator()(const LinkSavepoint& a) const {
    return absl::StrCat("link ", a.epoch.value());
  }
  std::string operator()(const WriteSavepoint& a) const {
    return absl::StrCat("write ", a.epoch.value());
  }
  std::string operator()(const DropSavepoint& a) const {
    return absl::StrCat("drop ", a.epoch.value());
  }
  std::string operator()(const SavepointOver& a) const {
    return absl::StrCat("over ", a.epoch.value(), ": ",
                        a.status.ok() ? "complete" : std::string(a.status.message()));
  }
};

std::vector<std::string> Lines(const SavepointCore::Actions& actions) {
  std::vector<std::string> lines;
  for (const SavepointAction& action : actions) lines.push_back(std::visit(Describe(), action));
  return lines;
}

constexpr absl::Duration kStart = absl::Seconds(100);

// A savepoint of epoch 7 or later has been asked for.
class SavepointCoreTest : public testing::Test {
 protected:
  SavepointCoreTest() { core_.Request(Epoch(7)); }

  std::vector<std::string> Committed(int64_t epoch, std::optional<Epoch> unpublished = {},
                                     absl::Duration after = absl::ZeroDuration()) {
    return Lines(core_.OnCommitted(Epoch(epoch), unpublished, kStart + after));
  }
  std::vector<std::string> Linked(int64_t epoch, const absl::Status& status = absl::OkStatus()) {
    return Lines(core_.OnLinked(Epoch(epoch), status, kStart));
  }
  std::vector<std::string> Tick(absl::Duration after) { return Lines(core_.Tick(kStart + after)); }

  SavepointCore core_{{.look_again = absl::Seconds(1), .publish_limit = absl::Minutes(1)}};
};

TEST_F(SavepointCoreTest, ACheckpointThatBeganBeforeTheRequestIsNotTaken) {
  EXPECT_THAT(Committed(6), IsEmpty());
  EXPECT_THAT(Committed(8), ElementsAre("link 8"));
}

TEST_F(SavepointCoreTest, WithNothingToPublishItIsCompleteOnceItsManifestIsWritten) {
  EXPECT_THAT(Committed(7), ElementsAre("link 7"));
  EXPECT_THAT(Linked(7), ElementsAre("write 7"));
  EXPECT_FALSE(core_.idle());
  EXPECT_THAT(Lines(core_.OnWritten(Epoch(7), absl::OkStatus())), ElementsAre("over 7: complete"));
  EXPECT_TRUE(core_.idle());
}

TEST_F(SavepointCoreTest, ItWaitsUntilALaterCheckpointShowsThatItsOutputIsOut) {
  Committed(7, Epoch(5));
  EXPECT_THAT(Linked(7), IsEmpty());
  EXPECT_THAT(Committed(8, Epoch(7)), IsEmpty());
  EXPECT_THAT(Committed(9, Epoch(8)), ElementsAre("write 7"));
}

TEST_F(SavepointCoreTest, OutputMayBeOutBeforeItsFilesAreLinked) {
  Committed(7, Epoch(7));
  EXPECT_THAT(Committed(8, Epoch(8)), IsEmpty());
  EXPECT_THAT(Linked(7), ElementsAre("write 7"));
}

TEST_F(SavepointCoreTest, AJobThatReadsNothingIsAskedForTheCheckpointThatShowsIt) {
  Committed(7, Epoch(7));
  Linked(7);
  EXPECT_THAT(Tick(absl::Milliseconds(900)), IsEmpty());
  EXPECT_THAT(Tick(absl::Milliseconds(1000)), ElementsAre("ask"));
  EXPECT_THAT(Tick(absl::Milliseconds(1100)), IsEmpty());
  EXPECT_THAT(Tick(absl::Milliseconds(2000)), ElementsAre("ask"));
}

TEST_F(SavepointCoreTest, OutputThatIsNotPublishedInTimeFailsIt) {
  Committed(7, Epoch(7));
  Linked(7);
  EXPECT_THAT(Tick(absl::Seconds(61)),
              ElementsAre("drop 7", HasSubstr("epoch 7 was not published within 1m")));
  EXPECT_TRUE(core_.idle());
  EXPECT_THAT(Committed(8, Epoch(8)), IsEmpty());
}

TEST_F(SavepointCoreTest, AFailureOfItsCheckpointFailsIt) {
  EXPECT_THAT(Lines(core_.OnCheckpointFailed(Epoch(6), "older")), IsEmpty());
  EXPECT_THAT(Lines(core_.OnCheckpointFailed(Epoch(7), "disk full")),
              ElementsAre(HasSubstr("its checkpoint failed: disk full")));
}

TEST_F(SavepointCoreTest, AFailureToReserveEpochsFailsIt) {
  EXPECT_THAT(Lines(core_.OnCheckpointFailed(Epoch(0), "no store")),
              ElementsAre(HasSubstr("no store")));
}

TEST_F(SavepointCoreTest, AFailureOfALaterCheckpointDoesNot) {
  Committed(7, Epoch(7));
  Linked(7);
  EXPECT_THAT(Lines(core_.OnCheckpointFailed(Epoch(8), "slow")), IsEmpty());
  EXPECT_THAT(Committed(9, Epoch(9)), ElementsAre("write 7"));
}

TEST_F(SavepointCoreTest, FilesThatCannotBeLinkedAreDropped) {
  Committed(7);
  EXPECT_THAT(Linked(7, absl::ResourceExhaustedError("disk full")),
              ElementsAre("drop 7", "over 7: disk full"));
}

TEST_F(SavepointCoreTest, AManifestThatCannotBeWrittenFailsIt) {
  Committed(7);
  Linked(7);
  EXPECT_THAT(Lines(core_.OnWritten(Epoch(7), absl::ResourceExhaustedError("disk full"))),
              ElementsAre("drop 7", "over 7: disk full"));
}

TEST_F(SavepointCoreTest, TasksThatEndBeforeTheOutputIsOutFailIt) {
  Committed(7, Epoch(7));
  EXPECT_THAT(Lines(core_.OnExecutionOver()), ElementsAre("drop 7", HasSubstr("tasks ended")));
  // What was under way then comes too late.
  EXPECT_THAT(Linked(7), IsEmpty());
}

TEST_F(SavepointCoreTest, WhatIsBeingWrittenNeedsTheTasksNoMore) {
  Committed(7);
  Linked(7);
  EXPECT_THAT(Lines(core_.OnExecutionOver()), IsEmpty());
  EXPECT_THAT(Lines(core_.OnWritten(Epoch(7), absl::OkStatus())), ElementsAre("over 7: complete"));
}

TEST_F(SavepointCoreTest, TheNextOneBeginsAnew) {
  Committed(7);
  Linked(7);
  core_.OnWritten(Epoch(7), absl::OkStatus());
  core_.Request(Epoch(9));
  EXPECT_THAT(Committed(9, Epoch(9)), ElementsAre("link 9"));
  EXPECT_THAT(Linked(9), IsEmpty());
}

TEST(FirstUnpublished, IsTheOldestSegmentOfAnyTask) {
  Manifest manifest;
  EXPECT_EQ(FirstUnpublished(manifest), std::nullopt);
  manifest.tasks.resize(2);
  manifest.tasks[0].operators.push_back({.segments = {{.epoch = Epoch(8)}}});
  manifest.tasks[1].operators.push_back({.segments = {{.epoch = Epoch(6)}, {.epoch = Epoch(8)}}});
  EXPECT_EQ(FirstUnpublished(manifest), Epoch(6));
}

}  // namespace
}  // namespace millrace
