#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_binary.h"
#include "arrow/array/array_primitive.h"
#include "common/base/status_macros.h"
#include "worker/format/raw/charset.h"
#include "worker/format/raw/raw_bytes.h"
#include "worker/format/raw/raw_format.h"
#include "worker/format/raw/raw_options.h"

namespace millrace {
namespace {

class RawEncoder final : public Encoder {
 public:
  RawEncoder(std::string table, DataType type, const RawOptions& options)
      : table_(std::move(table)),
        type_(std::move(type)),
        little_endian_(options.little_endian),
        charset_(options.charset) {}

  absl::Status Encode(const Batch& batch, EncodedRecords& records) override {
    records.bytes.clear();
    records.offsets.assign(1, 0);
    records.absent.clear();
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (batch.row_kind(row) != RowKind::kInsert) {
        return absl::InvalidArgumentError(absl::StrCat(
            "table ", table_, ": a row of kind ", RowKindString(batch.row_kind(row)),
            " cannot be written: 'raw' says insertions only; use the connector 'upsert-kafka'"));
      }
      const arrow::Array& column = *batch.column(0);
      if (column.IsNull(row)) {
        records.absent.resize(static_cast<size_t>(batch.num_rows()), 0);
        records.absent[static_cast<size_t>(row)] = 1;
      } else {
        Append(column, row, records.bytes);
      }
      if (records.bytes.size() > std::numeric_limits<uint32_t>::max()) {
        return absl::ResourceExhaustedError(
            absl::StrCat("table ", table_, ": the records of a batch take more than 4 GiB"));
      }
      records.offsets.push_back(static_cast<uint32_t>(records.bytes.size()));
    }
    return absl::OkStatus();
  }

 private:
  template <typename T>
  void AppendNumber(const arrow::Array& column, int64_t row, std::string& out) const {
    AppendRaw<T>(column.data()->GetValues<T>(1)[row], little_endian_, out);
  }

  void Append(const arrow::Array& column, int64_t row, std::string& out) {
    switch (type_.kind()) {
      case TypeKind::kBoolean:
        out += static_cast<const arrow::BooleanArray&>(column).Value(row) ? '\1' : '\0';
        return;
      case TypeKind::kTinyInt:
        return AppendNumber<int8_t>(column, row, out);
      case TypeKind::kSmallInt:
        return AppendNumber<int16_t>(column, row, out);
      case TypeKind::kInt:
        return AppendNumber<int32_t>(column, row, out);
      case TypeKind::kBigInt:
        return AppendNumber<int64_t>(column, row, out);
      case TypeKind::kFloat:
        return AppendNumber<float>(column, row, out);
      case TypeKind::kDouble:
        return AppendNumber<double>(column, row, out);
      default:
        break;
    }
    const std::string_view text = static_cast<const arrow::BinaryArray&>(column).GetView(row);
    if (type_.IsCharacter() && !charset_.is_utf8()) {
      charset_.Encode(text, out);
    } else {
      out += text;
    }
  }

  const std::string table_;
  const DataType type_;
  const bool little_endian_;
  Charset charset_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Encoder>> NewRawEncoder(const TableDescription& table) {
  ASSIGN_OR_RETURN(const Field field, RawColumn(table));
  ASSIGN_OR_RETURN(const RawOptions options, ReadRawOptions(table));
  return std::make_unique<RawEncoder>(table.name, field.type, options);
}

}  // namespace millrace
