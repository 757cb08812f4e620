// The part of a table of keyed state that is materialised: its spill store, opened when it is first
// needed, and the files of it that lie in the checkpoint folder.
//
// A set of table files is published as one file that lists them (proto/CHECKPOINT.md, "Table list")
// and hard links. Files that a published set had before are named again, not written again.
//
// Thread-safe. Calls may block. Shared by the table, what is frozen of it, and work on the io
// executor; outlives the table while any of that goes on.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/paths.h"
#include "worker/contract/keyed_state.h"
#include "worker/state/ram_table.h"
#include "worker/state/spill_format.h"
#include "worker/state/spill_store.h"
#include "worker/state/task_state_options.h"

namespace millrace {

struct StateTableContext {
  TaskStateOptions task;
  StateTableOptions table;
  std::string dir;  // For the spill store of this table alone.
  // Table files that the task has named so far; makes their names unique.
  std::shared_ptr<std::atomic<int64_t>> table_files;
};

class TableSpill {
 public:
  explicit TableSpill(StateTableContext context);

  const StateTableContext& context() const { return context_; }
  const SpillFormat& format() const { return format_; }

  // Takes up the tables of a snapshot as they are, which is quick; what they hold of other tasks'
  // key groups is left alone.
  absl::StatusOr<SpillFormat::Directory> Restore(const KeyedStateSnapshot& snapshot);
  // A snapshot to be merged with others, and the namespaces that its sections drop.
  struct Source {
    KeyedStateSnapshot snapshot;
    std::set<int64_t> dropped;
  };
  // Writes what the tables of several snapshots hold of this task's key groups into new tables.
  // Nothing if none of them has tables.
  absl::StatusOr<std::optional<SpillFormat::Directory>> RestoreFrom(std::vector<Source> sources);

  // Whether there is a store. Once true, for ever.
  bool is_open() const;

  // Writes all of a table to sections of a file instead of a store (whole_table.h): `entries` is
  // everything. Durable in the checkpoint folder under the name of `epoch`.
  absl::StatusOr<std::vector<FileRef>> WriteWhole(const AgingEntries& entries, Epoch epoch);

  // Takes up `entries`, then publishes the tables.
  absl::StatusOr<std::vector<FileRef>> Materialize(const AgingEntries& entries, Epoch epoch);
  // The list of tables and the tables, durable in the checkpoint folder under the name of `epoch`.
  absl::StatusOr<std::vector<FileRef>> Publish(Epoch epoch);

  // REQUIRES: is_open(), for both.
  absl::StatusOr<std::vector<std::optional<std::string>>> Get(const std::vector<std::string>& keys);
  std::unique_ptr<SpillIterator> NewIterator();

  // Looks at the store, if there is one. May block; for those that write what was frozen.
  void Measure();
  // What Measure() last saw; nothing before there is a store.
  std::optional<SpillFigures> figures() const;

  // No one waits for a materialisation any more.
  void Abandon() { abandoned_ = true; }

 private:
  using Live = std::map<int64_t, StateVersion>;

  absl::StatusOr<SpillStore*> OpenStore(SpillStoreOptions options);
  SpillStore* store() const;
  void SetLive(const std::vector<LiveNamespace>& live);
  SpillFilter NewFilter() const;
  absl::Status Write(const AgingEntries& entries) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::StatusOr<std::vector<FileRef>> PublishLocked(Epoch epoch)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::StatusOr<FileRef> PublishTable(const SpillTable& table, Epoch epoch);
  FileOrigin OriginOf(Epoch epoch) const;
  absl::StatusOr<SpillStoreOptions> Verify(const KeyedStateSnapshot& snapshot);
  absl::Status CopyFrom(const Source& source, const std::string& dir, SpillBatch& batch,
                        Live& live);
  absl::StatusOr<SpillFormat::Directory> ReadDirectory(SpillStore& store) const;

  const StateTableContext context_;
  const SpillFormat format_;
  std::atomic<bool> abandoned_ = false;

  mutable absl::Mutex mutex_;
  // What lives in the store. Null until that is known: then everything may.
  std::shared_ptr<const Live> live_ ABSL_GUARDED_BY(mutex_);
  std::optional<SpillFigures> figures_ ABSL_GUARDED_BY(mutex_);

  absl::Mutex write_mutex_;
  std::map<int64_t, FileRef> published_ ABSL_GUARDED_BY(write_mutex_);  // By number in the store.

  // Set once. Destroyed first: its threads use the filter until then.
  std::unique_ptr<SpillStore> store_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace
