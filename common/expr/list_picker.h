// Makes lists of the elements of other lists: what the ARRAY_ and MAP_ functions do.
//
// The elements of all sources lie in one pool; a function picks them by index and they are gathered
// once for the whole batch. Not thread-safe; `sources` must outlive it.
#pragma once

#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "common/expr/value_order.h"
#include "common/expr/vector.h"

namespace millrace {

class ListPicker {
 public:
  static constexpr int64_t kNull = -1;

  // The first `lists` sources are lists of `element`, the others values of that type.
  static absl::StatusOr<ListPicker> Create(const DataType& element, Arguments sources,
                                           size_t lists);

  // The elements of source `source` in `row`, as a range of the pool.
  ListRange List(size_t source, int64_t row) const;
  // The pool index of the value of a source that is no list.
  int64_t Value(size_t source, int64_t row) const;

  bool IsNull(int64_t index) const { return IsNullAt({pool_.get(), index}); }
  bool Equal(int64_t a, int64_t b) const { return Compare(a, b) == 0; }
  int Compare(int64_t a, int64_t b) const {
    return order_.Compare({pool_.get(), a}, {pool_.get(), b});
  }
  const arrow::ArrayData& pool() const { return *pool_; }

  // A set of pool indexes whose values differ.
  struct Hasher {
    const ListPicker* picker;
    size_t operator()(int64_t index) const {
      return picker->order_.Hash({picker->pool_.get(), index});
    }
  };
  struct Equality {
    const ListPicker* picker;
    bool operator()(int64_t a, int64_t b) const { return picker->Equal(a, b); }
  };
  using Set = absl::flat_hash_set<int64_t, Hasher, Equality>;
  Set MakeSet() const { return Set(0, Hasher{this}, Equality{this}); }

  void Pick(int64_t index) { picks_.push_back(index); }
  void PickAll(ListRange range) {
    for (int64_t i = 0; i < range.size; ++i) Pick(range.start + i);
  }
  // What the current row has picked so far; may be reordered.
  absl::Span<int64_t> Picked() { return absl::MakeSpan(picks_).subspan(ends_.back()); }
  void EndRow() { ends_.push_back(static_cast<int32_t>(picks_.size())); }

  // The picked elements of all rows.
  absl::StatusOr<std::shared_ptr<arrow::ArrayData>> Elements() const;
  // The same as the lists of `rows` rows. kInvalidArgument if they have more than 2^31 elements.
  absl::StatusOr<Vector> Finish(const DataType& type, StrictResult& result) const;

 private:
  ListPicker(const DataType& element, Arguments sources) : order_(element), sources_(sources) {}

  ValueOrder order_;
  Arguments sources_;
  std::shared_ptr<arrow::ArrayData> pool_;
  std::vector<int64_t> bases_;  // Where each source begins in the pool.
  std::vector<int64_t> picks_;
  std::vector<int32_t> ends_ = {0};
};

}  // namespace millrace
