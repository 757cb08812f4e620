// The test names, read in order, specify what a savepoint is on a disk, and who may reach which.

#include "coordinator/checkpoint/savepoint_folder.h"

#include <gmock/gmock.h>

#include "tests/harness/memory_files.h"
#include "tests/harness/plain_codec.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kFolder[] = "/savepoints/job-1-7";

class SavepointFolderTest : public testing::Test {
 protected:
  SavepointFolderTest() {
    checkpoint_ = {.job = JobId("job-1"),
                   .epoch = Epoch(7),
                   .term = Term(1),
                   .attempt = Attempt(1),
                   .uuid = "u",
                   .parent = Epoch(6)};
    OperatorSnapshot snapshot{.state_id = "s"};
    snapshot.keyed.push_back({.deltas = {{.path = "state/a.delta", .offset = 2, .bytes = 3},
                                         {.path = "state/a.delta", .offset = 5, .bytes = 4}}});
    snapshot.segments.push_back({.epoch = Epoch(7), .file = {.path = "segments/b", .bytes = 1}});
    checkpoint_.tasks.push_back({.operators = {snapshot}});
    files_.bytes("/checkpoints/job-1/state/a.delta") = "123456789";
    files_.bytes("/checkpoints/job-1/segments/b") = "x";
  }

  void Make() {
    const Manifest savepoint = ToSavepoint(checkpoint_);
    ASSERT_OK(LinkCheckpointFiles(files_, "/checkpoints/job-1", savepoint, kFolder));
    ASSERT_OK(CompleteSavepoint(files_, codec_, savepoint, kFolder).status());
  }
  absl::Status Read(const std::string& path = kFolder) {
    return ReadSavepoint(files_, codec_, path).status();
  }

  MemoryFiles files_;
  PlainCodec codec_;
  Manifest checkpoint_;
};

TEST_F(SavepointFolderTest, ItIsNamedAfterJobAndEpoch) {
  EXPECT_EQ(SavepointFolder("/savepoints", JobId("job-1"), Epoch(7)), kFolder);
}

TEST_F(SavepointFolderTest, ItHoldsTheStateAndNothingThatWaitsToBePublished) {
  Make();
  ASSERT_OK_AND_ASSIGN(const Savepoint read, ReadSavepoint(files_, codec_, kFolder));
  EXPECT_TRUE(read.manifest.savepoint);
  EXPECT_EQ(read.manifest.parent, Epoch(0));
  EXPECT_THAT(read.manifest.tasks[0].operators[0].segments, IsEmpty());
  EXPECT_THAT(files_.paths(), AllOf(Contains("/savepoints/job-1-7/state/a.delta"),
                                    Not(Contains("/savepoints/job-1-7/segments/b"))));
}

TEST_F(SavepointFolderTest, LinkingTwiceIsLinkingOnce) {
  Make();
  Make();
  EXPECT_OK(Read());
}

TEST_F(SavepointFolderTest, ItIsFoundByItsFolderOrItsManifest) {
  Make();
  EXPECT_OK(Read("/savepoints/job-1-7/manifests/7-1-u.manifest"));
  EXPECT_THAT(Read("/savepoints/job-1-8"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no savepoint /savepoints/job-1-8")));
}

TEST_F(SavepointFolderTest, OfAJobsCheckpointsTheNewestIsMeant) {
  for (const int64_t epoch : {9, 10, 8}) {
    checkpoint_.epoch = Epoch(epoch);
    ASSERT_OK(CompleteSavepoint(files_, codec_, checkpoint_, "/checkpoints/job-1").status());
  }
  ASSERT_OK_AND_ASSIGN(const Savepoint read, ReadSavepoint(files_, codec_, "/checkpoints/job-1"));
  EXPECT_EQ(read.manifest.epoch, Epoch(10));
}

TEST_F(SavepointFolderTest, WithoutItsManifestItIsIncomplete) {
  ASSERT_OK(LinkCheckpointFiles(files_, "/checkpoints/job-1", ToSavepoint(checkpoint_), kFolder));
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kNotFound,
                               AllOf(HasSubstr(kFolder), HasSubstr("no complete savepoint"))));
}

TEST_F(SavepointFolderTest, ADamagedManifestIsNamed) {
  Make();
  files_.bytes("/savepoints/job-1-7/manifests/7-1-u.manifest")[0] ^= 1;
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kDataLoss,
                               HasSubstr("/savepoints/job-1-7/manifests/7-1-u.manifest: ")));
}

TEST_F(SavepointFolderTest, AMissingOrShortFileIsNamed) {
  Make();
  std::string& bytes = files_.bytes("/savepoints/job-1-7/state/a.delta");
  bytes.pop_back();
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kDataLoss,
                               AllOf(HasSubstr("state/a.delta"), HasSubstr("8 bytes"))));
  ASSERT_OK(files_.Remove("/savepoints/job-1-7/state/a.delta"));
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("missing")));
}

TEST_F(SavepointFolderTest, WhatIsIncompleteGoesAndNothingElse) {
  Make();
  const Manifest savepoint = ToSavepoint(checkpoint_);
  for (const std::string folder : {"job-1-8", "job-2-8", "notes"}) {
    ASSERT_OK(
        LinkCheckpointFiles(files_, "/checkpoints/job-1", savepoint, "/savepoints/" + folder));
  }
  ASSERT_OK(RemoveIncompleteSavepoints(files_, "/savepoints", {JobId("job-1")}));
  EXPECT_FALSE(files_.Stat("/savepoints/job-1-8").ok());
  EXPECT_OK(files_.Stat("/savepoints/job-2-8"));
  EXPECT_OK(files_.Stat("/savepoints/notes"));
  EXPECT_OK(Read());
  EXPECT_OK(RemoveIncompleteSavepoints(files_, "/none", {JobId("job-1")}));
}

TEST_F(SavepointFolderTest, OneThatCannotBeLookedIntoStays) {
  Make();
  files_.FailListing("/savepoints/job-1-7/manifests", absl::UnavailableError("input/output error"));
  EXPECT_THAT(RemoveIncompleteSavepoints(files_, "/savepoints", {JobId("job-1")}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("input/output error")));
  EXPECT_TRUE(files_.contains("/savepoints/job-1-7/manifests/7-1-u.manifest"));
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("input/output error")));
}

TEST(ResolveSavepointTest, OnlyTheConfiguredFoldersCanBeReached) {
  const SavepointPlaces places{.checkpoint_dir = "/c", .savepoint_dir = "/s"};
  EXPECT_THAT(ResolveSavepoint(places, "job-1-7/"), IsOkAndHolds("/s/job-1-7"));
  EXPECT_THAT(ResolveSavepoint(places, "/c/job-1"), IsOkAndHolds("/c/job-1"));
  for (const std::string path : {"/etc/passwd", "/cc/x", "../c/x", "/s/../etc", "/s/./x"}) {
    EXPECT_THAT(ResolveSavepoint(places, path),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("checkpoint.savepoint_dir")))
        << path;
  }
}

TEST(ResolveSavepointTest, AndTheyAreMadeInOneOfThemOnly) {
  const SavepointPlaces places{.checkpoint_dir = "/c", .savepoint_dir = "/c/s"};
  EXPECT_THAT(ResolveSavepointTarget(places, ""), IsOkAndHolds("/c/s"));
  EXPECT_THAT(ResolveSavepointTarget(places, "monday"), IsOkAndHolds("/c/s/monday"));
  EXPECT_THAT(ResolveSavepointTarget(places, "/c/job-1"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/c/s and folders in it")));
}

}  // namespace
}  // namespace millrace
