// Keyed state that does not fit into RAM: eviction, fetches, tables, and restores of them.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/harness/metric_values.h"
#include "tests/unit/worker/state/spill_worlds.h"
#include "tests/unit/worker/state/state_world.h"
#include "worker/state/task_state.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// With a spill store: memory so tight that nearly nothing stays in RAM.
class SpilledStateTest : public testing::TestWithParam<SpillKind> {
 protected:
  static constexpr int64_t kTight = 1;

  // Enough entries for a few chunks, materialised.
  KeyedStateSnapshot Fill(StateTask& task, int64_t first_epoch = 1) {
    for (int i = 0; i < 300; ++i) task.Add(i % 2, absl::StrCat("key", i), i);
    task.Checkpoint(first_epoch);
    task.Checkpoint(first_epoch + 1);
    return task.Checkpoint(first_epoch + 2);
  }

  SpillWorld disk_{GetParam()};
  StateWorld world_{disk_.files(), disk_.stores(), disk_.root(), kTight};
};

TEST_P(SpilledStateTest, EvictedEntriesComeBackByPrefetch) {
  StateTask task(world_, {});
  Fill(task);
  task.Add(0, "other", 1);  // Makes room.
  EXPECT_LT(world_.memory.used_bytes(), 20000);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(task.Add(i % 2, absl::StrCat("key", i), 1), i);
}

TEST_P(SpilledStateTest, MetricsShowWhatTheStoreHoldsOnceThereIsOne) {
  StateTask task(world_, {});
  EXPECT_THAT(MetricValue(world_.metrics, "millrace_rocksdb_bytes"), testing::Eq(std::nullopt));
  Fill(task);
  task.Checkpoint(4);
  task.Checkpoint(5);  // What the write of the one before saw.
  EXPECT_THAT(
      MetricValue(world_.metrics, "millrace_rocksdb_bytes", {{"kind", "sst"}, {"operator", "sum"}}),
      testing::Optional(testing::Gt(300)));
  EXPECT_THAT(
      MetricValue(world_.metrics, "millrace_rocksdb_bytes", {{"kind", "pending_compaction"}}),
      testing::Optional(testing::Ge(0)));
  EXPECT_THAT(MetricValue(world_.metrics, "millrace_rocksdb_write_stopped"), testing::Optional(0));
}

TEST_P(SpilledStateTest, AKeyThatWasNeverThereIsNew) {
  StateTask task(world_, {});
  Fill(task);
  EXPECT_EQ(task.Add(0, "never", 5), 0);
  EXPECT_EQ(task.Add(0, "key1", 5), 0);  // It is in namespace 1.
  EXPECT_EQ(task.Add(0, "never", 1), 5);
}

TEST_P(SpilledStateTest, ABatchFindsAllOfItsKeysInRam) {
  StateTask task(world_, {});
  Fill(task);
  std::vector<std::string> names;
  std::vector<StateKey> keys;
  for (int i = 0; i < 300; i += 2) names.push_back(absl::StrCat("key", i));
  names.push_back("new");
  names.push_back("key0");
  for (const std::string& name : names) keys.push_back(task.KeyOf(0, name));
  task.Prefetch(keys);
  for (int i = 0; i < 300; i += 2) {
    EXPECT_EQ(task.AddPrefetched(0, absl::StrCat("key", i), 1), i);
  }
  EXPECT_EQ(task.AddPrefetched(0, "new", 1), 0);
}

TEST_P(SpilledStateTest, AScanMergesWhatIsSpilledWithWhatIsInRam) {
  StateTask task(world_, {});
  Fill(task);
  task.Add(0, "key10", 1000);
  task.Add(0, "key", 5);
  const StateTask::Contents contents = task.Scan(7);
  EXPECT_EQ(contents.size(), 301u);
  EXPECT_EQ(contents.at(std::pair(int64_t{0}, "key10")).first, 1010);
  EXPECT_EQ(contents.at(std::pair(int64_t{0}, "key")).first, 5);
  EXPECT_EQ(contents.at(std::pair(int64_t{1}, "key299")).first, 299);
}

TEST_P(SpilledStateTest, ADroppedNamespaceDoesNotComeBackFromTheStore) {
  StateTask task(world_, {});
  Fill(task);
  task.Add(1, "key1", 0);
  task.Drop(0);
  EXPECT_THAT(task.Namespaces(), ElementsAre(1));
  EXPECT_EQ(task.Add(0, "key2", 7), 0);
  EXPECT_EQ(task.Scan().size(), 151u);
  const KeyedStateSnapshot snapshot = task.Checkpoint(10);
  EXPECT_EQ(task.Restored({snapshot}).size(), 151u);
  for (int64_t epoch = 11; epoch < 20; ++epoch) {
    task.Add(1, "key3", 1);
    task.Checkpoint(epoch);
  }
  EXPECT_EQ(task.Add(0, "key2", 0), 7);
  EXPECT_EQ(task.Add(0, "key4", 0), 0);
  EXPECT_EQ(task.Restored({task.Checkpoint(20)}), task.Scan());
}

TEST_P(SpilledStateTest, ARestoredTaskGoesOnWithTheFilesItStartedFrom) {
  KeyedStateSnapshot snapshot;
  StateTask::Contents expected;
  {
    StateTask task(world_, {});
    Fill(task);
    task.Add(0, "key8", 100);
    snapshot = task.Checkpoint(4);
    expected = task.Scan();
  }
  EXPECT_THAT(snapshot.snapshot, Not(IsEmpty()));
  StateTask restored(world_, {.restored = {snapshot}});
  ASSERT_OK(restored.opened);
  restored.Add(0, "key8", 1);
  const KeyedStateSnapshot next = restored.Checkpoint(5);
  EXPECT_EQ(next.snapshot[1].path, snapshot.snapshot[1].path);
  expected[{0, "key8"}].first = 109;
  EXPECT_EQ(restored.Restored({next}), expected);
  const KeyedStateSnapshot later = Fill(restored, 6);
  EXPECT_EQ(restored.Restored({later}), restored.Scan());
}

TEST_P(SpilledStateTest, ADamagedByteInAnyFileIsFoundAndNamed) {
  StateTask task(world_, {});
  Fill(task);
  task.Add(0, "key8", 100);
  const KeyedStateSnapshot snapshot = task.Checkpoint(4);
  std::vector<FileRef> refs = snapshot.snapshot;
  refs.insert(refs.end(), snapshot.deltas.begin(), snapshot.deltas.end());
  ASSERT_GE(refs.size(), 3u);
  for (const FileRef& ref : refs) {
    const std::string path = absl::StrCat(world_.checkpoint_dir(), "/", ref.path);
    ASSERT_OK_AND_ASSIGN(const std::string whole, disk_.files().Read(path));
    for (size_t part = 0; part < 40; ++part) {
      disk_.WriteDamaged(path, whole, (whole.size() - 1) * part / 39);
      EXPECT_THAT(StateTask(world_, {.restored = {snapshot}}).opened,
                  StatusIs(absl::StatusCode::kDataLoss, HasSubstr(ref.path)));
    }
    ASSERT_OK(WriteFile(disk_.files(), path, whole.substr(0, whole.size() - 1)));
    EXPECT_THAT(StateTask(world_, {.restored = {snapshot}}).opened,
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(ref.path)));
    ASSERT_OK(disk_.files().Remove(path));
    EXPECT_THAT(StateTask(world_, {.restored = {snapshot}}).opened,
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(ref.path)));
    ASSERT_OK(WriteFile(disk_.files(), path, whole));
  }
  EXPECT_OK(StateTask(world_, {.restored = {snapshot}}).opened);
}

TEST_P(SpilledStateTest, KeyGroupsMoveFromOneTaskToTwoToThreeToOne) {
  std::vector<KeyedStateSnapshot> snapshots;
  StateTask::Contents expected;
  {
    StateTask task(world_, {});
    Fill(task);
    task.Add(0, "key8", 100);
    snapshots = {task.Checkpoint(4)};
    expected = task.Scan();
  }
  int64_t epoch = 5;
  for (const int32_t parallelism : {2, 3, 1}) {
    std::vector<KeyedStateSnapshot> next;
    StateTask::Contents found;
    for (int32_t index = 0; index < parallelism; ++index) {
      StateTaskOptions options{.index = index, .parallelism = parallelism};
      for (const KeyedStateSnapshot& snapshot : snapshots) {
        if (snapshot.key_groups.Overlaps(KeyGroupsOfTask(index, parallelism, 16))) {
          options.restored.push_back(snapshot);
        }
      }
      StateTask task(world_, options);
      ASSERT_OK(task.opened);
      // One namespace is dropped by some tasks only, and goes on in others.
      if (index == 0) {
        task.Drop(1);
        std::erase_if(expected, [&](const auto& entry) {
          return entry.first.first == 1 && task.Owns(entry.first.second);
        });
      }
      for (int i = 0; i < 300; ++i) {
        const std::string key = absl::StrCat("key", i);
        if (!task.Owns(key) || i % 3 == 0) continue;
        task.Add(i % 2, key, parallelism);
        auto& value = expected[{i % 2, key}];
        value.first += parallelism;
      }
      for (int64_t more = 0; more < 6; ++more) {
        task.Add(2, "counter", 0);
        if (task.Owns("counter")) expected[{2, "counter"}];
        next.resize(static_cast<size_t>(index));
        next.push_back(task.Checkpoint(epoch + more));
      }
      if (!task.Owns("counter")) task.Drop(2);
      found.merge(task.Scan());
    }
    epoch += 10;
    EXPECT_EQ(found, expected) << parallelism;
    snapshots = next;
  }
  StateTask::Contents restored = StateTask(world_, {.restored = snapshots}).Scan();
  EXPECT_EQ(restored, expected);
}

TEST_P(SpilledStateTest, ADropThatIsOnlyADeltaConcernsItsOwnKeyGroups) {
  std::vector<KeyedStateSnapshot> halves;
  StateTask::Contents expected;
  for (const int32_t index : {0, 1}) {
    StateTask task(world_, {.index = index, .parallelism = 2});
    for (int i = 0; i < 300; ++i) {
      const std::string key = absl::StrCat("key", i);
      if (task.Owns(key)) task.Add(i % 2, key, i);
    }
    task.Checkpoint(1);
    task.Checkpoint(2);
    if (index == 0) task.Drop(1);
    halves.push_back(task.Checkpoint(3));
    EXPECT_THAT(halves.back().snapshot, Not(IsEmpty()));
    EXPECT_THAT(halves.back().deltas, SizeIs(index == 0 ? 1 : 0));
    expected.merge(task.Scan());
  }
  EXPECT_EQ(StateTask(world_, {.restored = halves}).Scan(), expected);
}

// Its tables are new, so the first checkpoint must publish them.
TEST_P(SpilledStateTest, TheFirstCheckpointOfATaskMadeOfSeveralHoldsEverything) {
  std::vector<KeyedStateSnapshot> halves;
  for (const int32_t index : {0, 1}) {
    StateTask task(world_, {.index = index, .parallelism = 2});
    for (int i = 0; i < 300; ++i) {
      const std::string key = absl::StrCat("key", i);
      if (task.Owns(key)) task.Add(i % 2, key, i);
      if (i == 200) task.Checkpoint(1);
    }
    halves.push_back(task.Checkpoint(2));
  }
  StateTask merged(world_, {.restored = halves});
  const auto aborted = merged.Freeze(3);
  merged.Add(0, "key7", 1000);
  EXPECT_EQ(merged.Restored({merged.Checkpoint(4)}), merged.Scan());
  merged.Add(0, "key8", 1000);
  EXPECT_EQ(merged.Restored({merged.Checkpoint(5)}), merged.Scan());
  EXPECT_EQ(merged.Scan().size(), 301u);
}

INSTANTIATE_TEST_SUITE_P(Both, SpilledStateTest,
                         testing::Values(SpillKind::kMemory, SpillKind::kRocksDb), SpillKindName);

}  // namespace
}  // namespace millrace
