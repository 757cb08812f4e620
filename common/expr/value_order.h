// Equality, order and hash of single values of a column, of any type: what comparisons of nested
// values and the functions of collections are made of.
//
// NULL equals NULL and is less than everything, at any depth. DOUBLE has Java's order: NaN is equal
// to itself and the greatest, -0.0 is equal to 0.0. Strings are compared by bytes. MAPs are equal
// if they have the same entries in any order; they have no order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "arrow/array/data.h"
#include "common/columnar/data_type.h"

namespace millrace {

// One value: row `row` of `column`, counted from the column's offset.
struct ValueRef {
  const arrow::ArrayData* column;
  int64_t row;
};

class ValueOrder {
 public:
  explicit ValueOrder(const DataType& type);

  // Less than zero, zero, greater than zero. REQUIRES: columns of the type.
  int Compare(ValueRef a, ValueRef b) const { return compare_(a, b); }
  bool Equal(ValueRef a, ValueRef b) const { return compare_(a, b) == 0; }
  // Equal values have equal hashes. For tables in memory only.
  size_t Hash(ValueRef value) const { return hash_(value); }

 private:
  std::function<int(ValueRef, ValueRef)> compare_;
  std::function<size_t(ValueRef)> hash_;
};

bool IsNullAt(ValueRef value);

// The elements of a list, or the entries of a map, in the column's child.
struct ListRange {
  int64_t start = 0;
  int64_t size = 0;
};
ListRange ListAt(ValueRef list);

}  // namespace millrace
