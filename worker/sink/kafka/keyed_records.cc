#include "worker/sink/kafka/keyed_records.h"

#include <utility>

#include "arrow/array/array_binary.h"
#include "arrow/array/array_nested.h"
#include "arrow/array/array_primitive.h"
#include "arrow/buffer.h"
#include "arrow/compute/api_vector.h"
#include "arrow/compute/exec.h"
#include "arrow/datum.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"

namespace millrace {

absl::StatusOr<KeyedRecords> KeyedRecords::Create(const TableDescription& table,
                                                  const KafkaSinkOptions& options,
                                                  KafkaSinkEncoders encoders) {
  CHECK(encoders.value != nullptr);
  ASSIGN_OR_RETURN(KeyEncoder keys, KeyEncoder::Create(table, options, std::move(encoders.key)));
  return KeyedRecords(table, options, std::move(encoders.value), std::move(keys));
}

KeyedRecords::KeyedRecords(const TableDescription& table, const KafkaSinkOptions& options,
                           std::unique_ptr<Encoder> encoder, KeyEncoder keys)
    : upsert_(options.upsert),
      timestamp_column_(options.timestamp_column),
      headers_column_(options.headers_column),
      value_columns_(ValueColumns(table.schema, options)),
      encoder_(std::move(encoder)),
      keys_(std::move(keys)) {
  all_in_value_ = static_cast<int>(value_columns_.size()) == table.schema.size();
}

absl::Status KeyedRecords::Make(const Batch& batch) {
  tombstones_.clear();
  Batch rows = batch;
  if (upsert_ && !batch.insert_only()) {
    ASSIGN_OR_RETURN(rows, Upserts(batch));
  }
  RETURN_IF_ERROR(keys_.Encode(rows));
  if (timestamp_column_.has_value()) timestamps_ = rows.column(*timestamp_column_);
  if (headers_column_.has_value()) headers_ = rows.column(*headers_column_);
  if (!all_in_value_) {
    ASSIGN_OR_RETURN(auto columns, FromArrow(rows.columns()->SelectColumns(value_columns_)));
    rows = Batch(std::move(columns), rows.row_kinds());
  }
  return encoder_->Encode(rows, values_);
}

void KeyedRecords::Fill(int64_t i, StagedRecord& record) const {
  record.key = key(i);
  record.value = value(i);
  record.timestamp_ms.reset();
  if (timestamps_ != nullptr && timestamps_->IsValid(i)) {
    record.timestamp_ms = static_cast<const arrow::TimestampArray&>(*timestamps_).Value(i);
  }
  record.headers.clear();
  if (headers_ == nullptr || headers_->IsNull(i)) return;
  const auto& map = static_cast<const arrow::MapArray&>(*headers_);
  const auto& names = static_cast<const arrow::BinaryArray&>(*map.keys());
  const auto& contents = static_cast<const arrow::BinaryArray&>(*map.items());
  for (int64_t at = map.value_offset(i); at < map.value_offset(i + 1); ++at) {
    record.headers.emplace_back(names.GetView(at),
                                contents.IsNull(at) ? std::string_view() : contents.GetView(at));
  }
}

absl::StatusOr<Batch> KeyedRecords::Upserts(const Batch& batch) {
  std::vector<int64_t> kept;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    const RowKind kind = batch.row_kind(row);
    if (kind == RowKind::kUpdateBefore) continue;
    kept.push_back(row);
    tombstones_.push_back(kind == RowKind::kDelete);
  }
  if (static_cast<int64_t>(kept.size()) == batch.num_rows()) return Batch(batch.columns());
  const auto rows = std::make_shared<arrow::Int64Array>(static_cast<int64_t>(kept.size()),
                                                        arrow::Buffer::Wrap(kept));
  arrow::compute::ExecContext context;
  context.set_use_threads(false);
  ASSIGN_OR_RETURN(
      const arrow::Datum taken,
      FromArrow(arrow::compute::Take(batch.columns(), rows,
                                     arrow::compute::TakeOptions::NoBoundsCheck(), &context)));
  return Batch(taken.record_batch());
}

}  // namespace millrace
