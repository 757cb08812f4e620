// Folds the rows of a batch into accumulators, one set per group: plain typed loops, a column at a
// time. Kept from batch to batch to save allocations; not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/columnar/batch.h"
#include "worker/aggregate/accumulators.h"

namespace millrace {

class BatchFold {
 public:
  // `layout` outlives this.
  explicit BatchFold(const AccumulatorLayout& layout) : layout_(layout) {}

  // Forgets what it holds, and folds row i of `batch` into group `group_of_row[i]`. The batch must
  // live until the parts have been read.
  void Fold(const Batch& batch, const std::vector<uint32_t>& group_of_row, int64_t groups);

  // The value of a group, and the parts of its tail.
  const char* value(int64_t group) const {
    return reinterpret_cast<const char*>(words_.data()) + group * layout_.value_bytes();
  }
  const std::string_view* parts(int64_t group) const {
    return parts_.data() + group * layout_.parts();
  }

 private:
  struct Rows;

  // Which rows count for a call, a byte each; null: all of them.
  const uint8_t* ActiveRows(const Accumulator& accumulator, const Batch& batch);
  void FoldCall(const Accumulator& accumulator, const Batch& batch, const Rows& rows);
  void FoldWords(const Accumulator& accumulator, const arrow::Array& column, const Rows& rows);
  void FoldBooleans(const Accumulator& accumulator, const arrow::Array& column, const Rows& rows);
  void FoldDecimals(const Accumulator& accumulator, const arrow::Array& column, const Rows& rows);
  void FoldStrings(const Accumulator& accumulator, const arrow::Array& column, const Rows& rows);
  void FoldKeptValues(const Accumulator& accumulator, const std::shared_ptr<arrow::Array>& column,
                      const Rows& rows);
  void FoldLists(const Accumulator& accumulator, const Batch& batch, const Rows& rows);
  template <typename T>
  void FoldIntegers(const Accumulator& accumulator, const arrow::Array& column, const Rows& rows);
  template <typename T>
  void FoldReals(const Accumulator& accumulator, const arrow::Array& column, const Rows& rows);

  const AccumulatorLayout& layout_;
  std::vector<int64_t> words_;  // The values of all groups; 8-byte aligned.
  std::vector<std::string_view> parts_;
  std::vector<std::vector<std::string>> lists_;  // Of the groups of each part that is a list.
  std::vector<EncodedKeys> coded_;               // Of the rows of each part that needs a codec.
  std::vector<uint8_t> active_;
};

}  // namespace millrace
