#include "worker/sink/file/row_partitions.h"

#include <utility>

#include "common/plan/partition_path.h"
#include "worker/format/column/value_text.h"

namespace millrace {

RowPartitions::RowPartitions(const Schema& schema, const std::vector<int>& columns,
                             std::string default_name)
    : default_name_(std::move(default_name)) {
  for (const int column : columns) {
    const Field& field = schema.field(column);
    Key key{.column = column, .type = field.type};
    AppendEscapedPartition(field.name, key.folder);
    key.folder += '=';
    keys_.push_back(std::move(key));
  }
}

const std::string& RowPartitions::PathOf(const Batch& batch, int64_t row) {
  path_.clear();
  for (const Key& key : keys_) {
    if (!path_.empty()) path_ += '/';
    path_ += key.folder;
    const arrow::Array& values = *batch.column(key.column);
    value_.clear();
    if (values.IsValid(row)) AppendValueText({.type = key.type, .form = {}}, values, row, value_);
    AppendEscapedPartition(value_.empty() ? default_name_ : value_, path_);
  }
  return path_;
}

}  // namespace millrace
