// The entries of one table of keyed state that are in RAM, by namespace and key.
//
// A namespace is a slice with an index and chunks of its own, so that dropping one frees memory
// without looking at entries. Entries are versioned; a freeze ends a version and copies nothing:
//
//   touched first in a version  -> noted as changed. In place, unless someone may be reading the
//                                  entry: then a copy takes its place, in a young chunk.
//   young chunks                -> hold all that changed since the last materialisation
//   aging chunks                -> being materialised
//   old chunks                  -> are in the spill store too: evicted whole, the oldest first
//
// While memory is plentiful nothing is to be evicted: all chunks are young again after a
// materialisation, and everything changes in place. Once memory is short (Separate) they become
// old, and an entry that is touched moves to a young chunk, so that the oldest chunk holds what has
// not been used for longest: second-chance eviction, a generation at a time. Old chunks become
// young by a change in place when memory is plentiful again.
// Chunks that have become half empty are cleaned: what is current in them moves together (as the
// log cleaning of Rosenblum and Ousterhout, "The Design and Implementation of a Log-Structured File
// System", 1991).
//
// Of the task's thread alone; what it hands out to be written is read by one other thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "worker/contract/keyed_state.h"
#include "worker/state/entry.h"
#include "worker/state/slice_index.h"
#include "worker/state/state_memory.h"

namespace millrace {

using ChunkList = std::vector<std::shared_ptr<EntryChunk>>;

// One namespace.
class StateSlice {
 public:
  StateSlice(int64_t state_namespace, StateVersion born)
      : state_namespace(state_namespace), born(born) {}

  const int64_t state_namespace;
  const StateVersion born;  // What the spill store holds of an older version has been dropped.
  bool spilled = false;     // The spill store may hold entries that are not in RAM.
  SliceIndex index;

 private:
  friend class RamTable;

  ChunkList young;
  ChunkList aging;
  ChunkList old;
  ChunkList cleaned;                 // Given up, but `changed` may name entries of them.
  EntryChunk* open_young = nullptr;  // Of `young`, if one takes entries.
  EntryChunk* open_old = nullptr;    // Of `old`, likewise.
  size_t next_chunk_bytes = 0;
  std::vector<Entry*> changed;  // In the present version.
};

// What changed in a version: first the namespaces that were dropped, then the entries. Holds the
// memory of the entries.
struct SliceChanges {
  int64_t state_namespace = 0;
  std::vector<Entry*> entries;
  ChunkList chunks;
};
struct ChangeSegment {
  StateVersion version = 0;
  std::vector<int64_t> dropped;
  std::vector<SliceChanges> slices;

  bool empty() const { return dropped.empty() && slices.empty(); }
};

struct LiveNamespace {
  int64_t state_namespace = 0;
  StateVersion born = 0;
};

// What is to be materialised: of the chunks, the entries later than `after` and not superseded by
// `version`.
struct AgingSlice {
  int64_t state_namespace = 0;
  ChunkList chunks;
};
struct AgingEntries {
  StateVersion version = 0;
  StateVersion after = 0;           // Up to it everything is in the spill store.
  std::vector<LiveNamespace> live;  // Ascending.
  std::vector<AgingSlice> slices;
};

class RamTable {
 public:
  RamTable(const EntryLayout& layout, StateMemory& memory) : layout_(layout), memory_(memory) {}
  ~RamTable();
  RamTable(const RamTable&) = delete;
  RamTable& operator=(const RamTable&) = delete;

  // The current entry of `key`, which now counts as changed.
  Entry* Upsert(const StateKey& key, bool* created);

  // The current entry of `key`, not to be written to; null if it is not in RAM.
  Entry* Find(const StateKey& key);
  bool Contains(const StateKey& key) { return Find(key) != nullptr; }
  // Asks for the memory of entries that are about to be used. Does nothing for small tables, which
  // are in the processor's cache.
  void Warm(absl::Span<const StateKey> keys);
  // The keys that will be used next, in this order: as Used tells how far that has come, the memory
  // of those that follow is asked for. A hint; other keys, or another order, do no harm.
  void Expect(absl::Span<const StateKey> keys);
  void Used(const StateKey& key) {
    if (next_expected_ == expected_.size()) return;
    if (next_expected_ > 0 && expected_[next_expected_ - 1].hash == key.hash) return;  // Again.
    if (++next_expected_ % kWarmTogether == 0) WarmExpected(next_expected_ / kWarmTogether);
  }
  StateSlice* FindSlice(int64_t state_namespace);
  const std::map<int64_t, StateSlice>& slices() const { return slices_; }
  void Drop(int64_t state_namespace);

  // An entry as the spill store has it, with a value of undefined bytes. REQUIRES: its namespace
  // exists, its key is not in RAM, `version` is not above aged_through().
  Entry* InsertSpilled(const StateKey& key, StateVersion version);
  // A namespace of which everything is in the spill store.
  void AddSpilledSlice(const LiveNamespace& live);

  // Ends the present version: what changed in it. Everything changed must not be written to until
  // it is no longer frozen.
  std::shared_ptr<const ChangeSegment> TakeChanges();
  // All that there is, as if it had changed. REQUIRES: nothing spilled.
  std::shared_ptr<const ChangeSegment> Everything() const;
  // What changed in a version that was lost counts as changed in the present one.
  void ChangeAgain(const ChangeSegment& lost);

  // Entries up to this version are frozen.
  void SetFrozenThrough(StateVersion version) { frozen_through_ = version; }

  // Whether what is touched moves away from what is not, so that the latter can be evicted. At
  // first it does not.
  void Separate(bool separates) { separates_ = separates; }

  // All that changed since the last time that was finished. REQUIRES: no change since
  // TakeChanges(); SetFrozenThrough their version until they are finished or abandoned.
  AgingEntries StartAging();
  // They are in the spill store.
  void FinishAging();
  // They are not (they were written elsewhere, or not at all), and nobody reads them any more.
  void AbandonAging();

  // Gives back at least `bytes` if there is that much to evict; returns the number of entries.
  int64_t Evict(int64_t bytes);
  // Cleans one chunk, if there is one to clean.
  void CleanChunk();

  // The version of what is touched now.
  StateVersion version() const { return version_; }
  // Goes on after `version`, up to which everything is in the spill store. REQUIRES: there are no
  // entries.
  void ContinueAfter(StateVersion version) {
    version_ = version + 1;
    aged_through_ = version;
    spilled_through_ = version;
  }

  const EntryLayout& layout() const { return layout_; }
  int64_t entries() const { return entries_; }
  int64_t bytes() const { return chunk_bytes_ + index_bytes_; }
  int64_t evictable_bytes() const { return old_bytes_; }
  bool any_spilled() const { return spilled_slices_ > 0; }
  // No spilled entry is of a later version.
  StateVersion aged_through() const { return aged_through_; }

 private:
  // A chunk that has been young since has another turn.
  struct OldChunk {
    std::weak_ptr<EntryChunk> chunk;
    uint64_t turn = 0;
  };
  struct ExpectedKey {
    int64_t state_namespace = 0;
    uint64_t hash = 0;
  };
  // As many misses as a processor has under way at a time, and a few more.
  static constexpr size_t kWarmTogether = 32;

  StateSlice& SliceOf(int64_t state_namespace);
  void WarmExpected(size_t block);
  void WarmEntry(const SliceIndex& index, uint64_t hash) const;
  Entry* Touch(StateSlice& slice, SliceIndex::Slot& slot);
  bool MakeYoung(Entry* entry);
  EntryChunk::Age AgeOfSpilled() const;
  static void BeYoungAgain(StateSlice& slice, std::shared_ptr<EntryChunk> chunk);
  void CopyTo(StateSlice& slice, SliceIndex::Slot& slot, EntryChunk::Age age);
  Entry* Allocate(StateSlice& slice, EntryChunk::Age age, std::string_view key, uint64_t hash);
  void Insert(StateSlice& slice, Entry* entry);
  void Supersede(Entry* entry);
  void MakeOld(StateSlice& slice, std::shared_ptr<EntryChunk> chunk);
  std::shared_ptr<EntryChunk> TakeOld(EntryChunk& chunk);
  static void Append(ChunkList& chunks, std::shared_ptr<EntryChunk> chunk);
  static std::shared_ptr<EntryChunk> Take(ChunkList& chunks, EntryChunk& chunk);
  void CleanYoung(StateSlice& slice, EntryChunk& chunk);
  static std::shared_ptr<EntryChunk> Current(const OldChunk& held);
  void NoteIfSparse(EntryChunk& chunk);
  void LetGo(EntryChunk& chunk);
  void SetSpilled(StateSlice& slice);
  template <typename Visit>
  void ForEachCurrent(const EntryChunk& chunk, Visit visit);

  const EntryLayout layout_;
  StateMemory& memory_;
  std::map<int64_t, StateSlice> slices_;
  StateSlice* last_slice_ = nullptr;  // Of the access before: batches stay in few namespaces.
  std::set<int64_t> dropped_;         // In the present version.
  StateVersion version_ = 1;
  StateVersion frozen_through_ = 0;
  StateVersion aged_through_ = 0;     // Entries of later versions are in young chunks.
  StateVersion spilled_through_ = 0;  // Entries up to this one are in the spill store.
  bool separates_ = false;

  std::vector<ExpectedKey> expected_;
  size_t next_expected_ = 0;

  std::deque<OldChunk> old_chunks_;  // In the order of eviction.
  uint64_t next_turn_ = 1;
  std::deque<std::weak_ptr<EntryChunk>> sparse_chunks_;
  int64_t spilled_slices_ = 0;
  size_t old_count_ = 0;  // Of chunks that are really there.
  int64_t old_bytes_ = 0;
  int64_t chunk_bytes_ = 0;
  int64_t index_bytes_ = 0;
  int64_t entries_ = 0;
};

}  // namespace millrace
