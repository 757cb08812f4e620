// The options 'raw.*' of a table, read once. Names and meaning are Flink's. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/plan/table.h"

namespace millrace {

struct RawOptions {
  std::string charset = "UTF-8";  // Of a column of characters; a name that iconv knows.
  bool little_endian = false;     // Of a column of numbers.
};

// An option of 'value.format' is written with the prefix 'value.raw.'. kInvalidArgument names the
// table and the option.
absl::StatusOr<RawOptions> ReadRawOptions(const TableDescription& table);

// The one column of a record: that of table.declared, or of the schema if nothing is declared.
// kInvalidArgument, naming the table, if there are more, or it is of a type that raw bytes cannot
// say.
absl::StatusOr<Field> RawColumn(const TableDescription& table);

}  // namespace millrace
