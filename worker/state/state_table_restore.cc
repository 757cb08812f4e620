// Opening a table: from nothing, from one snapshot, or from several after a change of parallelism.

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/plan/key_groups.h"
#include "worker/state/checkpoint_files.h"
#include "worker/state/section_format.h"
#include "worker/state/state_table.h"

namespace millrace {
namespace {

// Applies the sections of `snapshot` to `table`, as far as they concern the task's key groups.
// Returns the namespaces that they drop.
absl::StatusOr<std::set<int64_t>> Load(const StateTableContext& context,
                                       const KeyedStateSnapshot& snapshot, RamTable& table) {
  const EntryLayout& layout = table.layout();
  std::set<int64_t> dropped;
  const auto drop = [&](int64_t state_namespace) {
    table.Drop(state_namespace);
    dropped.insert(state_namespace);
  };
  const auto put = [&](int64_t state_namespace, std::string_view key, const char* fixed,
                       std::string_view tail) {
    const uint64_t hash = HashKey(key);
    const KeyGroup group = KeyGroupOfHash(hash, context.task.max_parallelism);
    // A file may hold key groups that the task which named it did not own.
    if (!snapshot.key_groups.Contains(group) || !context.task.key_groups.Contains(group)) return;
    bool created = false;
    Entry* const entry =
        table.Upsert({.state_namespace = state_namespace, .key = key, .hash = hash}, &created);
    std::memcpy(layout.fixed(entry), fixed, layout.value_bytes());
    if (layout.has_tail()) layout.tail(entry)->assign(tail);
  };
  for (const FileRef& ref : snapshot.deltas) {
    ASSIGN_OR_RETURN(const std::string bytes,
                     ReadSectionBytes(*context.task.files, context.task.checkpoint_dir, ref));
    const absl::Status read = ReadSection(bytes, context.table, {.drop = drop, .entry = put});
    if (read.ok()) continue;
    return absl::Status(read.code(),
                        absl::StrCat(context.task.checkpoint_dir, "/", ref.path, ", section at ",
                                     ref.offset, ": ", read.message()));
  }
  return dropped;
}

// Calls `visit(state_namespace, entry)` for all entries of `table`.
template <typename Visit>
void ForEachEntry(const RamTable& table, Visit visit) {
  for (const auto& [state_namespace, slice] : table.slices()) {
    slice.index.ForEach([&, ns = state_namespace](const SliceIndex::Slot& slot) {
      visit(ns, static_cast<const Entry*>(slot.entry));
    });
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<StateTable>> StateTable::Open(
    StateTableContext context, std::vector<KeyedStateSnapshot> restored) {
  std::unique_ptr<StateTable> table(new StateTable(std::move(context)));
  RETURN_IF_ERROR(table->Restore(restored));
  table->confirmed_ = table->ram_.version() - 1;
  table->ReportSize();
  return table;
}

absl::Status StateTable::Restore(const std::vector<KeyedStateSnapshot>& restored) {
  const StateTableOptions& table = spill_->context().table;
  for (const KeyedStateSnapshot& snapshot : restored) {
    if (snapshot.schema_version == table.schema_version) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("the checkpoint holds the state of ", table.state_id, " in layout ",
                     snapshot.schema_version, ", this build writes layout ", table.schema_version,
                     ": go on with the build that took the checkpoint, or submit the job anew"));
  }
  if (restored.empty()) return absl::OkStatus();
  return restored.size() == 1 ? RestoreOne(restored.front()) : RestoreSeveral(restored);
}

// The tables are opened as they are, and the chain of files goes on.
absl::Status StateTable::RestoreOne(const KeyedStateSnapshot& snapshot) {
  StateVersion version = 0;
  if (!snapshot.snapshot.empty()) {
    ASSIGN_OR_RETURN(const SpillFormat::Directory directory, spill_->Restore(snapshot));
    ContinueFrom(directory);
    version = directory.version;
  }
  RETURN_IF_ERROR(Load(spill_->context(), snapshot, ram_).status());
  ram_.TakeChanges();  // They are in the files already.
  chain_.Restore(version, snapshot);
  return absl::OkStatus();
}

// What a snapshot drops concerns its own key groups only, so each is put together for itself. No
// chain of files holds the result: the next checkpoint writes all that is not in the new tables.
absl::Status StateTable::RestoreSeveral(const std::vector<KeyedStateSnapshot>& snapshots) {
  std::vector<TableSpill::Source> sources;
  std::vector<std::unique_ptr<RamTable>> changes;
  for (const KeyedStateSnapshot& snapshot : snapshots) {
    changes.push_back(std::make_unique<RamTable>(layout_, memory_));
    ASSIGN_OR_RETURN(std::set<int64_t> dropped, Load(spill_->context(), snapshot, *changes.back()));
    sources.push_back({.snapshot = snapshot, .dropped = std::move(dropped)});
  }
  ASSIGN_OR_RETURN(const std::optional<SpillFormat::Directory> directory,
                   spill_->RestoreFrom(std::move(sources)));
  if (directory.has_value()) {
    ContinueFrom(*directory);
    chain_.RestoreUnrooted();
  }
  for (const std::unique_ptr<RamTable>& source : changes) {
    ForEachEntry(*source, [this](int64_t state_namespace, const Entry* from) {
      bool created = false;
      Entry* const to = ram_.Upsert(
          {.state_namespace = state_namespace, .key = layout_.key(from), .hash = from->hash},
          &created);
      std::memcpy(layout_.fixed(to), layout_.fixed(from), layout_.value_bytes());
      if (layout_.has_tail()) *layout_.tail(to) = *layout_.tail(from);
    });
  }
  return absl::OkStatus();
}

void StateTable::ContinueFrom(const SpillFormat::Directory& directory) {
  ram_.ContinueAfter(directory.version);
  for (const LiveNamespace& live : directory.live) ram_.AddSpilledSlice(live);
}

}  // namespace millrace
