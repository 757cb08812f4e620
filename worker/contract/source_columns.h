// Which columns of a table its source gives itself, beside the records: METADATA columns and, of a
// table of files, the partition keys, which are in the names of folders. Pure.
#pragma once

#include <algorithm>
#include <vector>

#include "common/plan/table.h"

namespace millrace {

inline bool IsSourceColumn(const TableDescription& table, const std::string& name) {
  if (table.metadata.contains(name)) return true;
  const auto connector = table.options.find("connector");
  if (connector == table.options.end() || connector->second != "filesystem") return false;
  return std::find(table.partition_keys.begin(), table.partition_keys.end(), name) !=
         table.partition_keys.end();
}

// Indices into table.schema, ascending.
inline std::vector<int> SourceColumns(const TableDescription& table) {
  std::vector<int> columns;
  for (int i = 0; i < table.schema.size(); ++i) {
    if (IsSourceColumn(table, table.schema.field(i).name)) columns.push_back(i);
  }
  return columns;
}

}  // namespace millrace
