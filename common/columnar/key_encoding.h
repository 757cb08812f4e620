// The writing half of KeyCodec: values to canonical bytes, a column at a time. Pure.
#pragma once

#include <cstdint>

#include "arrow/array.h"
#include "common/columnar/data_type.h"
#include "common/columnar/key_codec.h"

namespace millrace {

// sizes[row] += bytes of the key of `column` at that row, marker included.
void AddKeySizes(const DataType& type, const arrow::Array& column, uint32_t* sizes);

// Writes the key of each row at out + at[row] and moves at[row] behind it.
void WriteKeyColumn(const DataType& type, const arrow::Array& column, char* out, uint32_t* at);

// The whole of `keys` in one pass, for the frequent key of one INT, BIGINT or string column; false
// if `type` has no such short cut. REQUIRES: keys.offsets holds column.length() + 1 entries.
bool EncodeSingleKey(const DataType& type, const arrow::Array& column, EncodedKeys& keys);

}  // namespace millrace
