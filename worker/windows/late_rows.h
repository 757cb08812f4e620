// Rows that came too late for their windows, for the table that wants them (LATE INTO). Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "common/columnar/batch.h"
#include "worker/contract/output.h"

namespace millrace {

// In the place of a row's slice or window: it is late.
inline constexpr int64_t kLateRow = std::numeric_limits<int64_t>::min();

// Gives the late rows of `batch` to `out` if somebody takes those of `input`. `slices` has one for
// each row.
absl::Status EmitLateRows(int input, const Batch& batch, const std::vector<int64_t>& slices,
                          Output& out);

}  // namespace millrace
