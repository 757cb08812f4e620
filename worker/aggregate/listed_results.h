// The result columns of calls that collect values: FIRST_VALUE, LAST_VALUE, LISTAGG, ARRAY_AGG,
// COLLECT, PERCENTILE, JSON_OBJECTAGG, JSON_ARRAYAGG. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/array/array_base.h"
#include "worker/aggregate/accumulators.h"

namespace millrace {

class ListedResults {
 public:
  virtual ~ListedResults() = default;

  // Adds the result of a group, whose part of the tail `part` is. `is_set`: there is a value.
  // kInvalidArgument for what SQL calls a run-time error.
  virtual absl::Status Append(bool is_set, std::string_view part) = 0;

  // The results so far, which are then forgotten.
  virtual absl::StatusOr<std::shared_ptr<arrow::Array>> Finish() = 0;
};

// `accumulator` outlives it. REQUIRES: accumulator.kind is kFirst, kLast or kList.
std::unique_ptr<ListedResults> NewListedResults(const Accumulator& accumulator);

// The percentiles of a list or set of ListedValues::kDouble, one for each of `percentages`; empty
// if there are no values.
std::vector<double> Percentiles(const std::vector<double>& percentages, std::string_view part);

}  // namespace millrace
