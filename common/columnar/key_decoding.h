// The reading half of KeyCodec: canonical bytes to values. Pure; trusts no byte.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "arrow/array.h"
#include "common/columnar/data_type.h"

namespace millrace {

// Takes one column of `type` off the front of each key in `rest`. kDataLoss for bytes that
// WriteKeyColumn cannot have written.
absl::StatusOr<std::shared_ptr<arrow::Array>> DecodeKeyColumn(const DataType& type,
                                                              std::vector<std::string_view>& rest);

}  // namespace millrace
