// The options 'csv.*' of a table, read once. Names and meaning are Flink's; unknown ones are
// refused when the table is created (coordinator/catalog). Pure.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/plan/table.h"

namespace millrace {

struct CsvOptions {
  char delimiter = ',';
  std::optional<char> quote = '"';
  std::optional<char> escape;
  bool allow_comments = false;        // Lines that begin with '#' are no rows.
  bool ignore_parse_errors = false;   // A field that does not fit is NULL, a bad record is dropped.
  std::string array_delimiter = ";";  // Between the elements of an ARRAY or the fields of a ROW.
  std::optional<std::string> null_literal;
  bool scientific_decimals = true;  // The encoder writes 1E+5 for a DECIMAL of 100000.
};

// An option of 'value.format' is written with the prefix 'value.csv.'. kInvalidArgument names the
// table and the option; kUnimplemented for characters that are not ASCII.
absl::StatusOr<CsvOptions> ReadCsvOptions(const TableDescription& table);

// kInvalidArgument, naming the column, for what a line cannot hold: MAP, and ARRAY or ROW of
// anything but plain values.
absl::Status CheckCsvTypes(const TableDescription& table);

}  // namespace millrace
