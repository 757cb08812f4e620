// The options 'json.*' of a table, read once. Names and meaning are Flink's; unknown ones are
// refused when the table is created (coordinator/catalog).
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/plan/table.h"

namespace millrace {

struct JsonOptions {
  bool fail_on_missing_field = false;  // Else a missing field is NULL.
  bool ignore_parse_errors = false;  // A field that does not fit is NULL, a bad record is dropped.
  bool iso_timestamps = false;       // 2024-01-31T12:00:05.123, else with a blank for the T.
  bool decimal_as_plain_number = false;
  bool ignore_null_fields = false;  // The encoder leaves out NULL fields.
};

// An option of 'value.format' is written with the prefix 'value.json.'. kInvalidArgument names the
// table and the option.
absl::StatusOr<JsonOptions> ReadJsonOptions(const TableDescription& table);

// kInvalidArgument, naming the column, if JSON cannot say a column's type: a MAP needs string keys.
absl::Status CheckJsonTypes(const TableDescription& table);

}  // namespace millrace
