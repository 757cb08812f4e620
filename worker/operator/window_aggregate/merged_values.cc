#include "worker/operator/window_aggregate/merged_values.h"

#include <cstring>

namespace millrace {
namespace {

constexpr size_t kFirstPlaces = 1024;

}  // namespace

void MergedValues::Clear() {
  keys_.clear();
  key_ends_.assign(1, 0);
  hashes_.clear();
  words_.clear();
  tails_.clear();
  table_.assign(kFirstPlaces, 0);
  tail_parts_.resize(static_cast<size_t>(layout_.parts()));
}

void MergedValues::Add(const NamespaceCursor::Entry& entry, uint64_t hash) {
  const size_t place = Find(entry.key, hash);
  const bool has_tail = layout_.parts() > 0;
  if (table_[place] != 0) {
    const size_t index = table_[place] - 1;
    layout_.SplitTail(entry.fixed, entry.tail, tail_parts_.data());
    layout_.Merge(entry.fixed, tail_parts_.data(),
                  {.fixed = value(index), .tail = has_tail ? &tails_[index] : nullptr});
    return;
  }
  const size_t index = hashes_.size();
  table_[place] = static_cast<uint32_t>(index) + 1;
  keys_ += entry.key;
  key_ends_.push_back(keys_.size());
  hashes_.push_back(hash);
  words_.resize(words_.size() + static_cast<size_t>(layout_.value_bytes()) / sizeof(int64_t));
  std::memcpy(value(index), entry.fixed, static_cast<size_t>(layout_.value_bytes()));
  if (has_tail) tails_.emplace_back(entry.tail);
  if (hashes_.size() * 2 > table_.size()) Grow();
}

NamespaceCursor::Entry MergedValues::entry(int64_t index) const {
  const auto at = static_cast<size_t>(index);
  return {.key = key(at),
          .fixed = reinterpret_cast<const char*>(words_.data()) + index * layout_.value_bytes(),
          .tail = tails_.empty() ? std::string_view() : std::string_view(tails_[at])};
}

size_t MergedValues::Find(std::string_view wanted, uint64_t hash) const {
  // The high bits: the low ones name the key group, and a task has only some of these.
  const size_t mask = table_.size() - 1;
  for (size_t place = (hash >> 20) & mask;; place = (place + 1) & mask) {
    if (table_[place] == 0) return place;
    const size_t index = table_[place] - 1;
    if (hashes_[index] == hash && key(index) == wanted) return place;
  }
}

void MergedValues::Grow() {
  table_.assign(table_.size() * 2, 0);
  const size_t mask = table_.size() - 1;
  for (size_t index = 0; index < hashes_.size(); ++index) {
    size_t place = (hashes_[index] >> 20) & mask;
    while (table_[place] != 0) place = (place + 1) & mask;
    table_[place] = static_cast<uint32_t>(index) + 1;
  }
}

}  // namespace millrace
