#include "worker/operator/window_rank/sort_keys.h"

#include <utility>

#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr char kNullFirst = 0;
constexpr char kValue = 1;
constexpr char kNullLast = 2;

// In a key a text has its length in front, which would order it by that.
constexpr size_t kLengthBytes = 4;

bool IsText(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return true;
    default:
      return false;
  }
}

// The end mark is less than whatever a longer text goes on with: a zero byte is followed by 0xff.
void AppendText(std::string_view text, std::string& key) {
  for (const char c : text) {
    key.push_back(c);
    if (c == 0) key.push_back('\xff');
  }
  key.append(2, '\0');
}

}  // namespace

absl::StatusOr<SortKeys> SortKeys::Create(const Schema& schema,
                                          const std::vector<SortColumn>& order) {
  std::vector<Column> columns;
  for (const SortColumn& sort : order) {
    ASSIGN_OR_RETURN(KeyCodec codec, KeyCodec::Create(schema, {sort.column}));
    columns.push_back({.codec = std::move(codec),
                       .is_text = IsText(schema.field(sort.column).type),
                       .descending = sort.descending,
                       .nulls_first = sort.nulls_first});
  }
  return SortKeys(std::move(columns));
}

absl::Status SortKeys::Encode(const Batch& batch) {
  keys_.assign(static_cast<size_t>(batch.num_rows()), std::string());
  for (const Column& column : columns_) {
    RETURN_IF_ERROR(column.codec.Encode(batch, encoded_));
    for (size_t row = 0; row < keys_.size(); ++row) {
      std::string& key = keys_[row];
      std::string_view bytes = encoded_.key(static_cast<int64_t>(row));
      const bool is_null = bytes.front() == 0;
      bytes.remove_prefix(1);
      if (is_null) {
        key.push_back(column.nulls_first ? kNullFirst : kNullLast);
        continue;
      }
      key.push_back(kValue);
      const size_t first = key.size();
      if (column.is_text) {
        AppendText(bytes.substr(kLengthBytes), key);
      } else {
        key.append(bytes);
      }
      if (!column.descending) continue;
      for (size_t i = first; i < key.size(); ++i) key[i] = static_cast<char>(~key[i]);
    }
  }
  return absl::OkStatus();
}

}  // namespace millrace
