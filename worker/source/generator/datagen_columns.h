// Fills the columns of datagen: the value of a field in row g of the table is a pure function of
// the field, g and, for dates and times, of the time now.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "arrow/array.h"
#include "worker/source/generator/datagen_options.h"

namespace millrace {

// Rows of the table: first, first + step, ...
struct RowNumbers {
  int64_t first = 0;
  int64_t step = 1;
  int64_t count = 0;

  int64_t at(int64_t i) const { return first + i * step; }
};

absl::StatusOr<std::shared_ptr<arrow::Array>> DatagenColumn(const DatagenField& field,
                                                            const RowNumbers& rows,
                                                            int64_t now_unix_ms);

}  // namespace millrace
