// One version of one entry of keyed state in RAM, and the chunks that entries are laid out in.
//
// An entry is one block of memory: this header, the fixed part of the value (8-byte aligned), the
// tail if the table has tails, and the bytes of the key. Entries are only ever appended to a chunk;
// memory is given back by whole chunks. A chunk is held by its slice and by whatever was frozen
// while its entries were current, and goes with the last of them.
//
// Threads: the task's thread writes. A frozen entry is read on the io executor while the task goes
// on; from then on the task writes nothing of it but `superseded`.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "worker/state/state_memory.h"

namespace millrace {

class StateSlice;

// Counts freezes of a table, across restarts: what is touched after a freeze has a higher one.
// Starts at 1.
using StateVersion = uint32_t;

struct Entry {
  uint64_t hash = 0;
  StateVersion version = 0;                    // In which it was last touched.
  std::atomic<StateVersion> superseded = {0};  // In which a copy took its place; 0: current.
  uint32_t chunk_offset = 0;                   // Bytes from the start of its chunk.
  uint32_t key_bytes = 0;
};
static_assert(sizeof(Entry) == 24);

// Where the parts of an entry are: the same for all entries of a table.
class EntryLayout {
 public:
  EntryLayout(int32_t value_bytes, bool has_tail)
      : value_bytes_(static_cast<size_t>(value_bytes)),
        has_tail_(has_tail),
        key_offset_(sizeof(Entry) + Align(value_bytes_) + (has_tail ? sizeof(std::string) : 0)) {}

  size_t value_bytes() const { return value_bytes_; }
  bool has_tail() const { return has_tail_; }
  size_t SizeFor(size_t key_bytes) const { return key_offset_ + Align(key_bytes); }

  char* fixed(Entry* entry) const { return Bytes(entry) + sizeof(Entry); }
  const char* fixed(const Entry* entry) const { return Bytes(entry) + sizeof(Entry); }
  std::string_view key(const Entry* entry) const {
    return {Bytes(entry) + key_offset_, entry->key_bytes};
  }
  char* key_data(Entry* entry) const { return Bytes(entry) + key_offset_; }
  // REQUIRES: has_tail().
  std::string* tail(Entry* entry) const {
    return reinterpret_cast<std::string*>(Bytes(entry) + sizeof(Entry) + Align(value_bytes_));
  }
  const std::string* tail(const Entry* entry) const { return tail(const_cast<Entry*>(entry)); }

  // Asks for the memory of an entry that will soon be used, as far as it is the same for all.
  void Warm(const Entry* entry) const {
    constexpr size_t kCacheLine = 64;
    constexpr size_t kMost = 4 * kCacheLine;  // The processor follows by itself.
    const size_t last = key_offset_ < kMost ? key_offset_ : kMost;
    for (size_t at = 0; at < last; at += kCacheLine) __builtin_prefetch(Bytes(entry) + at);
    __builtin_prefetch(Bytes(entry) + last);
  }

 private:
  static size_t Align(size_t bytes) { return (bytes + 7) & ~size_t{7}; }
  static char* Bytes(Entry* entry) { return reinterpret_cast<char*>(entry); }
  static const char* Bytes(const Entry* entry) { return reinterpret_cast<const char*>(entry); }

  size_t value_bytes_;
  bool has_tail_;
  size_t key_offset_;
};

class EntryChunk {
 public:
  // Bytes of a chunk beside those of its entries.
  static constexpr size_t kHeaderBytes = 16;

  // `bytes` in all, charged to `memory` as long as the chunk lives.
  EntryChunk(const EntryLayout& layout, StateMemory& memory, size_t bytes);
  ~EntryChunk();
  EntryChunk(const EntryChunk&) = delete;
  EntryChunk& operator=(const EntryChunk&) = delete;

  // How long ago what it holds was materialised (ram_table.h).
  enum class Age : uint8_t { kYoung, kAging, kOld };

  static EntryChunk& Of(const Entry* entry) { return *HeaderOf(entry).chunk; }
  static Age AgeOf(const Entry* entry) { return HeaderOf(entry).age; }
  // Asks for the memory that these two look at, as far as it can be told without the entry.
  static void WarmHeader(const Entry* entry) {
    const auto address = reinterpret_cast<uintptr_t>(entry);
    __builtin_prefetch(reinterpret_cast<const char*>(address & ~(BlockPool::kBytes - 1)));
  }

  // A current entry with `key`, an empty tail and a value of undefined bytes; null if it does not
  // fit. `layout` is that of the constructor.
  Entry* Allocate(std::string_view key, uint64_t hash);

  // Calls `visit(Entry*)` for every entry, current or superseded, in the order of allocation.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (size_t offset = kHeaderBytes; offset < used_;) {
      Entry* const entry = reinterpret_cast<Entry*>(data_.get() + offset);
      offset += layout_.SizeFor(entry->key_bytes);
      visit(entry);
    }
  }

  int64_t bytes() const { return static_cast<int64_t>(capacity_); }
  size_t used_bytes() const { return used_ - kHeaderBytes; }

  // Of the task's thread alone.
  bool is_sparse() const { return current_bytes * 2 < used_bytes(); }
  Age age() const { return header().age; }
  void SetAge(Age age) { header().age = age; }
  StateSlice* owner = nullptr;  // Null once its slice has let go of it.
  size_t current_bytes = 0;     // Of the entries that are current.
  size_t position = 0;          // Among the chunks of its slice that are as old.
  uint64_t turn = 0;            // To be evicted, if it is old.

 private:
  // In front of the entries. What is asked of every entry's chunk is here, within one cache line.
  struct Header {
    EntryChunk* chunk = nullptr;
    Age age = Age::kYoung;
  };
  static_assert(sizeof(Header) == kHeaderBytes);

  static const Header& HeaderOf(const Entry* entry) {
    return *reinterpret_cast<const Header*>(reinterpret_cast<const char*>(entry) -
                                            entry->chunk_offset);
  }
  Header& header() const { return *reinterpret_cast<Header*>(data_.get()); }

  struct Deleter {
    BlockPool* pool = nullptr;  // Null: it is from the heap.
    void operator()(char* data) const;
  };
  using Data = std::unique_ptr<char[], Deleter>;

  static Data AllocateData(StateMemory& memory, size_t bytes);

  const EntryLayout layout_;
  StateMemory& memory_;
  const size_t capacity_;
  const Data data_;
  size_t used_ = kHeaderBytes;
};

}  // namespace millrace
