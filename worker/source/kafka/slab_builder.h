// Gathers the records that one poll brought for one partition into a slab.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/contract/source.h"

namespace millrace {

// Not thread-safe.
class SlabBuilder {
 public:
  struct Record {
    std::string_view value;  // Must live until Build.
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::optional<std::string_view> key;  // Likewise; of use only after KeepKeys.
  };

  // From now on slabs have the keys too.
  void KeepKeys() { keeps_keys_ = true; }

  void Add(const Record& record) {
    records_.push_back(record);
    bytes_ += record.value.size();
    if (keeps_keys_ && record.key.has_value()) bytes_ += record.key->size();
  }

  bool empty() const { return records_.empty(); }
  size_t bytes() const { return bytes_; }

  // The records noted, copied to an arena that is made at its final size; forgets them.
  Slab Build() {
    Slab slab;
    auto arena = std::make_shared<std::string>();
    arena->reserve(bytes_ + Slab::kPadding);
    slab.offsets.reserve(records_.size());
    slab.lengths.reserve(records_.size());
    slab.timestamps_ms.reserve(records_.size());
    slab.positions.reserve(records_.size());
    for (const Record& record : records_) {
      slab.offsets.push_back(static_cast<uint32_t>(arena->size()));
      slab.lengths.push_back(static_cast<uint32_t>(record.value.size()));
      slab.timestamps_ms.push_back(record.timestamp_ms);
      slab.positions.push_back(record.offset);
      arena->append(record.value);
    }
    if (keeps_keys_) AddKeys(*arena, slab);
    arena->append(Slab::kPadding, '\0');
    slab.arena = std::move(arena);
    records_.clear();
    bytes_ = 0;
    return slab;
  }

 private:
  void AddKeys(std::string& arena, Slab& slab) const {
    for (const Record& record : records_) {
      slab.key_offsets.push_back(static_cast<uint32_t>(arena.size()));
      slab.key_lengths.push_back(record.key.has_value() ? static_cast<uint32_t>(record.key->size())
                                                        : Slab::kNoKey);
      arena.append(record.key.value_or(""));
    }
  }

  bool keeps_keys_ = false;
  std::vector<Record> records_;
  size_t bytes_ = 0;
};

}  // namespace millrace
