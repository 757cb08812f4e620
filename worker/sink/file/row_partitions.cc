#include "worker/sink/file/row_partitions.h"

#include <utility>

#include "common/columnar/value_format.h"
#include "common/plan/partition_path.h"
#include "worker/format/column/value_text.h"

namespace millrace {
namespace {

// Flink names the folders of a TIMESTAMP as Java prints one: 2024-01-31T12:05.
void AppendPartitionValue(const DataType& type, const arrow::Array& values, int64_t row,
                          std::string& text) {
  if (type.kind() == TypeKind::kTimestamp) return AppendValue(type, values, row, text);
  AppendValueText({.type = type, .form = {}}, values, row, text);
}

}  // namespace

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
    if (values.IsValid(row)) AppendPartitionValue(key.type, values, row, value_);
    AppendEscapedPartition(value_.empty() ? default_name_ : value_, path_);
  }
  return path_;
}

}  // namespace millrace
