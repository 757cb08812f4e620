#include "common/checkpoint/paths.h"

#include <gmock/gmock.h>

#include <set>

namespace millrace {
namespace {

FileOrigin Origin(int64_t epoch, int64_t term, int32_t attempt, std::string worker) {
  return {.epoch = Epoch(epoch),
          .term = Term(term),
          .attempt = Attempt(attempt),
          .worker = WorkerId(std::move(worker))};
}

TEST(PathsTest, TheLayoutIsAsDocumented) {
  const TaskId task{StageId(1), 2};
  EXPECT_EQ(JobCheckpointFolder("/data/checkpoints", JobId("job-1")), "/data/checkpoints/job-1");
  EXPECT_EQ(JobCheckpointFolder("/data/checkpoints/", JobId("j")), "/data/checkpoints/j");
  EXPECT_EQ(ManifestPath(Epoch(7), Term(3), "abc"), "manifests/7-3-abc.manifest");
  EXPECT_EQ(DeltaPath(Origin(7, 3, 2, "w1")), "state/7-3-2-w1.delta");
  EXPECT_EQ(TablePath(Origin(7, 3, 2, "w1"), task, 4), "state/7-3-2-w1-1-2-4.sst");
  EXPECT_EQ(TableListPath(Origin(7, 3, 2, "w1"), task, 5), "state/7-3-2-w1-1-2-5.tables");
  EXPECT_EQ(SegmentPath(Origin(7, 3, 2, "w1"), task), "segments/7-3-2-w1-1-2.segment");
  EXPECT_EQ(SegmentPath(Origin(7, 3, 2, "w1"), task, "dead-letters"),
            "segments/7-3-2-w1-1-2-dead-letters.segment");
}

TEST(PathsTest, AnotherEpochTermAttemptOrWorkerIsAnotherFile) {
  std::set<std::string> paths = {DeltaPath(Origin(7, 3, 2, "w")), DeltaPath(Origin(8, 3, 2, "w")),
                                 DeltaPath(Origin(7, 4, 2, "w")), DeltaPath(Origin(7, 3, 3, "w")),
                                 DeltaPath(Origin(7, 3, 2, "v"))};
  EXPECT_EQ(paths.size(), 5u);
}

TEST(PathsTest, AWorkerIdCannotLeaveTheFolderOrMeetAnother) {
  EXPECT_EQ(DeltaPath(Origin(1, 1, 1, "../../etc")), "state/1-1-1-%2E.%2F..%2Fetc.delta");
  EXPECT_NE(DeltaPath(Origin(1, 1, 1, "a/b")), DeltaPath(Origin(1, 1, 1, "a_b")));
  EXPECT_NE(DeltaPath(Origin(1, 1, 1, "a%2Fb")), DeltaPath(Origin(1, 1, 1, "a/b")));
}

TEST(PathsTest, TheAgeOfAFileIsInItsName) {
  const auto age = AgeOfPath(TablePath(Origin(7, 3, 2, "w-1"), {StageId(0), 0}, 1));
  ASSERT_TRUE(age.has_value());
  EXPECT_EQ(age->epoch, Epoch(7));
  EXPECT_EQ(age->term, Term(3));
  EXPECT_EQ(age->attempt, Attempt(2));
  EXPECT_EQ(AgeOfPath(TableListPath(Origin(8, 3, 2, "w-1"), {StageId(0), 0}, 1))->epoch, Epoch(8));
  EXPECT_EQ(AgeOfPath(WholePath(Origin(6, 3, 2, "w-1"), {StageId(0), 0}, 1))->epoch, Epoch(6));
  EXPECT_EQ(AgeOfPath(ManifestPath(Epoch(9), Term(2), "x"))->epoch, Epoch(9));
}

TEST(PathsTest, AFileBeingWrittenIsOfTheAgeOfWhatItIsToBecome) {
  const auto age = AgeOfPath(DeltaPath(Origin(7, 3, 2, "w-1")) + ".4711-12.tmp");
  ASSERT_TRUE(age.has_value());
  EXPECT_EQ(age->epoch, Epoch(7));
  EXPECT_EQ(age->attempt, Attempt(2));
}

TEST(PathsTest, ForeignFilesHaveNoAge) {
  for (const char* path :
       {"state/7-3-2-w.delta.tmp", "state/7-3-2-w.delta.x-1.tmp", "notes.txt", "notes.1-1.tmp",
        "state/x-3-2-w.delta", "state/7.delta", "manifests/7-3"}) {
    EXPECT_FALSE(AgeOfPath(path).has_value()) << path;
  }
}

}  // namespace
}  // namespace millrace
