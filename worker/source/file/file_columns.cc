#include "worker/source/file/file_columns.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "arrow/array/array_base.h"
#include "arrow/array/util.h"
#include "arrow/scalar.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/plan/option_reader.h"
#include "common/plan/partition_path.h"
#include "worker/contract/source_columns.h"
#include "worker/format/column/column_buffer.h"
#include "worker/format/column/text_value.h"

namespace millrace {
namespace {

bool IsKnownMetadata(const std::string& key, TypeKind type) {
  if (key == "file.path" || key == "file.name") return type == TypeKind::kVarchar;
  if (key == "file.size") return type == TypeKind::kBigInt;
  return key == "file.modification-time" && type == TypeKind::kTimestampLtz;
}

// REQUIRES: IsKnownMetadata.
void SetMetadata(ColumnBuffer& column, const std::string& key, const std::string& path,
                 const FileInfo& info) {
  if (key == "file.path") {
    column.SetString(0, path);
  } else if (key == "file.name") {
    column.SetString(0, path.substr(path.rfind('/') + 1));
  } else {
    column.Set<int64_t>(0, key == "file.size" ? info.bytes : info.modified_unix_ms);
  }
}

// What a folder says of a column, as TextValues reads it. Flink names folders of a TIMESTAMP as
// Java prints one, with a T between date and time.
std::string PartitionText(const DataType& type, std::string text) {
  const bool is_timestamp =
      type.kind() == TypeKind::kTimestamp || type.kind() == TypeKind::kTimestampLtz;
  const size_t t = is_timestamp ? text.find('T') : std::string::npos;
  if (t != std::string::npos) text[t] = ' ';
  return text;
}

}  // namespace

absl::StatusOr<FileColumns> FileColumns::Create(const TableDescription& table, std::string root) {
  FileColumns columns(table, std::move(root));
  for (const Column& column : columns.columns_) {
    const DataType& type = table.schema.field(column.index).type;
    const bool right = column.metadata.empty() ? TextValues::Takes(type)
                                               : IsKnownMetadata(column.metadata, type.kind());
    if (right) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "table ", table.name, ": the column '", column.name, "', a ", type.ToString(),
        column.metadata.empty() ? ", cannot be a partition key"
                                : absl::StrCat(", cannot be made FROM '", column.metadata, "'")));
  }
  return columns;
}

FileColumns::FileColumns(const TableDescription& table, std::string root)
    : table_(table), root_(std::move(root)) {
  default_partition_ = OptionReader(table).Text("partition.default-name", kDefaultPartitionName);
  for (const int index : SourceColumns(table)) {
    const std::string& name = table.schema.field(index).name;
    const auto metadata = table.metadata.find(name);
    columns_.push_back({.name = name,
                        .metadata = metadata == table.metadata.end() ? "" : metadata->second,
                        .index = index});
  }
}

absl::StatusOr<std::vector<std::shared_ptr<arrow::Scalar>>> FileColumns::Of(
    FileSystem& files, const std::string& path) const {
  ASSIGN_OR_RETURN(const FileInfo info, files.Stat(path));
  const auto partitions =
      PartitionsIn(path.starts_with(root_ + "/") ? path.substr(root_.size() + 1) : "");
  std::vector<std::shared_ptr<arrow::Scalar>> values;
  TextValues texts;
  for (const Column& column : columns_) {
    ColumnGroup group({table_.schema.field(column.index).type});
    group.Start(1);
    group.OpenSlot();
    if (!column.metadata.empty()) {
      SetMetadata(group.column(0), column.metadata, path, info);
    } else {
      const auto found = std::find_if(partitions.begin(), partitions.end(),
                                      [&](const auto& p) { return p.first == column.name; });
      if (found == partitions.end()) {
        return absl::InvalidArgumentError(
            absl::StrCat(path, " is in no folder '", column.name,
                         "=...', but the table is PARTITIONED BY that column"));
      }
      const bool is_null = found->second == default_partition_;
      const DataType& type = table_.schema.field(column.index).type;
      if (!is_null && !texts.Set(group.column(0), 0, PartitionText(type, found->second))) {
        return absl::InvalidArgumentError(absl::StrCat(path, ": the folder '", column.name,
                                                       "=...' says no ",
                                                       type.WithNullable(true).ToString()));
      }
    }
    group.CloseSlot();
    ASSIGN_OR_RETURN(auto scalar, FromArrow(group.Finish()[0]->GetScalar(0)));
    values.push_back(std::move(scalar));
  }
  return values;
}

absl::StatusOr<std::vector<std::shared_ptr<arrow::Array>>> Repeated(
    const std::vector<std::shared_ptr<arrow::Scalar>>& values, int64_t count) {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& value : values) {
    ASSIGN_OR_RETURN(auto array, FromArrow(arrow::MakeArrayFromScalar(*value, count)));
    arrays.push_back(std::move(array));
  }
  return arrays;
}

}  // namespace millrace
