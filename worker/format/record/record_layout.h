// Where the columns of a table come from: the value of a record, its key, or the source itself.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/plan/table.h"

namespace millrace {

// Columns of a table that one decoder reads.
struct RecordPart {
  TableDescription table;    // As that decoder's factory wants it.
  std::string format;        // Its name.
  std::vector<int> columns;  // Indices into the whole table's schema, in the order of `table`'s.
};

struct RecordLayout {
  RecordPart value;
  std::optional<RecordPart> key;    // Empty: no column comes from keys.
  std::vector<int> source_columns;  // worker/contract/source_columns.h

  // The value is all there is.
  bool is_plain() const { return !key.has_value() && source_columns.empty(); }
};

// By 'format', 'key.format', 'key.fields', 'key.fields-prefix', 'value.fields-include', with
// Flink's meaning: a key column that the value includes too (ALL) is read from the value. Options
// of the key's format are written with the prefix "key.". kInvalidArgument, naming the table and
// the option, for options that contradict each other.
absl::StatusOr<RecordLayout> LayOutRecord(const TableDescription& table);

}  // namespace millrace
