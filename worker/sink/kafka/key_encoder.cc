#include "worker/sink/kafka/key_encoder.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"

namespace millrace {

absl::StatusOr<KeyEncoder> KeyEncoder::Create(const TableDescription& table,
                                              const KafkaSinkOptions& options,
                                              std::unique_ptr<Encoder> encoder) {
  if (!options.key_format.empty() && encoder == nullptr) {
    return absl::UnimplementedError(absl::StrCat("table ", table.name, ": 'key.format' = '",
                                                 options.key_format, "' is not in this build"));
  }
  return KeyEncoder(options.key_columns, std::move(encoder));
}

absl::Status KeyEncoder::Encode(const Batch& batch) {
  if (encoder_ == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto columns, FromArrow(batch.columns()->SelectColumns(columns_)));
  return encoder_->Encode(Batch(std::move(columns)), keys_);
}

std::optional<std::string_view> KeyEncoder::key(int64_t row) const {
  if (encoder_ == nullptr || keys_.is_absent(row)) return std::nullopt;
  return keys_.record(row);
}

}  // namespace millrace
