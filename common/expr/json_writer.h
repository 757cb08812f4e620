// SQL values as JSON: what JSON_STRING, JSON_OBJECT and JSON_ARRAY write.
//
// Strings, numbers, BOOLEANs, TIMESTAMPs (ISO 8601), bytes (Base64), and ARRAYs, ROWs and MAPs with
// string keys of these. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "arrow/array.h"
#include "common/columnar/data_type.h"

namespace millrace {

// Whether Flink writes values of `type` as JSON.
bool HasJsonForm(const DataType& type);

// Appends row `row` of `column`; NULL is null. REQUIRES: HasJsonForm(type).
void AppendJsonValue(const DataType& type, const arrow::Array& column, int64_t row,
                     std::string& out);

}  // namespace millrace
