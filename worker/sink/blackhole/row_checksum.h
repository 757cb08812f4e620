// A checksum of a table's rows that does not depend on their order, batches or tasks: the sum of
// the rows' hashes, modulo 2^64. Rows that take others back (-U, -D) are subtracted, so it is the
// checksum of the table that the changes leave.
//
// Equal rows hash equally whatever the layout of their columns: NULLs by their NULLness, floats by
// the canonical bits of keys (-0.0 as 0.0, one NaN). Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "common/columnar/batch.h"
#include "common/columnar/schema.h"

namespace millrace {

class RowChecksum {
 public:
  explicit RowChecksum(Schema schema) : schema_(std::move(schema)) {}

  void Add(const Batch& batch);

  int64_t rows() const { return rows_; }
  uint64_t sum() const { return sum_; }

  // Adds what another one, over other rows, has found.
  void Merge(int64_t rows, uint64_t sum) {
    rows_ += rows;
    sum_ += sum;
  }

 private:
  const Schema schema_;
  int64_t rows_ = 0;
  uint64_t sum_ = 0;
  std::vector<uint64_t> hashes_;  // Scratch.
};

}  // namespace millrace
