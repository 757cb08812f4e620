#include "worker/sink/kafka/key_encoder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_binary.h"
#include "common/base/status_macros.h"

namespace millrace {

absl::StatusOr<KeyEncoder> KeyEncoder::Create(const TableDescription& table,
                                              const KafkaSinkOptions& options,
                                              std::unique_ptr<Encoder> encoder) {
  if (options.key_format.empty() || encoder != nullptr) {
    return KeyEncoder(options.key_columns, std::move(encoder));
  }
  if (options.key_format != "raw") {
    return absl::UnimplementedError(absl::StrCat("table ", table.name, ": 'key.format' = '",
                                                 options.key_format,
                                                 "' is not built yet; use raw"));
  }
  const Schema key = KeySchema(table.schema, options);
  const bool bytes =
      key.size() == 1 && (key.field(0).type.IsCharacter() || key.field(0).type.IsBinary());
  if (!bytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "table ", table.name,
        ": 'key.format' = 'raw' takes one column of type STRING or BYTES; 'key.fields' "
        "gives ",
        key.ToString()));
  }
  return KeyEncoder(options.key_columns, nullptr);
}

absl::Status KeyEncoder::Encode(const Batch& batch) {
  if (columns_.empty()) return absl::OkStatus();
  if (encoder_ == nullptr) {
    raw_keys_ = batch.column(columns_[0]);
    return absl::OkStatus();
  }
  auto key_columns = batch.columns()->SelectColumns(columns_);
  if (!key_columns.ok()) return absl::InternalError(key_columns.status().message());
  return encoder_->Encode(Batch(*std::move(key_columns)), keys_);
}

std::optional<std::string_view> KeyEncoder::key(int64_t row) const {
  if (columns_.empty()) return std::nullopt;
  if (encoder_ != nullptr) return keys_.record(row);
  const auto& keys = static_cast<const arrow::BinaryArray&>(*raw_keys_);
  if (keys.IsNull(row)) return std::nullopt;
  return keys.GetView(row);
}

}  // namespace millrace
