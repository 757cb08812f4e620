// A generator's rows are divided into splits, as many as the stage had tasks when the job began:
// split i of n owns the rows i, i + n, i + 2n, ... So the table's rows do not depend on the
// parallelism, and after a rescale a task simply owns more splits, or none.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace millrace {

struct GeneratorSplit {
  static constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max();

  int64_t index = 0;
  int64_t of = 1;             // Splits of the table.
  int64_t next = 0;           // Rows of this split that were given.
  uint64_t random_state = 0;  // Of a generator that draws its rows one after the other.

  // The row's number in the table.
  int64_t RowNumber(int64_t row_of_split) const { return row_of_split * of + index; }

  // The split's part of a table of `rows` rows.
  int64_t RowsOf(int64_t rows) const {
    return rows == kUnbounded ? kUnbounded : rows / of + (rows % of > index ? 1 : 0);
  }

  friend bool operator==(const GeneratorSplit&, const GeneratorSplit&) = default;
};

// The splits that a task of a restored job goes on with: of all those that the former tasks wrote,
// in order, every parallelism-th from `task_index` on. kDataLoss for bytes that EncodeSplits cannot
// have written.
absl::StatusOr<std::vector<GeneratorSplit>> RestoredSplits(
    const std::vector<std::string>& values_of_tasks, int32_t task_index, int32_t parallelism);

std::string EncodeSplits(const std::vector<GeneratorSplit>& splits);

}  // namespace millrace
