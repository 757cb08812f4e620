#include "common/checkpoint/restore_decision.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Optional;

RestoreCandidate Good(int64_t epoch) { return {.ref = {.epoch = Epoch(epoch)}}; }
RestoreCandidate Damaged(int64_t epoch) {
  return {.ref = {.epoch = Epoch(epoch)},
          .read = absl::DataLossError(absl::StrCat("file ", epoch, " is damaged"))};
}

TEST(ChooseRestoreTest, AJobWithoutCheckpointStartsFromNothing) {
  ASSERT_OK_AND_ASSIGN(const RestoreChoice choice, ChooseRestore({}, true));
  EXPECT_FALSE(choice.candidate.has_value());
}

TEST(ChooseRestoreTest, TakesTheNewest) {
  ASSERT_OK_AND_ASSIGN(const RestoreChoice choice, ChooseRestore({Good(7), Good(6)}, true));
  EXPECT_THAT(choice.candidate, Optional(0u));
  EXPECT_EQ(choice.warning, "");
}

TEST(ChooseRestoreTest, PassesADamagedOneOverAndSaysSo) {
  ASSERT_OK_AND_ASSIGN(const RestoreChoice choice, ChooseRestore({Damaged(7), Good(6)}, true));
  EXPECT_THAT(choice.candidate, Optional(1u));
  EXPECT_THAT(choice.warning, AllOf(HasSubstr("epoch 7"), HasSubstr("damaged")));
}

TEST(ChooseRestoreTest, NeverGoesBackWhenASinkRemembersMore) {
  EXPECT_THAT(ChooseRestore({Damaged(7), Good(6)}, false),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("write output twice")));
}

TEST(ChooseRestoreTest, NamesEveryDamagedFileWhenNoneIsLeft) {
  EXPECT_THAT(ChooseRestore({Damaged(7), Damaged(6)}, true),
              StatusIs(absl::StatusCode::kDataLoss,
                       AllOf(HasSubstr("file 7"), HasSubstr("file 6"), HasSubstr("submit"))));
}

JobGraph OneStage(int32_t parallelism) {
  JobGraph graph;
  graph.stages.push_back({.id = StageId(0), .name = "s", .parallelism = parallelism});
  return graph;
}

Manifest Taken(int32_t parallelism) {
  Manifest manifest{.epoch = Epoch(7), .graph = OneStage(parallelism)};
  for (int32_t i = 0; i < parallelism; ++i) {
    TaskSnapshot task{.task = {StageId(0), i}};
    OperatorSnapshot snapshot{.state_id = "window"};
    snapshot.keyed.push_back({.key_groups = KeyGroupsOfTask(i, parallelism, 1024)});
    task.operators.push_back(snapshot);
    manifest.tasks.push_back(task);
  }
  return manifest;
}

TEST(CheckRestorableTest, AnotherParallelismIsFine) {
  EXPECT_OK(CheckRestorable(Taken(3), OneStage(5)));
}

TEST(CheckRestorableTest, AnotherNumberOfKeyGroupsIsNot) {
  JobGraph graph = OneStage(3);
  graph.options.max_parallelism = 128;
  EXPECT_THAT(
      CheckRestorable(Taken(3), graph),
      StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr("1024"), HasSubstr("128"))));
}

TEST(CheckRestorableTest, AMissingTaskIsDataLoss) {
  Manifest manifest = Taken(3);
  manifest.tasks.erase(manifest.tasks.begin() + 1);
  EXPECT_THAT(CheckRestorable(manifest, OneStage(3)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("lacks task 0/1")));
}

TEST(CheckRestorableTest, ATaskOrAKeyGroupTwiceIsDataLoss) {
  Manifest twice = Taken(2);
  twice.tasks[1].task.index = 0;
  EXPECT_THAT(CheckRestorable(twice, OneStage(2)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("task 0/0 twice")));
  Manifest overlap = Taken(2);
  overlap.tasks[1].operators[0].keyed[0].key_groups.begin -= 1;
  EXPECT_THAT(CheckRestorable(overlap, OneStage(2)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("key group 511")));
}

TEST(MayFallBackTest, OnlyAnExactlyOnceSinkForbidsIt) {
  JobGraph graph = OneStage(1);
  EXPECT_TRUE(MayFallBack(graph));
  graph.stages[0].operators.push_back({.spec = SinkSpec{}});
  EXPECT_TRUE(MayFallBack(graph));
  std::get<SinkSpec>(graph.stages[0].operators[0].spec).table.options = {
      {"sink.delivery-guarantee", "exactly-once"}};
  EXPECT_FALSE(MayFallBack(graph));
  std::get<SinkSpec>(graph.stages[0].operators[0].spec).table.options = {{"connector", "kafka"}};
  EXPECT_FALSE(MayFallBack(graph));  // Exactly-once by default.
}

TEST(MayFallBackTest, AFileSinkForbidsItAsItsPartFilesAreVisibleAlready) {
  JobGraph graph = OneStage(1);
  graph.stages[0].operators.push_back(
      {.spec = SinkSpec{.table = {.options = {{"connector", "filesystem"}}}}});
  EXPECT_FALSE(MayFallBack(graph));
}

TEST(ManifestRefTest, ADigestFindsEveryChangedByte) {
  const std::string bytes = "the durable form of a manifest";
  const ManifestRef ref = MakeManifestRef(Taken(1), "manifests/7-1-a.manifest", bytes);
  EXPECT_OK(CheckDigest(ref, bytes));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] ^= 1;
    EXPECT_THAT(CheckDigest(ref, changed),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(ref.path)));
    EXPECT_THAT(CheckDigest(ref, bytes.substr(0, i)),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(ref.path)));
  }
}

TEST(ManifestRefTest, ListsTheFilesOfStateAndSegmentsOnce) {
  Manifest manifest = Taken(1);
  OperatorSnapshot& snapshot = manifest.tasks[0].operators[0];
  snapshot.keyed[0].snapshot = {{.path = "a.sst", .bytes = 100}};
  snapshot.keyed[0].deltas = {{.path = "d.delta", .bytes = 10},
                              {.path = "d.delta", .offset = 10, .bytes = 5}};
  snapshot.segments = {{.file = {.path = "s.segment", .bytes = 1}}};
  EXPECT_THAT(FilesOf(manifest), testing::ElementsAre("a.sst", "d.delta", "s.segment"));
  EXPECT_EQ(BytesOf(manifest), 116);
}

}  // namespace
}  // namespace millrace
