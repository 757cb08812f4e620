// Which record each row of a batch came from: DecodeResult::record_of_row, made only if a record
// was no row, or several. Not thread-safe.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace millrace {

class RowOrigins {
 public:
  void Start() {
    rows_ = 0;
    records_.clear();
    differs_ = false;
  }

  // Rows [rows so far, `rows`) are of `record`. REQUIRES: `record` does not fall.
  void OnRows(int64_t rows, int64_t record) {
    if (!differs_) {
      if (rows_ == record && rows == record + 1) {
        rows_ = rows;
        return;
      }
      if (rows == rows_) return;  // No row; whether that matters shows in the end.
      differs_ = true;
      records_.resize(static_cast<size_t>(rows_));
      std::iota(records_.begin(), records_.end(), 0);
    }
    records_.resize(static_cast<size_t>(rows), static_cast<int32_t>(record));
  }

  // Of a slab of `records`.
  std::vector<int32_t> Finish(int64_t records) {
    if (!differs_ && rows_ == records) return {};
    if (!differs_) {
      records_.resize(static_cast<size_t>(rows_));
      std::iota(records_.begin(), records_.end(), 0);
    }
    return std::exchange(records_, {});
  }

 private:
  int64_t rows_ = 0;              // While they do not differ.
  std::vector<int32_t> records_;  // Once they do.
  bool differs_ = false;
};

}  // namespace millrace
