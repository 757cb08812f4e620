// Keyed state as operators, barriers and restarts see it.

#include "worker/state/task_state.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/harness/memory_files.h"
#include "tests/unit/worker/state/state_world.h"
#include "worker/state/memory_spill_store.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

std::pair<const std::pair<int64_t, std::string>, std::pair<int64_t, std::string>> Is(
    int64_t state_namespace, std::string key, int64_t number, std::string text = "") {
  return {{state_namespace, std::move(key)}, {number, std::move(text)}};
}

// No limit of memory and a few small entries: nothing is ever spilled.
class TaskStateTest : public testing::Test {
 protected:
  MemoryFiles files_;
  const std::unique_ptr<SpillStoreFactory> spill_ = NewMemorySpillStores();
  StateWorld world_{files_, *spill_};
};

TEST_F(TaskStateTest, EntriesAreFoundByNamespaceAndKey) {
  StateTask task(world_, {});
  EXPECT_EQ(task.Add(1, "a", 10), 0);
  EXPECT_EQ(task.Add(1, "a", 1), 10);
  EXPECT_EQ(task.Add(-2, "a", 5), 0);
  task.Add(1, "", 7);
  EXPECT_THAT(task.Namespaces(), ElementsAre(-2, 1));
  EXPECT_THAT(task.Scan(), UnorderedElementsAre(Is(-2, "a", 5), Is(1, "", 7), Is(1, "a", 11)));
}

TEST_F(TaskStateTest, ADroppedNamespaceIsGoneAndMayComeBack) {
  StateTask task(world_, {});
  task.Add(1, "a", 10);
  task.Add(2, "a", 20);
  task.Drop(1);
  task.Drop(9);
  EXPECT_THAT(task.Scan(), ElementsAre(Is(2, "a", 20)));
  EXPECT_EQ(task.Add(1, "a", 1), 0);
}

TEST_F(TaskStateTest, WritesAfterTheFreezeAreNotInItsCheckpoint) {
  StateTask task(world_, {});
  task.Add(1, "a", 1);
  task.Add(2, "b", 1);
  const auto frozen = task.Freeze(1);
  task.Add(1, "a", 100);
  task.Add(1, "new", 100);
  task.Drop(2);
  ASSERT_OK_AND_ASSIGN(const KeyedStateSnapshot snapshot, task.Write(*frozen, 1));
  EXPECT_THAT(task.Restored({snapshot}), ElementsAre(Is(1, "a", 1), Is(2, "b", 1)));
}

TEST_F(TaskStateTest, ADeltaHoldsOnlyWhatChanged) {
  StateTask task(world_, {.materialize_every = 100});
  for (int i = 0; i < 100; ++i) task.Add(0, absl::StrCat("key", i), i);
  const KeyedStateSnapshot first = task.Checkpoint(1);
  task.Add(0, "key7", 1000);
  const KeyedStateSnapshot second = task.Checkpoint(2);
  ASSERT_THAT(second.deltas, SizeIs(2));
  EXPECT_LT(second.deltas[1].bytes, first.deltas[0].bytes / 20);
  EXPECT_EQ(task.Restored({second}).at(std::pair(int64_t{0}, "key7")).first, 1007);
  EXPECT_EQ(task.Restored({first}).at(std::pair(int64_t{0}, "key7")).first, 7);
}

TEST_F(TaskStateTest, AnEpochWithoutChangesWritesNothing) {
  StateTask task(world_, {});
  task.Add(0, "a", 1);
  const KeyedStateSnapshot first = task.Checkpoint(1);
  const KeyedStateSnapshot second = task.Checkpoint(2);
  EXPECT_THAT(second.deltas, SizeIs(1));
  EXPECT_EQ(second.deltas[0].path, first.deltas[0].path);
}

TEST_F(TaskStateTest, TheDropOfANamespaceIsADelta) {
  StateTask task(world_, {});
  task.Add(1, "a", 1);
  task.Add(2, "a", 2);
  task.Checkpoint(1);
  task.Drop(1);
  task.Checkpoint(2);
  task.Drop(2);
  task.Add(2, "b", 3);
  EXPECT_THAT(task.Restored({task.Checkpoint(3)}), ElementsAre(Is(2, "b", 3)));
}

TEST_F(TaskStateTest, AnAbortedEpochIsPartOfTheNext) {
  StateTask task(world_, {});
  task.Add(0, "a", 1);
  task.Add(1, "gone", 1);
  task.Checkpoint(1);
  task.Add(0, "a", 1);
  task.Add(0, "b", 1);
  task.Drop(1);
  task.Freeze(2).reset();
  task.Add(0, "a", 1);
  EXPECT_THAT(task.Restored({task.Checkpoint(3)}), ElementsAre(Is(0, "a", 3), Is(0, "b", 1)));
}

TEST_F(TaskStateTest, AnEpochThatIsStillBeingWrittenIsPartOfTheNextToo) {
  for (const bool second_is_written : {false, true}) {
    StateTask task(world_, {});
    task.Add(0, "a", 1);
    task.Checkpoint(1);
    task.Add(0, "a", 1);
    task.Add(5, "b", 1);
    auto second = task.Freeze(2);
    task.Drop(5);
    task.Add(0, "a", 1);
    const auto third = task.Freeze(3);
    task.Add(0, "a", 1);
    if (second_is_written) {
      ASSERT_OK(task.Write(*second, 2));
    } else {
      second.reset();
    }
    ASSERT_OK_AND_ASSIGN(const KeyedStateSnapshot snapshot, task.Write(*third, 3));
    EXPECT_THAT(task.Restored({snapshot}), ElementsAre(Is(0, "a", 3)));
    EXPECT_THAT(task.Restored({task.Checkpoint(4)}), ElementsAre(Is(0, "a", 4)));
  }
}

TEST_F(TaskStateTest, AFullDiskLosesNothing) {
  StateTask task(world_, {.materialize_every = 2});
  for (int64_t epoch = 1; epoch <= 20; ++epoch) {
    files_.FailWrites(epoch % 5 == 0 ? absl::OkStatus()
                                     : absl::ResourceExhaustedError("/c: no space left on device"));
    task.Add(0, "a", 1);
    task.Add(epoch, "b", epoch);
    task.Drop(epoch - 7);
    const absl::StatusOr<KeyedStateSnapshot> snapshot = task.TryCheckpoint(epoch);
    if (epoch % 5 == 0) {
      ASSERT_OK(snapshot);
      EXPECT_EQ(task.Restored({*snapshot}), task.Scan());
    } else {
      EXPECT_THAT(snapshot, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("no space")));
    }
  }
}

TEST_F(TaskStateTest, SmallStateIsWrittenAsAWholeNowAndThen) {
  StateTask task(world_, {.materialize_every = 3});
  KeyedStateSnapshot snapshot;
  for (int64_t epoch = 1; epoch <= 20; ++epoch) {
    task.Add(epoch % 4, "a", 1);
    if (epoch == 11) task.Drop(2);
    snapshot = task.Checkpoint(epoch);
    EXPECT_LE(snapshot.deltas.size(), 4u);
    EXPECT_THAT(snapshot.snapshot, IsEmpty());
  }
  EXPECT_EQ(task.Restored({snapshot}), task.Scan());
}

TEST_F(TaskStateTest, StateThatChangesFastIsWrittenAsAWholeBesideTheCheckpoints) {
  constexpr int kKeys = 300;
  StateTask task(world_, {.materialize_every = 20, .small_table_bytes = 0});
  KeyedStateSnapshot snapshot;
  int wholes = 0;
  for (int64_t epoch = 1; epoch <= 100; ++epoch) {
    // All keys, now and then some of them only.
    for (int i = 0; i < kKeys; i += epoch % 4 == 0 ? 7 : 1) task.Add(0, absl::StrCat("key", i), i);
    if (epoch % 30 == 0) task.Drop(0);
    const auto frozen = task.Freeze(epoch);
    for (int i = 0; i < kKeys; i += 20) task.Add(0, absl::StrCat("key", i), 1);
    ASSERT_OK_AND_ASSIGN(snapshot, task.Write(*frozen, epoch));
    if (epoch % 3 == 0) world_.io.RunReady();
    EXPECT_THAT(snapshot.snapshot, IsEmpty());
    EXPECT_LE(snapshot.deltas.size(), 24u);
    if (absl::StrContains(snapshot.deltas[0].path, ".whole")) ++wholes;
  }
  EXPECT_GT(wholes, 50);
  EXPECT_EQ(task.Restored({task.Checkpoint(101)}), task.Scan());
}

TEST_F(TaskStateTest, TailsAreRestored) {
  const StateTableOptions table = {.state_id = "names", .value_bytes = 12, .has_tail = true};
  StateTask task(world_, {.table = table});
  task.Add(0, "a", 1, "short");
  task.Add(0, "b", 2, std::string(1000, 'x'));
  const auto frozen = task.Freeze(1);
  task.Add(0, "a", 1, "changed after the freeze, and longer than before");
  ASSERT_OK_AND_ASSIGN(const KeyedStateSnapshot snapshot, task.Write(*frozen, 1));
  EXPECT_THAT(task.Restored({snapshot}),
              UnorderedElementsAre(Is(0, "a", 1, "short"), Is(0, "b", 2, std::string(1000, 'x'))));
}

TEST_F(TaskStateTest, ATableWithoutEntriesHasASnapshotThatRestoresToNothing) {
  StateTask task(world_, {});
  const KeyedStateSnapshot snapshot = task.Checkpoint(1);
  EXPECT_EQ(snapshot.key_groups, (KeyGroupRange{0, 16}));
  EXPECT_THAT(snapshot.deltas, IsEmpty());
  EXPECT_THAT(task.Restored({snapshot}), IsEmpty());
}

TEST_F(TaskStateTest, WhatIsFrozenOutlivesTheTask) {
  std::unique_ptr<FrozenState> frozen;
  {
    StateTask task(world_, {});
    task.Add(0, "a", 1);
    frozen = task.Freeze(1);
  }
  SectionFile file(files_, world_.checkpoint_dir(), "state/1.delta");
  ASSERT_OK_AND_ASSIGN(const std::vector<OperatorState> states, frozen->Write(file));
  ASSERT_OK(file.Commit());
  frozen->OnWritten();
  StateTask restored(world_, {.restored = {states[0].state}});
  EXPECT_THAT(restored.Scan(), ElementsAre(Is(0, "a", 1)));
}

TEST_F(TaskStateTest, AnotherLayoutOfValuesIsRefused) {
  StateTask task(world_, {});
  task.Add(0, "a", 1);
  const KeyedStateSnapshot snapshot = task.Checkpoint(1);
  StateTask newer(world_, {.table = {.state_id = "sum", .schema_version = 2, .value_bytes = 8},
                           .restored = {snapshot}});
  EXPECT_THAT(newer.opened, StatusIs(absl::StatusCode::kFailedPrecondition,
                                     HasSubstr("state of sum in layout 1")));
}

TEST_F(TaskStateTest, ASectionOfAnotherOperatorIsRefused) {
  StateTask task(world_, {});
  task.Add(0, "a", 1);
  const KeyedStateSnapshot snapshot = task.Checkpoint(1);
  StateTask other(world_,
                  {.table = {.state_id = "other", .value_bytes = 8}, .restored = {snapshot}});
  EXPECT_THAT(other.opened,
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(snapshot.deltas[0].path)));
}

TEST_F(TaskStateTest, SectionsAreSharedOutByKeyGroupAndPutTogetherAgain) {
  KeyedStateSnapshot whole;
  StateTask::Contents expected;
  {
    StateTask task(world_, {.materialize_every = 100});
    for (int i = 0; i < 50; ++i) task.Add(i % 3, absl::StrCat("key", i), i);
    task.Checkpoint(1);
    for (int i = 0; i < 50; i += 2) task.Add(i % 3, absl::StrCat("key", i), i);
    whole = task.Checkpoint(2);
    expected = task.Scan();
  }
  std::vector<KeyedStateSnapshot> halves;
  for (const int32_t index : {0, 1}) {
    StateTask task(
        world_, {.index = index, .parallelism = 2, .materialize_every = 100, .restored = {whole}});
    StateTask::Contents own = expected;
    std::erase_if(own, [&](const auto& entry) { return !task.Owns(entry.first.second); });
    EXPECT_EQ(task.Scan(), own);
    // What one task drops the other keeps.
    if (index == 0) {
      task.Drop(1);
      std::erase_if(expected, [&](const auto& entry) {
        return entry.first.first == 1 && task.Owns(entry.first.second);
      });
    }
    halves.push_back(task.Checkpoint(3));
  }
  for (const bool reversed : {false, true}) {
    if (reversed) std::swap(halves[0], halves[1]);
    StateTask task(world_, {.restored = halves});
    EXPECT_EQ(task.Scan(), expected);
    EXPECT_EQ(task.Restored({task.Checkpoint(4)}), expected);
  }
}

TEST_F(TaskStateTest, ADiskThatFillsDuringAMaterialisationLosesNothing) {
  StateWorld tight(files_, *spill_, "", /*memory_bytes=*/1);
  StateTask task(tight, {});
  for (int64_t epoch = 1; epoch < 30; ++epoch) {
    for (int i = 0; i < 20; ++i) task.Add(i % 3, absl::StrCat("key", epoch * i), 1);
    const auto frozen = task.Freeze(epoch);
    absl::StatusOr<KeyedStateSnapshot> snapshot = task.Write(*frozen, epoch);
    ASSERT_OK(snapshot);
    EXPECT_EQ(task.Restored({*snapshot}), task.Scan());
    // Only the materialisation, which comes after the delta, finds no room.
    if (epoch % 4 != 0) files_.FailWrites(absl::ResourceExhaustedError("/l: no space left"));
    tight.io.RunReady();
    files_.FailWrites(absl::OkStatus());
  }
}

}  // namespace
}  // namespace millrace
