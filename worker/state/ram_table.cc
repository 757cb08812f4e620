#include "worker/state/ram_table.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "common/base/check.h"

namespace millrace {
namespace {

// Small namespaces cost little, large ones few allocations.
constexpr size_t kFirstChunkBytes = 4 << 10;
constexpr size_t kLargestChunkBytes = BlockPool::kBytes;

// Tables below this live in a processor's second-level cache.
constexpr int64_t kCachedBytes = 512 << 10;

}  // namespace

RamTable::~RamTable() { memory_.Charge(-index_bytes_); }

Entry* RamTable::Upsert(const StateKey& key, bool* created) {
  StateSlice& slice = SliceOf(key.state_namespace);
  SliceIndex::Slot* const slot = slice.index.Find(key.hash, key.key, layout_);
  *created = slot == nullptr;
  if (slot != nullptr) {
    return slot->entry->version == version_ ? slot->entry : Touch(slice, *slot);
  }
  Entry* const entry = Allocate(slice, EntryChunk::Age::kYoung, key.key, key.hash);
  std::memset(layout_.fixed(entry), 0, layout_.value_bytes());
  entry->version = version_;
  Insert(slice, entry);
  slice.changed.push_back(entry);
  return entry;
}

Entry* RamTable::Find(const StateKey& key) {
  StateSlice* const slice = FindSlice(key.state_namespace);
  if (slice == nullptr) return nullptr;
  const SliceIndex::Slot* const slot = slice->index.Find(key.hash, key.key, layout_);
  return slot == nullptr ? nullptr : slot->entry;
}

void RamTable::Warm(absl::Span<const StateKey> keys) {
  if (bytes() < kCachedBytes) return;
  // Few enough that the first are still there when the last have come.
  for (size_t begin = 0; begin < keys.size(); begin += kWarmTogether) {
    const absl::Span<const StateKey> some = keys.subspan(begin, kWarmTogether);
    for (const StateKey& key : some) {
      const StateSlice* const slice = FindSlice(key.state_namespace);
      if (slice != nullptr) slice->index.WarmSlot(key.hash);
    }
    for (const StateKey& key : some) {
      const StateSlice* const slice = FindSlice(key.state_namespace);
      if (slice != nullptr) WarmEntry(slice->index, key.hash);
    }
  }
}

void RamTable::WarmEntry(const SliceIndex& index, uint64_t hash) const {
  const Entry* const entry = index.WarmEntry(hash, layout_);
  if (entry != nullptr && old_count_ > 0) EntryChunk::WarmHeader(entry);
}

void RamTable::Expect(absl::Span<const StateKey> keys) {
  expected_.clear();
  next_expected_ = 0;
  if (bytes() < kCachedBytes) return;
  for (const StateKey& key : keys) expected_.push_back({key.state_namespace, key.hash});
  Warm(keys.subspan(0, kWarmTogether));
  WarmExpected(0);
}

// Of the block of expected keys whose turn comes after this one, the entries; of the one that
// follows it, the places in the index.
void RamTable::WarmExpected(size_t block) {
  const auto for_each = [&](size_t number, auto visit) {
    const size_t end = std::min(expected_.size(), (number + 1) * kWarmTogether);
    for (size_t i = number * kWarmTogether; i < end; ++i) {
      const StateSlice* const slice = FindSlice(expected_[i].state_namespace);
      if (slice != nullptr) visit(slice->index, expected_[i].hash);
    }
  };
  for_each(block + 1, [&](const SliceIndex& index, uint64_t hash) { WarmEntry(index, hash); });
  for_each(block + 2, [](const SliceIndex& index, uint64_t hash) { index.WarmSlot(hash); });
}

StateSlice* RamTable::FindSlice(int64_t state_namespace) {
  if (last_slice_ != nullptr && last_slice_->state_namespace == state_namespace) return last_slice_;
  const auto found = slices_.find(state_namespace);
  if (found == slices_.end()) return nullptr;
  last_slice_ = &found->second;
  return last_slice_;
}

StateSlice& RamTable::SliceOf(int64_t state_namespace) {
  StateSlice* const slice = FindSlice(state_namespace);
  if (slice != nullptr) return *slice;
  last_slice_ = &slices_.try_emplace(state_namespace, state_namespace, version_).first->second;
  index_bytes_ += last_slice_->index.bytes();
  memory_.Charge(last_slice_->index.bytes());
  return *last_slice_;
}

void RamTable::AddSpilledSlice(const LiveNamespace& live) {
  const auto [at, is_new] =
      slices_.try_emplace(live.state_namespace, live.state_namespace, live.born);
  CHECK(is_new);
  SetSpilled(at->second);
  index_bytes_ += at->second.index.bytes();
  memory_.Charge(at->second.index.bytes());
}

void RamTable::Drop(int64_t state_namespace) {
  StateSlice* const slice = FindSlice(state_namespace);
  if (slice == nullptr) return;
  // What was made in this version is in no checkpoint yet.
  if (slice->born < version_) dropped_.insert(state_namespace);
  while (!slice->old.empty()) LetGo(*TakeOld(*slice->old.back()));
  for (const ChunkList* chunks : {&slice->young, &slice->aging}) {
    for (const std::shared_ptr<EntryChunk>& chunk : *chunks) LetGo(*chunk);
  }
  if (slice->spilled) --spilled_slices_;
  entries_ -= static_cast<int64_t>(slice->index.size());
  index_bytes_ -= slice->index.bytes();
  memory_.Charge(-slice->index.bytes());
  last_slice_ = nullptr;
  slices_.erase(state_namespace);
}

Entry* RamTable::InsertSpilled(const StateKey& key, StateVersion version) {
  StateSlice* const slice = FindSlice(key.state_namespace);
  CHECK(slice != nullptr);
  CHECK_LE(version, aged_through_);
  Entry* const entry = Allocate(*slice, AgeOfSpilled(), key.key, key.hash);
  entry->version = version;
  Insert(*slice, entry);
  return entry;
}

Entry* RamTable::Touch(StateSlice& slice, SliceIndex::Slot& slot) {
  const StateVersion last = slot.entry->version;
  if (last <= frozen_through_ || (last <= aged_through_ && !MakeYoung(slot.entry))) {
    CopyTo(slice, slot, EntryChunk::Age::kYoung);
  }
  slot.entry->version = version_;
  slice.changed.push_back(slot.entry);
  return slot.entry;
}

// So that an entry may change in place; false if it has to be copied instead. REQUIRES: it is not
// frozen, so its chunk is not aging.
bool RamTable::MakeYoung(Entry* entry) {
  if (old_count_ == 0) return true;  // Without a look at its chunk, which is a cache miss.
  if (EntryChunk::AgeOf(entry) == EntryChunk::Age::kYoung) return true;
  if (separates_) return false;
  EntryChunk& chunk = EntryChunk::Of(entry);
  StateSlice& slice = *chunk.owner;
  // What is put into old chunks has been materialised.
  if (slice.open_old == &chunk) slice.open_old = nullptr;
  Append(slice.young, TakeOld(chunk));
  chunk.SetAge(EntryChunk::Age::kYoung);
  return true;
}

// Where entries go that are in the spill store as they are.
EntryChunk::Age RamTable::AgeOfSpilled() const {
  return separates_ ? EntryChunk::Age::kOld : EntryChunk::Age::kYoung;
}

// Makes a copy of an entry the current one. The original may be frozen: only `superseded` is
// written.
void RamTable::CopyTo(StateSlice& slice, SliceIndex::Slot& slot, EntryChunk::Age age) {
  Entry* const from = slot.entry;
  Entry* const to = Allocate(slice, age, layout_.key(from), from->hash);
  to->version = from->version;
  std::memcpy(layout_.fixed(to), layout_.fixed(from), layout_.value_bytes());
  if (layout_.has_tail()) *layout_.tail(to) = *layout_.tail(static_cast<const Entry*>(from));
  slot.entry = to;
  Supersede(from);
}

Entry* RamTable::Allocate(StateSlice& slice, EntryChunk::Age age, std::string_view key,
                          uint64_t hash) {
  const bool is_young = age == EntryChunk::Age::kYoung;
  EntryChunk*& open = is_young ? slice.open_young : slice.open_old;
  if (open != nullptr) {
    if (Entry* const entry = open->Allocate(key, hash)) return entry;
  }
  slice.next_chunk_bytes =
      std::clamp(slice.next_chunk_bytes * 2, kFirstChunkBytes, kLargestChunkBytes);
  const size_t bytes =
      std::max(slice.next_chunk_bytes, EntryChunk::kHeaderBytes + layout_.SizeFor(key.size()));
  auto chunk = std::make_shared<EntryChunk>(layout_, memory_, bytes);
  chunk->owner = &slice;
  chunk_bytes_ += chunk->bytes();
  EntryChunk* const full = std::exchange(open, chunk.get());
  if (is_young) {
    Append(slice.young, std::move(chunk));
  } else {
    MakeOld(slice, std::move(chunk));
    if (full != nullptr) NoteIfSparse(*full);
  }
  return open->Allocate(key, hash);
}

void RamTable::Insert(StateSlice& slice, Entry* entry) {
  const int64_t before = slice.index.bytes();
  slice.index.Insert(entry);
  const int64_t grown = slice.index.bytes() - before;
  if (grown != 0) {
    index_bytes_ += grown;
    memory_.Charge(grown);
  }
  ++entries_;
}

void RamTable::Supersede(Entry* entry) {
  entry->superseded.store(version_, std::memory_order_relaxed);
  EntryChunk& chunk = EntryChunk::Of(entry);
  const bool was_sparse = chunk.is_sparse();
  chunk.current_bytes -= layout_.SizeFor(entry->key_bytes);
  if (chunk.age() != EntryChunk::Age::kOld || &chunk == chunk.owner->open_old) return;
  if (chunk.current_bytes == 0 || (!was_sparse && chunk.is_sparse())) NoteIfSparse(chunk);
}

// An old chunk that takes no more entries.
void RamTable::NoteIfSparse(EntryChunk& chunk) {
  if (chunk.current_bytes == 0) {
    const std::shared_ptr<EntryChunk> held = TakeOld(chunk);
    LetGo(*held);
  } else if (chunk.is_sparse()) {
    sparse_chunks_.push_back(chunk.owner->old[chunk.position]);
  }
}

std::shared_ptr<EntryChunk> RamTable::TakeOld(EntryChunk& chunk) {
  --old_count_;
  old_bytes_ -= chunk.bytes();
  return Take(chunk.owner->old, chunk);
}

void RamTable::Append(ChunkList& chunks, std::shared_ptr<EntryChunk> chunk) {
  chunk->position = chunks.size();
  chunks.push_back(std::move(chunk));
}

std::shared_ptr<EntryChunk> RamTable::Take(ChunkList& chunks, EntryChunk& chunk) {
  chunks.back()->position = chunk.position;
  std::swap(chunks[chunk.position], chunks.back());
  std::shared_ptr<EntryChunk> taken = std::move(chunks.back());
  chunks.pop_back();
  return taken;
}

// The slice gives it up: frozen entries may still hold it.
void RamTable::LetGo(EntryChunk& chunk) {
  chunk_bytes_ -= chunk.bytes();
  chunk.owner = nullptr;
}

void RamTable::SetSpilled(StateSlice& slice) {
  if (!slice.spilled) ++spilled_slices_;
  slice.spilled = true;
}

// Null if it is gone, or old no more, or anew.
std::shared_ptr<EntryChunk> RamTable::Current(const OldChunk& held) {
  std::shared_ptr<EntryChunk> chunk = held.chunk.lock();
  const bool is_current = chunk != nullptr && chunk->owner != nullptr &&
                          chunk->age() == EntryChunk::Age::kOld && chunk->turn == held.turn;
  return is_current ? chunk : nullptr;
}

void RamTable::MakeOld(StateSlice& slice, std::shared_ptr<EntryChunk> chunk) {
  chunk->SetAge(EntryChunk::Age::kOld);
  ++old_count_;
  old_bytes_ += chunk->bytes();
  if (old_chunks_.size() > 2 * old_count_ + 64) {
    std::erase_if(old_chunks_, [](const OldChunk& held) { return Current(held) == nullptr; });
  }
  chunk->turn = next_turn_++;
  old_chunks_.push_back({.chunk = chunk, .turn = chunk->turn});
  Append(slice.old, std::move(chunk));
}

std::shared_ptr<const ChangeSegment> RamTable::TakeChanges() {
  auto segment = std::make_shared<ChangeSegment>();
  segment->version = version_;
  segment->dropped.assign(dropped_.begin(), dropped_.end());
  dropped_.clear();
  for (auto& [state_namespace, slice] : slices_) {
    if (slice.changed.empty()) {
      slice.cleaned.clear();
      continue;
    }
    // What changed is in young chunks: anything else would have been copied there.
    segment->slices.push_back({.state_namespace = state_namespace,
                               .entries = std::exchange(slice.changed, {}),
                               .chunks = slice.young});
    ChunkList& held = segment->slices.back().chunks;
    std::move(slice.cleaned.begin(), slice.cleaned.end(), std::back_inserter(held));
    slice.cleaned.clear();
  }
  ++version_;
  return segment;
}

std::shared_ptr<const ChangeSegment> RamTable::Everything() const {
  auto segment = std::make_shared<ChangeSegment>();
  segment->version = version_ - 1;
  for (const auto& [state_namespace, slice] : slices_) {
    CHECK(!slice.spilled);
    SliceChanges all{.state_namespace = state_namespace};
    all.entries.reserve(slice.index.size());
    slice.index.ForEach([&](const SliceIndex::Slot& slot) { all.entries.push_back(slot.entry); });
    for (const ChunkList* chunks : {&slice.young, &slice.aging, &slice.old}) {
      all.chunks.insert(all.chunks.end(), chunks->begin(), chunks->end());
    }
    segment->slices.push_back(std::move(all));
  }
  return segment;
}

void RamTable::ChangeAgain(const ChangeSegment& lost) {
  dropped_.insert(lost.dropped.begin(), lost.dropped.end());
  for (const SliceChanges& changes : lost.slices) {
    StateSlice* const slice = FindSlice(changes.state_namespace);
    if (slice == nullptr || slice->born > lost.version) continue;
    for (const Entry* entry : changes.entries) {
      // What was touched later was noted then.
      SliceIndex::Slot* const slot = slice->index.Find(entry->hash, layout_.key(entry), layout_);
      if (slot != nullptr && slot->entry->version <= lost.version) Touch(*slice, *slot);
    }
  }
}

}  // namespace millrace
