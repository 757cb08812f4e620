#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_binary.h"
#include "arrow/array/array_decimal.h"
#include "arrow/array/array_nested.h"
#include "arrow/array/array_primitive.h"
#include "common/base/status_macros.h"
#include "common/columnar/calendar.h"
#include "common/columnar/value_format.h"
#include "worker/format/json/json_format.h"
#include "worker/format/json/json_options.h"
#include "worker/format/json/json_text.h"

namespace millrace {
namespace {

// A column as it is written, and the array of the batch at hand.
struct ColumnWriter {
  explicit ColumnWriter(const DataType& column_type) : type(column_type) {
    for (const DataType& child : type.children()) children.emplace_back(child);
    for (const std::string& name : type.field_names()) AddKey(name);
  }

  void AddKey(const std::string& name) {
    AppendQuotedText(name, keys.emplace_back());
    keys.back() += ':';
  }

  void Bind(std::shared_ptr<arrow::Array> column);

  const DataType type;
  std::vector<ColumnWriter> children;
  std::vector<std::string> keys;  // ROW: "name": of each field.
  std::shared_ptr<arrow::Array> array;
  DateText dates;
};

void ColumnWriter::Bind(std::shared_ptr<arrow::Array> column) {
  array = std::move(column);
  switch (type.kind()) {
    case TypeKind::kRow:
      for (size_t i = 0; i < children.size(); ++i) {
        children[i].Bind(static_cast<const arrow::StructArray&>(*array).field(static_cast<int>(i)));
      }
      break;
    case TypeKind::kArray:
      children[0].Bind(static_cast<const arrow::ListArray&>(*array).values());
      break;
    case TypeKind::kMap:
      children[0].Bind(static_cast<const arrow::MapArray&>(*array).keys());
      children[1].Bind(static_cast<const arrow::MapArray&>(*array).items());
      break;
    default:
      break;
  }
}

template <typename T>
T ValueAt(const ColumnWriter& writer, int64_t row) {
  return writer.array->data()->GetValues<T>(1)[row];
}

class JsonEncoder final : public Encoder {
 public:
  JsonEncoder(const TableDescription& table, JsonOptions options)
      : table_(table.name), options_(std::move(options)), record_(RecordType(table.schema)) {}

  absl::Status Encode(const Batch& batch, EncodedRecords& records) override {
    records.bytes.clear();
    records.offsets.assign(1, 0);
    if (batch.num_rows() == 0) return absl::OkStatus();
    for (size_t i = 0; i < record_.children.size(); ++i) {
      record_.children[i].Bind(batch.column(static_cast<int>(i)));
    }
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (batch.row_kind(row) != RowKind::kInsert) return RefuseKind(batch.row_kind(row));
      AppendFields(record_, row, records.bytes);
      if (records.bytes.size() > std::numeric_limits<uint32_t>::max()) {
        return absl::ResourceExhaustedError(
            absl::StrCat("table ", table_, ": the records of a batch take more than 4 GiB"));
      }
      records.offsets.push_back(static_cast<uint32_t>(records.bytes.size()));
    }
    return absl::OkStatus();
  }

 private:
  static DataType RecordType(const Schema& schema) {
    std::vector<std::string> names;
    std::vector<DataType> types;
    for (const Field& field : schema.fields()) {
      names.push_back(field.name);
      types.push_back(field.type);
    }
    return DataType::Row(std::move(names), std::move(types));
  }

  absl::Status RefuseKind(RowKind kind) const {
    return absl::InvalidArgumentError(
        absl::StrCat("table ", table_, ": a row of kind ", RowKindString(kind),
                     " cannot be written: 'json' says insertions only; use the connector "
                     "'upsert-kafka' or the format 'debezium-json'"));
  }

  // The object of row `row`. A column's own NULL is the caller's business.
  void AppendFields(ColumnWriter& writer, int64_t row, std::string& out) {
    char separator = '{';
    for (size_t i = 0; i < writer.children.size(); ++i) {
      ColumnWriter& field = writer.children[i];
      if (options_.ignore_null_fields && field.array->IsNull(row)) continue;
      out += separator;
      out += writer.keys[i];
      AppendColumn(field, row, out);
      separator = ',';
    }
    if (separator == '{') out += '{';
    out += '}';
  }

  void AppendColumn(ColumnWriter& writer, int64_t row, std::string& out) {
    if (writer.array->IsNull(row)) {
      out += "null";
      return;
    }
    switch (writer.type.kind()) {
      case TypeKind::kArray:
        return AppendArray(writer, row, out);
      case TypeKind::kMap:
        return AppendMap(writer, row, out);
      case TypeKind::kRow:
        return AppendFields(writer, row, out);
      default:
        return AppendScalar(writer, row, out);
    }
  }

  void AppendScalar(ColumnWriter& writer, int64_t row, std::string& out) const {
    const arrow::Array& array = *writer.array;
    switch (writer.type.kind()) {
      case TypeKind::kBoolean:
        out += static_cast<const arrow::BooleanArray&>(array).Value(row) ? "true" : "false";
        return;
      case TypeKind::kTinyInt:
        return AppendJsonInteger(ValueAt<int8_t>(writer, row), out);
      case TypeKind::kSmallInt:
        return AppendJsonInteger(ValueAt<int16_t>(writer, row), out);
      case TypeKind::kInt:
      case TypeKind::kIntervalYearMonth:
        return AppendJsonInteger(ValueAt<int32_t>(writer, row), out);
      case TypeKind::kBigInt:
      case TypeKind::kIntervalDayTime:
        return AppendJsonInteger(ValueAt<int64_t>(writer, row), out);
      case TypeKind::kFloat:
        return AppendReal(ValueAt<float>(writer, row), out);
      case TypeKind::kDouble:
        return AppendReal(ValueAt<double>(writer, row), out);
      case TypeKind::kDecimal:
        return AppendJsonDecimal(
            arrow::Decimal128(static_cast<const arrow::Decimal128Array&>(array).GetValue(row)),
            writer.type.scale(), options_.decimal_as_plain_number, out);
      case TypeKind::kChar:
      case TypeKind::kVarchar:
        return AppendQuotedText(static_cast<const arrow::BinaryArray&>(array).GetView(row), out);
      case TypeKind::kBinary:
      case TypeKind::kVarbinary:
        return AppendJsonBytes(static_cast<const arrow::BinaryArray&>(array).GetView(row), out);
      default:
        return AppendTime(writer, row, out);
    }
  }

  // What JSON has no number for is a string, as Jackson writes it.
  template <typename Real>
  static void AppendReal(Real value, std::string& out) {
    if (!std::isfinite(value)) out += '"';
    if constexpr (sizeof(Real) == sizeof(float)) {
      AppendFloat(value, out);
    } else {
      AppendDouble(value, out);
    }
    if (!std::isfinite(value)) out += '"';
  }

  void AppendTime(ColumnWriter& writer, int64_t row, std::string& out) const {
    out += '"';
    switch (writer.type.kind()) {
      case TypeKind::kDate:
        writer.dates.Append(ValueAt<int32_t>(writer, row), out);
        break;
      case TypeKind::kTime:
        AppendJsonTimeOfDay(ValueAt<int32_t>(writer, row) * int64_t{1000}, out);
        break;
      default: {
        const int64_t micros_per_unit = writer.type.precision() <= 3 ? 1000 : 1;
        const int64_t units_per_day = kMicrosPerDay / micros_per_unit;
        const int64_t value = ValueAt<int64_t>(writer, row);
        writer.dates.Append(FloorDiv(value, units_per_day), out);
        out += options_.iso_timestamps ? 'T' : ' ';
        AppendJsonTimeOfDay(FloorMod(value, units_per_day) * micros_per_unit, out);
        if (writer.type.kind() == TypeKind::kTimestampLtz) out += 'Z';
      }
    }
    out += '"';
  }

  void AppendArray(ColumnWriter& writer, int64_t row, std::string& out) {
    const auto& list = static_cast<const arrow::ListArray&>(*writer.array);
    out += '[';
    for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
      if (i > list.value_offset(row)) out += ',';
      AppendColumn(writer.children[0], i, out);
    }
    out += ']';
  }

  void AppendMap(ColumnWriter& writer, int64_t row, std::string& out) {
    const auto& map = static_cast<const arrow::MapArray&>(*writer.array);
    char separator = '{';
    for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
      out += separator;
      separator = ',';
      AppendScalar(writer.children[0], i, out);  // Never NULL: an Arrow map has no such key.
      out += ':';
      AppendColumn(writer.children[1], i, out);
    }
    if (separator == '{') out += '{';
    out += '}';
  }

  const std::string table_;
  const JsonOptions options_;
  ColumnWriter record_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Encoder>> NewJsonEncoder(const TableDescription& table) {
  ASSIGN_OR_RETURN(JsonOptions options, ReadJsonOptions(table));
  RETURN_IF_ERROR(CheckJsonTypes(table));
  return std::make_unique<JsonEncoder>(table, std::move(options));
}

}  // namespace millrace
