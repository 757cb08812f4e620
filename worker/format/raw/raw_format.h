// The format 'raw': a record is the value of one column, as bytes (README.md).
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/table.h"
#include "worker/contract/format.h"

namespace millrace {

// For the one column that `table` declares, which `table.schema` has or leaves out, with its
// options 'raw.*' (or 'value.raw.*'). kInvalidArgument, naming the table and the option or column,
// for a table of several columns and for types that raw bytes cannot say.
absl::StatusOr<std::unique_ptr<Decoder>> NewRawDecoder(const TableDescription& table);
// Writes insert-only rows; a NULL is a record that is absent.
absl::StatusOr<std::unique_ptr<Encoder>> NewRawEncoder(const TableDescription& table);

}  // namespace millrace
