// The entries of chunks that age, in the order of the spill store's keys. Pure.
//
// Entries lie in memory in the order in which they were touched, so every look at one out of that
// order is a cache miss. What decides between two entries is therefore copied beside the pointers
// first, in one pass over the chunks: key group and namespace, and of the key the eight bytes that
// follow those that all keys have in common. Only keys that agree in these are looked up.
#pragma once

#include <cstddef>
#include <cstdint>

#include "worker/state/entry.h"
#include "worker/state/huge_pages.h"
#include "worker/state/ram_table.h"

namespace millrace {

struct OrderedEntry {
  uint64_t place = 0;  // Key group, then the number of the slice in AgingEntries.
  uint64_t head = 0;   // Of the key.
  const Entry* entry = nullptr;

  uint16_t key_group() const { return static_cast<uint16_t>(place >> 32); }
  size_t slice() const { return static_cast<uint32_t>(place); }
};

// What the chunks hold as of `aging.version`. REQUIRES: slices in the order of their namespaces.
HugeVector<OrderedEntry> InSpillOrder(const AgingEntries& aging, const EntryLayout& layout,
                                      int32_t max_parallelism);

}  // namespace millrace
