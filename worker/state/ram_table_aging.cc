// What becomes of chunks: written elsewhere, evicted, cleaned.

#include <utility>

#include "common/base/check.h"
#include "worker/state/ram_table.h"

namespace millrace {

AgingEntries RamTable::StartAging() {
  aged_through_ = version_ - 1;
  AgingEntries aging{.version = aged_through_, .after = spilled_through_};
  for (auto& [state_namespace, slice] : slices_) {
    aging.live.push_back({.state_namespace = state_namespace, .born = slice.born});
    for (std::shared_ptr<EntryChunk>& chunk : slice.young) {
      chunk->SetAge(EntryChunk::Age::kAging);
      slice.aging.push_back(std::move(chunk));
    }
    slice.young.clear();
    slice.open_young = nullptr;
    if (!slice.aging.empty()) {
      aging.slices.push_back({.state_namespace = state_namespace, .chunks = slice.aging});
    }
  }
  return aging;
}

void RamTable::FinishAging() {
  spilled_through_ = aged_through_;
  for (auto& [state_namespace, slice] : slices_) {
    for (std::shared_ptr<EntryChunk>& held : std::exchange(slice.aging, {})) {
      EntryChunk& chunk = *held;
      if (!separates_ && chunk.current_bytes > 0 && !chunk.is_sparse()) {
        BeYoungAgain(slice, std::move(held));
        continue;
      }
      MakeOld(slice, std::move(held));
      NoteIfSparse(chunk);
    }
  }
}

void RamTable::AbandonAging() {
  for (auto& [state_namespace, slice] : slices_) {
    for (std::shared_ptr<EntryChunk>& held : std::exchange(slice.aging, {})) {
      if (held->current_bytes == 0) {
        LetGo(*held);
        continue;
      }
      if (held->is_sparse()) sparse_chunks_.push_back(held);
      BeYoungAgain(slice, std::move(held));
    }
  }
}

void RamTable::BeYoungAgain(StateSlice& slice, std::shared_ptr<EntryChunk> chunk) {
  chunk->SetAge(EntryChunk::Age::kYoung);
  Append(slice.young, std::move(chunk));
}

template <typename Visit>
void RamTable::ForEachCurrent(const EntryChunk& chunk, Visit visit) {
  chunk.ForEach([&](Entry* entry) {
    if (entry->superseded.load(std::memory_order_relaxed) == 0) visit(entry);
  });
}

int64_t RamTable::Evict(int64_t bytes) {
  int64_t freed = 0;
  int64_t evicted = 0;
  while (freed < bytes && !old_chunks_.empty()) {
    const std::shared_ptr<EntryChunk> chunk = Current(old_chunks_.front());
    old_chunks_.pop_front();
    if (chunk == nullptr) continue;
    StateSlice& slice = *chunk->owner;
    ForEachCurrent(*chunk, [&](Entry* entry) {
      SliceIndex::Slot* const slot = slice.index.FindEntry(entry);
      CHECK(slot != nullptr);
      slice.index.Erase(slot);
      SetSpilled(slice);
      ++evicted;
    });
    const int64_t index_bytes = slice.index.bytes();
    slice.index.Shrink();
    freed += index_bytes - slice.index.bytes();
    index_bytes_ -= index_bytes - slice.index.bytes();
    memory_.Charge(slice.index.bytes() - index_bytes);
    if (slice.open_old == chunk.get()) slice.open_old = nullptr;
    chunk->current_bytes = 0;
    freed += chunk->bytes();
    NoteIfSparse(*chunk);
  }
  entries_ -= evicted;
  return evicted;
}

void RamTable::CleanChunk() {
  while (!sparse_chunks_.empty()) {
    const std::shared_ptr<EntryChunk> chunk = sparse_chunks_.front().lock();
    sparse_chunks_.pop_front();
    if (chunk == nullptr || chunk->owner == nullptr) continue;
    if (chunk->age() == EntryChunk::Age::kAging) continue;  // It is noted again afterwards.
    StateSlice& slice = *chunk->owner;
    if (chunk->age() == EntryChunk::Age::kYoung) return CleanYoung(slice, *chunk);
    ForEachCurrent(*chunk, [&](Entry* entry) {
      SliceIndex::Slot* const slot = slice.index.FindEntry(entry);
      CHECK(slot != nullptr);
      CopyTo(slice, *slot, AgeOfSpilled());
    });
    return;
  }
}

// What is current in it moves to another young chunk. Entries that are noted as changed have to be
// noted once more, as the copies may change again; until the next freeze the originals stay, since
// they are noted too.
void RamTable::CleanYoung(StateSlice& slice, EntryChunk& chunk) {
  if (slice.open_young == &chunk) slice.open_young = nullptr;
  ForEachCurrent(chunk, [&](Entry* entry) {
    SliceIndex::Slot* const slot = slice.index.FindEntry(entry);
    CHECK(slot != nullptr);
    CopyTo(slice, *slot, EntryChunk::Age::kYoung);
    if (entry->version == version_) slice.changed.push_back(slot->entry);
  });
  slice.cleaned.push_back(Take(slice.young, chunk));
  LetGo(chunk);
}

}  // namespace millrace
