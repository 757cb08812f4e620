// The format 'csv': one line per row, read and written as Flink does (README.md).
//
// The decoder reads straight into columns: fields that the table's schema does not name are passed
// over. The encoder writes insert-only rows, without a line feed at the end.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/table.h"
#include "worker/contract/format.h"
#include "worker/contract/line_rules.h"

namespace millrace {

// For the columns of `table.schema`, which are found by their places in `table.declared`, with its
// options 'csv.*' (or 'value.csv.*'). kInvalidArgument, naming the table and the option or column,
// for options that contradict each other and for types that a line cannot hold.
absl::StatusOr<std::unique_ptr<Decoder>> NewCsvDecoder(const TableDescription& table);
absl::StatusOr<std::unique_ptr<Encoder>> NewCsvEncoder(const TableDescription& table);

// How the table's records lie in a file.
absl::StatusOr<LineRules> CsvLineRules(const TableDescription& table);

}  // namespace millrace
