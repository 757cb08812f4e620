// Values of keys, merged in RAM: what several slices hold of each key becomes one value.
//
// An open-addressing table from key bytes to accumulators; entries keep the order in which their
// keys came first. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "worker/aggregate/accumulators.h"
#include "worker/contract/keyed_state.h"

namespace millrace {

class MergedValues {
 public:
  // `layout` outlives this.
  explicit MergedValues(const AccumulatorLayout& layout) : layout_(layout) { Clear(); }

  void Clear();

  // Merges `entry` into the value of its key; `hash` is HashKey(entry.key).
  void Add(const NamespaceCursor::Entry& entry, uint64_t hash);

  int64_t size() const { return static_cast<int64_t>(hashes_.size()); }
  // Valid until the next Add or Clear.
  NamespaceCursor::Entry entry(int64_t index) const;

 private:
  std::string_view key(size_t index) const {
    return std::string_view(keys_).substr(key_ends_[index],
                                          key_ends_[index + 1] - key_ends_[index]);
  }
  char* value(size_t index) {
    return reinterpret_cast<char*>(words_.data()) +
           index * static_cast<size_t>(layout_.value_bytes());
  }
  // The place of a key in table_: where it is, or where it belongs.
  size_t Find(std::string_view key, uint64_t hash) const;
  void Grow();

  const AccumulatorLayout& layout_;
  std::string keys_;
  std::vector<size_t> key_ends_;  // Behind a 0.
  std::vector<uint64_t> hashes_;
  std::vector<int64_t> words_;  // The fixed parts; 8-byte aligned.
  std::vector<std::string> tails_;
  std::vector<uint32_t> table_;  // Index + 1; 0: empty. Linear probing.
  std::vector<std::string_view> tail_parts_;
};

}  // namespace millrace
