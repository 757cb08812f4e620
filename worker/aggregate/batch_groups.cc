#include "worker/aggregate/batch_groups.h"

#include <bit>

#include "arrow/array/array_primitive.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/columnar/key_bits.h"

namespace millrace {
namespace {

constexpr int64_t kKeyBytes = 9;  // Marker and value of a BIGINT.

// The finalizer of MurmurHash3 (Austin Appleby, public domain).
uint64_t Mix(uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdull;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53ull;
  return value ^ (value >> 33);
}

uint64_t WithSlice(uint64_t hash, int64_t slice) {
  return hash + static_cast<uint64_t>(slice) * 0x9e3779b97f4a7c15ull;
}

}  // namespace

template <typename IsSame>
uint32_t BatchGroups::FindOrAdd(uint64_t hash, int64_t slice, IsSame is_same) {
  for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    const uint32_t group = table_[at];
    if (group == 0) {
      table_[at] = static_cast<uint32_t>(group_slice_.size());
      group_slice_.push_back(slice);
      return table_[at];
    }
    if (group_slice_[group] == slice && is_same(group)) return group;
  }
}

absl::Status BatchGroups::Assign(const Batch& batch, const std::vector<int64_t>& slices) {
  const auto rows = static_cast<uint64_t>(batch.num_rows());
  group_of_row_.resize(rows);
  group_slice_.assign(1, kLate);
  keys_.clear();
  table_.assign(std::bit_ceil(2 * rows + 2), 0);
  mask_ = table_.size() - 1;
  if (HasOneBigInt(batch)) {
    AssignByValue(batch, slices);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(codec_.Encode(batch, encoded_));
  AssignByBytes(slices);
  return absl::OkStatus();
}

bool BatchGroups::HasOneBigInt(const Batch& batch) const {
  return codec_.key_types().size() == 1 && codec_.key_types()[0].kind() == TypeKind::kBigInt &&
         batch.column(codec_.key_columns()[0])->null_count() == 0;
}

void BatchGroups::AssignByValue(const Batch& batch, const std::vector<int64_t>& slices) {
  const int64_t* values =
      static_cast<const arrow::Int64Array&>(*batch.column(codec_.key_columns()[0])).raw_values();
  group_value_.assign(1, 0);
  for (size_t row = 0; row < slices.size(); ++row) {
    const int64_t slice = slices[row];
    if (slice == kLate) {
      group_of_row_[row] = 0;
      continue;
    }
    const int64_t value = values[row];
    const uint64_t hash = Mix(WithSlice(static_cast<uint64_t>(value), slice));
    const uint32_t group = FindOrAdd(
        hash, slice, [&](uint32_t candidate) { return group_value_[candidate] == value; });
    if (group == group_value_.size()) group_value_.push_back(value);
    group_of_row_[row] = group;
  }
  // Canonical bytes are made for groups only, not for rows.
  key_bytes_.resize(group_value_.size() * kKeyBytes);
  for (size_t group = 1; group < group_value_.size(); ++group) {
    char* const key = key_bytes_.data() + group * kKeyBytes;
    key[0] = key_bits::kValue;
    key_bits::Put64(key + 1, group_value_[group]);
    const std::string_view bytes(key, kKeyBytes);
    keys_.push_back({.state_namespace = group_slice_[group], .key = bytes, .hash = HashKey(bytes)});
  }
}

void BatchGroups::AssignByBytes(const std::vector<int64_t>& slices) {
  uint32_t last = 0;  // The group of the row before: neighbours often share theirs.
  for (size_t row = 0; row < slices.size(); ++row) {
    const int64_t slice = slices[row];
    if (slice == kLate) {
      group_of_row_[row] = 0;
      continue;
    }
    const std::string_view key = encoded_.key(static_cast<int64_t>(row));
    if (last == 0 || group_slice_[last] != slice || keys_[last - 1].key != key) {
      const uint64_t hash = HashKey(key);
      last = FindOrAdd(WithSlice(hash, slice), slice, [&](uint32_t candidate) {
        return keys_[candidate - 1].hash == hash && keys_[candidate - 1].key == key;
      });
      if (last > keys_.size()) {
        keys_.push_back({.state_namespace = slice, .key = key, .hash = hash});
      }
    }
    group_of_row_[row] = last;
  }
}

}  // namespace millrace
