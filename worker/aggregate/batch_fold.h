// Folds the rows of a batch into accumulators, one set per group: plain typed loops, a column at a
// time. Sums of FLOAT and DOUBLE wait for what they are added to, since their digits depend on the
// order: it is that of the rows, wherever batches were cut. Kept from batch to batch to save
// allocations; not thread-safe.
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
  // live until the groups have been merged.
  void Fold(const Batch& batch, const std::vector<uint32_t>& group_of_row, int64_t groups);

  // Adds a group's rows to those of `into`, which came before them.
  void MergeInto(const StateValue& into, int64_t group) const;

  // The value of a group, without sums of FLOAT and DOUBLE, and the parts of its tail.
  const char* value(int64_t group) const {
    return reinterpret_cast<const char*>(words_.data()) + group * layout_.value_bytes();
  }
  const std::string_view* parts(int64_t group) const {
    return parts_.data() + group * layout_.parts();
  }

 private:
  struct Rows;

  // What a sum of FLOAT or DOUBLE is to add, group by group, in the order of the rows.
  struct Reals {
    std::vector<double> values;
    std::vector<size_t> ends;  // Of each group's values.
  };

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
  template <typename T>
  void CollectReals(Reals& reals, const T* values, const Rows& rows) const;
  size_t IndexOf(const Accumulator& accumulator) const {
    return static_cast<size_t>(&accumulator - layout_.accumulators().data());
  }
  size_t groups() const {
    return words_.size() * sizeof(int64_t) / static_cast<size_t>(layout_.value_bytes());
  }

  const AccumulatorLayout& layout_;
  std::vector<int64_t> words_;  // The values of all groups; 8-byte aligned.
  std::vector<std::string_view> parts_;
  std::vector<std::vector<std::string>> lists_;  // Of the groups of each part that is a list.
  std::vector<EncodedKeys> coded_;               // Of the rows of each part that needs a codec.
  std::vector<Reals> reals_;                     // Of the calls that sum them, by their place.
  std::vector<uint8_t> active_;
};

}  // namespace millrace
