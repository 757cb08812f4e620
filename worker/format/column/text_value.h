// Puts what a text says into a column: the values of formats that have no types of their own, csv
// and the names of partitions. The rules are those of Flink's csv format. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "worker/format/column/column_buffer.h"
#include "worker/format/column/timestamp_scan.h"

namespace millrace {

class TextValues {
 public:
  // Whether a text can say a value of such a type: neither ARRAY, MAP nor ROW.
  static bool Takes(const DataType& type);

  // False if `text` says no value of the column, whose open slot `slot` is: it holds anything then.
  // REQUIRES: Takes(column.type()).
  bool Set(ColumnBuffer& column, int64_t slot, std::string_view text);

 private:
  bool SetTimestamp(ColumnBuffer& column, int64_t slot, std::string_view text);

  TimestampScan timestamps_;
  std::string bytes_;
};

}  // namespace millrace
