#include "worker/aggregate/value_codec.h"

#include <utility>

#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/columnar/batch.h"
#include "common/columnar/schema.h"

namespace millrace {
namespace {

// What a value is encoded as: the bits of a FLOAT or DOUBLE as integers of their width.
DataType EncodedType(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kFloat:
      return DataType::Int();
    case TypeKind::kDouble:
      return DataType::BigInt();
    default:
      return type.WithNullable(true);
  }
}

}  // namespace

absl::StatusOr<ValueCodec> ValueCodec::Create(const DataType& type) {
  ASSIGN_OR_RETURN(KeyCodec codec,
                   KeyCodec::Create(Schema({{"value", EncodedType(type)}}), std::vector<int>{0}));
  return ValueCodec(type, std::move(codec));
}

void ValueCodec::Encode(const std::shared_ptr<arrow::Array>& column, EncodedKeys& values) const {
  const auto encoded = column->View(EncodedType(type_).ToArrow());
  CHECK(encoded.ok());
  const Batch batch(arrow::RecordBatch::Make(
      arrow::schema({arrow::field("value", (*encoded)->type())}), column->length(), {*encoded}));
  // Fails beyond 4 GiB only, which no batch has (Batch::kTargetBytes).
  CHECK(codec_.Encode(batch, values).ok());
}

absl::StatusOr<std::shared_ptr<arrow::Array>> ValueCodec::Decode(
    const std::vector<std::string_view>& values) const {
  ASSIGN_OR_RETURN(auto columns, codec_.Decode(values));
  return FromArrow(columns.front()->View(type_.ToArrow()));
}

}  // namespace millrace
