// Finds the current entry of a key: an open-addressing table with linear probing.
//
// The place of a key is given by the high bits of its hash: the low ones name the key group, of
// which a task has only some. A slot holds the whole hash, so that entries are touched only when
// they match, and growing, which keeps the order of slots, reads memory in a line. Not thread-safe.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "worker/state/entry.h"
#include "worker/state/huge_pages.h"

namespace millrace {

class SliceIndex {
 public:
  struct Slot {
    uint64_t hash = 0;
    Entry* entry = nullptr;  // Null: free.
  };

  SliceIndex() : slots_(kMinSlots) {}

  // The entry of `key`, or null. The slot is valid until the next Insert or Erase.
  Slot* Find(uint64_t hash, std::string_view key, const EntryLayout& layout) {
    for (size_t i = Home(hash);; i = Next(i)) {
      Slot& slot = slots_[i];
      if (slot.entry == nullptr) return nullptr;
      if (slot.hash != hash || slot.entry->key_bytes != key.size()) continue;
      if (std::memcmp(layout.key(slot.entry).data(), key.data(), key.size()) == 0) return &slot;
    }
  }

  // The slot that holds this very entry, or null.
  Slot* FindEntry(const Entry* entry) {
    for (size_t i = Home(entry->hash);; i = Next(i)) {
      if (slots_[i].entry == entry) return &slots_[i];
      if (slots_[i].entry == nullptr) return nullptr;
    }
  }

  // Asks for the memory that Find will look at first, a slot and then the entry that it holds, so
  // that the misses of a batch overlap. Returns that entry, perhaps of another key; null: none.
  void WarmSlot(uint64_t hash) const { __builtin_prefetch(&slots_[Home(hash)]); }
  const Entry* WarmEntry(uint64_t hash, const EntryLayout& layout) const {
    for (size_t i = Home(hash); slots_[i].entry != nullptr; i = Next(i)) {
      if (slots_[i].hash != hash) continue;
      layout.Warm(slots_[i].entry);
      return slots_[i].entry;
    }
    return nullptr;
  }

  // REQUIRES: its key is not there.
  void Insert(Entry* entry);
  void Erase(Slot* slot);
  // Gives back memory after many entries have gone.
  void Shrink();

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.entry != nullptr) visit(slot);
    }
  }

  size_t size() const { return size_; }
  int64_t bytes() const { return static_cast<int64_t>(slots_.size() * sizeof(Slot)); }

 private:
  static constexpr size_t kMinSlots = 16;

  size_t Home(uint64_t hash) const { return hash >> shift_; }
  size_t Next(size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  void Resize(size_t slots);
  void Place(Slot slot);

  HugeVector<Slot> slots_;  // A power of two of them.
  int shift_ = 64 - std::countr_zero(kMinSlots);
  size_t size_ = 0;
};

}  // namespace millrace
