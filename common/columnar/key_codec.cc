#include "common/columnar/key_codec.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/builder.h"
#include "arrow/record_batch.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/columnar/key_decoding.h"
#include "common/columnar/key_encoding.h"

namespace millrace {
namespace {

bool ContainsMap(const DataType& type) {
  if (type.kind() == TypeKind::kMap) return true;
  for (const DataType& child : type.children()) {
    if (ContainsMap(child)) return true;
  }
  return false;
}

}  // namespace

KeyCodec::KeyCodec(std::vector<int> key_columns, std::vector<DataType> key_types)
    : key_columns_(std::move(key_columns)), key_types_(std::move(key_types)) {}

absl::StatusOr<KeyCodec> KeyCodec::Create(const Schema& schema, std::vector<int> key_columns) {
  std::vector<DataType> types;
  for (const int column : key_columns) {
    CHECK(column >= 0 && column < schema.size());
    const Field& field = schema.field(column);
    if (ContainsMap(field.type)) {
      return absl::InvalidArgumentError(
          absl::StrCat("column '", field.name, "' of type ", field.type.ToString(),
                       " cannot be a key: MAP values have no order; use a scalar, ROW or ARRAY"));
    }
    types.push_back(field.type);
  }
  return KeyCodec(std::move(key_columns), std::move(types));
}

// Two passes, each column by column: sizes, then bytes. Between them offsets[row + 1] is where the
// row's next column goes; in the end it is where the row ends, as EncodedKeys wants it.
absl::Status KeyCodec::Encode(const Batch& batch, EncodedKeys& keys) const {
  const int64_t rows = batch.num_rows();
  keys.bytes.clear();
  keys.offsets.assign(rows + 1, 0);
  if (key_columns_.empty()) return absl::OkStatus();
  if (key_columns_.size() == 1 &&
      EncodeSingleKey(key_types_[0], *batch.column(key_columns_[0]), keys)) {
    return absl::OkStatus();
  }
  uint32_t* sizes = keys.offsets.data() + 1;
  for (size_t i = 0; i < key_columns_.size(); ++i) {
    AddKeySizes(key_types_[i], *batch.column(key_columns_[i]), sizes);
  }
  uint64_t total = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const uint64_t start = total;
    total += sizes[row];
    sizes[row] = static_cast<uint32_t>(start);
  }
  if (total > std::numeric_limits<uint32_t>::max()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the keys of a batch of ", rows, " rows take ", total,
                     " bytes; at most 4 GiB are possible: shorten the key columns"));
  }
  keys.bytes.resize(total);
  for (size_t i = 0; i < key_columns_.size(); ++i) {
    WriteKeyColumn(key_types_[i], *batch.column(key_columns_[i]), keys.bytes.data(), sizes);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::shared_ptr<arrow::Array>>> KeyCodec::Decode(
    const std::vector<std::string_view>& keys) const {
  std::vector<std::string_view> rest = keys;
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const DataType& type : key_types_) {
    ASSIGN_OR_RETURN(auto column, DecodeKeyColumn(type, rest));
    columns.push_back(std::move(column));
  }
  for (const std::string_view bytes : rest) {
    if (!bytes.empty()) {
      return absl::DataLossError(
          absl::StrCat("key bytes are damaged: ", bytes.size(), " bytes follow the last column"));
    }
  }
  return columns;
}

}  // namespace millrace
