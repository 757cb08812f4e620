// The format 'json': one JSON object per record, read and written as Flink does (README.md).
//
// The decoder reads straight into columns and parses only what the table's schema names. The
// encoder writes insert-only rows.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/table.h"
#include "worker/contract/format.h"

namespace millrace {

// For the columns of `table.schema`, with its options 'json.*' (or 'value.json.*').
// kInvalidArgument, naming the table and the option or column, for options that contradict each
// other and for a MAP whose keys are not strings.
absl::StatusOr<std::unique_ptr<Decoder>> NewJsonDecoder(const TableDescription& table);
absl::StatusOr<std::unique_ptr<Encoder>> NewJsonEncoder(const TableDescription& table);

}  // namespace millrace
