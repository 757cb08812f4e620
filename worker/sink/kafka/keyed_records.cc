#include "worker/sink/kafka/keyed_records.h"

#include <utility>

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
  std::vector<int> value_columns;
  if (options.value_without_key) value_columns = ValueColumns(table.schema, options);
  return KeyedRecords(options, std::move(value_columns), std::move(encoders.value),
                      std::move(keys));
}

KeyedRecords::KeyedRecords(const KafkaSinkOptions& options, std::vector<int> value_columns,
                           std::unique_ptr<Encoder> encoder, KeyEncoder keys)
    : upsert_(options.upsert),
      value_without_key_(options.value_without_key),
      value_columns_(std::move(value_columns)),
      encoder_(std::move(encoder)),
      keys_(std::move(keys)) {}

absl::Status KeyedRecords::Make(const Batch& batch) {
  tombstones_.clear();
  Batch rows = batch;
  if (upsert_ && !batch.insert_only()) {
    ASSIGN_OR_RETURN(rows, Upserts(batch));
  }
  RETURN_IF_ERROR(keys_.Encode(rows));
  if (value_without_key_) {
    ASSIGN_OR_RETURN(auto columns, FromArrow(rows.columns()->SelectColumns(value_columns_)));
    rows = Batch(std::move(columns), rows.row_kinds());
  }
  return encoder_->Encode(rows, values_);
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
