// Which key belongs to which task. Pure arithmetic, the same on every worker and after every
// rescale.
//
// A key's group is fixed for the life of the state; tasks own contiguous ranges of groups. The
// range formula is that of Flink's KeyGroupRangeAssignment, the hash is XXH3 instead of murmur.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/hash.h"
#include "common/base/ids.h"

namespace millrace {

// [begin, end)
struct KeyGroupRange {
  int32_t begin = 0;
  int32_t end = 0;

  bool Contains(KeyGroup group) const { return group.value() >= begin && group.value() < end; }
  bool Overlaps(const KeyGroupRange& other) const { return begin < other.end && other.begin < end; }
  friend bool operator==(const KeyGroupRange&, const KeyGroupRange&) = default;
};

// REQUIRES: 1 <= max_parallelism <= 32768.
inline KeyGroup KeyGroupOfHash(uint64_t key_hash, int32_t max_parallelism) {
  return KeyGroup(static_cast<uint16_t>(key_hash % static_cast<uint64_t>(max_parallelism)));
}
inline KeyGroup KeyGroupOf(std::string_view canonical_key_bytes, int32_t max_parallelism) {
  return KeyGroupOfHash(HashKey(canonical_key_bytes), max_parallelism);
}

// The task that owns `group`. REQUIRES: 1 <= parallelism <= max_parallelism.
inline int32_t TaskOfKeyGroup(KeyGroup group, int32_t parallelism, int32_t max_parallelism) {
  return group.value() * parallelism / max_parallelism;
}

// The groups that task `index` of `parallelism` owns.
inline KeyGroupRange KeyGroupsOfTask(int32_t index, int32_t parallelism, int32_t max_parallelism) {
  const auto first = [&](int32_t i) {
    return (i * max_parallelism + parallelism - 1) / parallelism;
  };
  return {.begin = first(index), .end = first(index + 1)};
}

}  // namespace millrace
