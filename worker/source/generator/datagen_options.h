// What a datagen table's options say, with Flink's names, defaults and meaning; 'seed' is our own.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "common/columnar/data_type.h"
#include "common/plan/table.h"
#include "worker/source/generator/generator_split.h"

namespace millrace {

// How one column is filled. Only what its type needs is set.
struct DatagenField {
  std::string name;
  DataType type;
  uint64_t seed = 0;
  double null_rate = 0;

  bool sequence = false;
  int64_t start = 0;  // Of the sequence.

  int64_t min = 0;  // Integers and intervals (months, milliseconds), both ends included.
  int64_t max = 0;
  double min_number = 0;  // FLOAT, DOUBLE
  double max_number = 0;
  absl::int128 min_unscaled = 0;  // DECIMAL
  absl::int128 max_unscaled = 0;
  int64_t length = 0;  // Strings and bytes.
  bool variable_length = false;
  int64_t max_past_ms = 0;  // Timestamps.
};

struct DatagenOptions {
  double rows_per_second = 10000;
  int64_t rows = GeneratorSplit::kUnbounded;  // The end of 'number-of-rows' or the first sequence.
  std::vector<DatagenField> fields;           // Of the table's schema, in order.
};

// kInvalidArgument naming table and option, kUnimplemented for types that Flink fills and this does
// not yet.
absl::StatusOr<DatagenOptions> ParseDatagenOptions(const TableDescription& table);

}  // namespace millrace
