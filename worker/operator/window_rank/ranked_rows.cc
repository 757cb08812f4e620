#include "worker/operator/window_rank/ranked_rows.h"

#include <cstring>
#include <utility>

#include "common/base/byte_order.h"

namespace millrace {
namespace {

constexpr size_t kHeaderBytes = 2 * sizeof(uint32_t);

int64_t LoadWord(const char* fixed, size_t index) {
  int64_t word = 0;
  std::memcpy(&word, fixed + index * sizeof word, sizeof word);
  return word;
}

void StoreWord(char* fixed, size_t index, int64_t word) {
  std::memcpy(fixed + index * sizeof word, &word, sizeof word);
}

void Append(const RankedRow& row, std::string& tail) {
  char header[kHeaderBytes];
  StoreLittle<uint32_t>(header, static_cast<uint32_t>(row.sort_key.size()));
  StoreLittle<uint32_t>(header + sizeof(uint32_t), static_cast<uint32_t>(row.row.size()));
  tail.append(header, kHeaderBytes);
  tail.append(row.sort_key);
  tail.append(row.row);
}

}  // namespace

bool RankedRows::Next(std::string_view& tail, RankedRow& row) {
  if (tail.size() < kHeaderBytes) return false;
  const size_t sort_bytes = LoadLittle<uint32_t>(tail.data());
  const size_t row_bytes = LoadLittle<uint32_t>(tail.data() + sizeof(uint32_t));
  row.sort_key = tail.substr(kHeaderBytes, sort_bytes);
  row.row = tail.substr(kHeaderBytes + sort_bytes, row_bytes);
  tail.remove_prefix(kHeaderBytes + sort_bytes + row_bytes);
  return true;
}

void RankedRows::Merge(const std::vector<RankedRow>& rows, const StateValue& value) {
  if (rows.empty()) return;
  std::string_view old = *value.tail;
  if (LoadWord(value.fixed, 0) == most_) {
    std::string_view last = old.substr(static_cast<size_t>(LoadWord(value.fixed, 1)));
    RankedRow row;
    Next(last, row);
    if (!GoesBefore(rows.front().sort_key, row.sort_key)) return;
  }
  merged_.clear();
  int64_t count = 0;
  size_t last = 0;
  RankedRow known;
  bool has_known = Next(old, known);
  auto added = rows.begin();
  for (; count < most_ && (has_known || added != rows.end()); ++count) {
    last = merged_.size();
    const bool takes_added =
        added != rows.end() && (!has_known || GoesBefore(added->sort_key, known.sort_key));
    if (takes_added) {
      Append(*added++, merged_);
    } else {
      Append(known, merged_);
      has_known = Next(old, known);
    }
  }
  StoreWord(value.fixed, 0, count);
  StoreWord(value.fixed, 1, static_cast<int64_t>(last));
  value.tail->swap(merged_);
}

}  // namespace millrace
