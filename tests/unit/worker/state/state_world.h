// A worker's keyed state without a worker: tasks over one file system, one executor that the test
// runs, one checkpoint folder. Keys are texts; a value is a number and, if the table has tails, a
// text.
//
//   StateWorld world(files, spill);
//   StateTask task(world, {.index = 0, .parallelism = 1});
//   task.Put(0, "a", 1);
//   KeyedStateSnapshot checkpoint = task.Checkpoint(1);
#pragma once

#include <gmock/gmock.h>

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/crc32c.h"
#include "common/base/hash.h"
#include "common/metrics/metrics.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/manual_executor.h"
#include "tests/harness/status_matchers.h"
#include "worker/state/task_state.h"

namespace millrace {

struct StateWorld {
  StateWorld(FileSystem& files, SpillStoreFactory& spill, std::string root = "",
             int64_t memory_bytes = 0)
      : files(files), spill(spill), root(std::move(root)), memory(memory_bytes) {}

  std::string checkpoint_dir() const { return root + "/checkpoints/job"; }

  FileSystem& files;
  SpillStoreFactory& spill;
  const std::string root;
  StateMemory memory;
  MetricRegistry metrics;
  FakeClock clock;
  ManualExecutor io{clock};
  MaterializationQueue materializations;
  int32_t attempts = 0;
};

struct StateTaskOptions {
  int32_t index = 0;
  int32_t parallelism = 1;
  int32_t materialize_every = 3;
  int64_t small_table_bytes = 4 << 20;
  StateTableOptions table = {.state_id = "sum", .value_bytes = 8};
  std::vector<KeyedStateSnapshot> restored = {};
};

class StateTask {
 public:
  static constexpr int32_t kMaxParallelism = 16;
  using Contents = std::map<std::pair<int64_t, std::string>, std::pair<int64_t, std::string>>;

  StateTask(StateWorld& world, StateTaskOptions options) : world_(world), options_(options) {
    const int32_t attempt = ++world.attempts;
    metrics_ = world.metrics.root().Child({{"job", "job"},
                                           {"job_name", "job"},
                                           {"stage", "0"},
                                           {"task", absl::StrCat(options.index)}});
    groups_ = KeyGroupsOfTask(options.index, options.parallelism, kMaxParallelism);
    state_ = std::make_unique<TaskState>(TaskStateOptions{
        .task = {StageId(0), options.index},
        .key_groups = groups_,
        .max_parallelism = kMaxParallelism,
        .materialize_every = options.materialize_every,
        .small_table_bytes = options.small_table_bytes,
        .worker = WorkerId("w"),
        .term = Term(1),
        .attempt = Attempt(attempt),
        .checkpoint_dir = world.checkpoint_dir(),
        .local_dir = absl::StrCat(world.root, "/local-", attempt),
        .files = &world.files,
        .io = &world.io,
        .wake = [] {},
        .metrics = metrics_.get(),
        .memory = &world.memory,
        .spill = &world.spill,
        .materializations = &world.materializations,
    });
    absl::StatusOr<KeyedState*> table = state_->Open(options.table, options.restored);
    opened = table.status();
    if (table.ok()) table_ = *table;
  }

  bool Owns(const std::string& key) const {
    return groups_.Contains(KeyGroupOf(key, kMaxParallelism));
  }

  StateKey KeyOf(int64_t state_namespace, const std::string& key) const {
    return {.state_namespace = state_namespace, .key = key, .hash = HashKey(key)};
  }

  // Until the keys are in RAM.
  void Prefetch(const std::vector<StateKey>& keys) {
    while (true) {
      ASSERT_OK_AND_ASSIGN(const Progress progress, table_->Prefetch(keys));
      if (progress == Progress::kDone) return;
      ASSERT_EQ(progress, Progress::kBlockedIo);
      ASSERT_TRUE(world_.io.RunOne());
    }
  }

  // Adds to the entry's number and puts its text; returns the number before.
  int64_t Add(int64_t state_namespace, const std::string& key, int64_t number,
              const std::string& text = "") {
    Prefetch({KeyOf(state_namespace, key)});
    return AddPrefetched(state_namespace, key, number, text);
  }
  int64_t AddPrefetched(int64_t state_namespace, const std::string& key, int64_t number,
                        const std::string& text = "") {
    bool created = false;
    const StateValue value = table_->Upsert(KeyOf(state_namespace, key), &created);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(value.fixed) % 8, 0u);
    int64_t before = 0;
    std::memcpy(&before, value.fixed, sizeof(before));
    if (created) {
      EXPECT_EQ(before, 0);
    }
    const int64_t after = before + number;
    std::memcpy(value.fixed, &after, sizeof(after));
    if (value.tail != nullptr) *value.tail = text;
    return before;
  }
  void Drop(int64_t state_namespace) { table_->DropNamespace(state_namespace); }
  std::vector<int64_t> Namespaces() const { return table_->Namespaces(); }

  // What a scan of every namespace gives, `limit` entries at a time.
  Contents Scan(int64_t limit = 3) {
    Contents contents;
    for (const int64_t state_namespace : table_->Namespaces()) {
      const std::unique_ptr<NamespaceCursor> cursor = table_->Scan(state_namespace);
      std::vector<NamespaceCursor::Entry> entries;
      int32_t last_group = -1;
      do {
        EXPECT_OK(cursor->Next(limit, entries));
        EXPECT_LE(static_cast<int64_t>(entries.size()), limit);
        for (const NamespaceCursor::Entry& entry : entries) {
          EXPECT_EQ(reinterpret_cast<uintptr_t>(entry.fixed) % 8, 0u);
          int64_t number = 0;
          std::memcpy(&number, entry.fixed, sizeof(number));
          const bool is_new = contents
                                  .emplace(std::pair(state_namespace, std::string(entry.key)),
                                           std::pair(number, std::string(entry.tail)))
                                  .second;
          EXPECT_TRUE(is_new) << entry.key << " twice";
          const int32_t group = KeyGroupOf(entry.key, kMaxParallelism).value();
          EXPECT_GE(group, last_group);
          last_group = group;
        }
      } while (!entries.empty());
    }
    return contents;
  }

  std::unique_ptr<FrozenState> Freeze(int64_t epoch) { return state_->Freeze(Epoch(epoch)); }

  // Writes what was frozen into the delta file of `epoch`.
  absl::StatusOr<KeyedStateSnapshot> Write(FrozenState& frozen, int64_t epoch) {
    SectionFile file(
        world_.files, world_.checkpoint_dir(),
        absl::StrCat("state/", epoch, "-1-", world_.attempts, "-w", options_.index, ".delta"));
    ASSIGN_OR_RETURN(const std::vector<OperatorState> states, frozen.Write(file));
    RETURN_IF_ERROR(file.Commit());
    frozen.OnWritten();
    return states.at(0).state;
  }

  // Freezes and writes at once, then does what was posted meanwhile.
  absl::StatusOr<KeyedStateSnapshot> TryCheckpoint(int64_t epoch) {
    const std::unique_ptr<FrozenState> frozen = Freeze(epoch);
    absl::StatusOr<KeyedStateSnapshot> snapshot = Write(*frozen, epoch);
    world_.io.RunReady();
    return snapshot;
  }
  KeyedStateSnapshot Checkpoint(int64_t epoch) {
    absl::StatusOr<KeyedStateSnapshot> snapshot = TryCheckpoint(epoch);
    EXPECT_OK(snapshot);
    return snapshot.ok() ? *std::move(snapshot) : KeyedStateSnapshot();
  }

  // What a task restored from `snapshots` alone would hold.
  Contents Restored(std::vector<KeyedStateSnapshot> snapshots) const {
    StateTaskOptions options = options_;
    options.restored = std::move(snapshots);
    StateTask restored(world_, options);
    EXPECT_OK(restored.opened);
    return restored.opened.ok() ? restored.Scan() : Contents();
  }

  absl::Status opened;

 private:
  StateWorld& world_;
  const StateTaskOptions options_;
  KeyGroupRange groups_;
  std::unique_ptr<MetricScope> metrics_;
  std::unique_ptr<TaskState> state_;
  KeyedState* table_ = nullptr;
};

}  // namespace millrace
