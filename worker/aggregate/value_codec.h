// Values of one column as bytes that state keeps, and back: what ARRAY_AGG, COLLECT, FIRST_VALUE
// and LAST_VALUE hold of any type, and what DISTINCT tells values of nested types apart by.
//
// The bytes are those of a key (common/columnar/key_codec.h), NULL included, but that a FLOAT or
// DOUBLE keeps its bits: -0.0 is not 0.0. Inside ROW and ARRAY it is. Equal bytes are equal values.
// Durable. Thread-compatible.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "arrow/array/array_base.h"
#include "common/columnar/data_type.h"
#include "common/columnar/key_codec.h"

namespace millrace {

class ValueCodec {
 public:
  // kInvalidArgument for a type whose values cannot be told apart (MAP).
  static absl::StatusOr<ValueCodec> Create(const DataType& type);

  // Replaces `values` by those of `column`, one for each row.
  void Encode(const std::shared_ptr<arrow::Array>& column, EncodedKeys& values) const;

  // kDataLoss for bytes that Encode cannot have written.
  absl::StatusOr<std::shared_ptr<arrow::Array>> Decode(
      const std::vector<std::string_view>& values) const;

  // The bytes of NULL, of whatever type.
  static constexpr std::string_view Null() { return {"\0", 1}; }

 private:
  ValueCodec(DataType type, KeyCodec codec) : type_(std::move(type)), codec_(std::move(codec)) {}

  DataType type_;
  KeyCodec codec_;  // Of words for FLOAT and DOUBLE.
};

}  // namespace millrace
