// A value as text, for formats that have no types of their own: csv and the names of partitions.
// The forms are those of Flink's csv format, and TextValues reads them back. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "arrow/type_fwd.h"
#include "common/columnar/data_type.h"

namespace millrace {

struct ValueTextForm {
  bool scientific_decimals = false;  // 1E+5, without zeros at the end; else plain, with the scale.
};

struct ValueTextOf {
  const DataType& type;
  ValueTextForm form;
};

// 2024-01-31, 12:00:05.12, 2024-01-31 12:00:05.123, 2024-01-31 12:00:05Z; bytes as Base64; numbers
// as Java prints them. REQUIRES: the value is not NULL, and TextValues::Takes its type.
void AppendValueText(const ValueTextOf& of, const arrow::Array& column, int64_t row,
                     std::string& out);

}  // namespace millrace
