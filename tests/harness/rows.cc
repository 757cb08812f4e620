#include "tests/harness/rows.h"

#include <cstdio>
#include <cstdlib>

#include "arrow/builder.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "arrow/util/decimal.h"
#include "common/base/check.h"
#include "common/columnar/calendar.h"
#include "common/columnar/temporal_parse.h"
#include "common/columnar/value_format.h"

namespace millrace {
namespace {

[[noreturn]] void Misfit(const DataType& type) {
  std::fprintf(stderr, "a literal does not fit a column of type %s\n", type.ToString().c_str());
  std::abort();
}

int64_t Integer(const DataType& type, const Value& value) {
  const int64_t* integer = value.get<int64_t>();
  if (integer == nullptr) Misfit(type);
  return *integer;
}

double Double(const DataType& type, const Value& value) {
  const double* number = value.get<double>();
  return number != nullptr ? *number : static_cast<double>(Integer(type, value));
}

const std::string& Text(const DataType& type, const Value& value) {
  const std::string* text = value.get<std::string>();
  if (text == nullptr) Misfit(type);
  return *text;
}

int64_t Moment(const DataType& type, const Value& value) {
  if (const int64_t* millis = value.get<int64_t>()) {
    return type.precision() <= 3 ? *millis : *millis * 1000;
  }
  const auto parsed = ParseTimestamp(Text(type, value));
  if (!parsed) Misfit(type);
  return *parsed->InUnitOf(type.precision());
}

int32_t Days(const DataType& type, const Value& value) {
  if (const int64_t* days = value.get<int64_t>()) return static_cast<int32_t>(*days);
  const auto days = ParseDate(Text(type, value));
  if (!days) Misfit(type);
  return static_cast<int32_t>(*days);
}

int32_t MillisOfDay(const DataType& type, const Value& value) {
  if (const int64_t* millis = value.get<int64_t>()) return static_cast<int32_t>(*millis);
  const auto micros = ParseTimeOfDay(Text(type, value));
  if (!micros) Misfit(type);
  return static_cast<int32_t>(*micros / 1000);
}

arrow::Decimal128 Decimal(const DataType& type, const Value& value) {
  const std::string text =
      value.get<int64_t>() != nullptr ? std::to_string(Integer(type, value)) : Text(type, value);
  arrow::Decimal128 decimal;
  int32_t precision = 0;
  int32_t scale = 0;
  if (!arrow::Decimal128::FromString(text, &decimal, &precision, &scale).ok()) Misfit(type);
  const auto scaled = decimal.Rescale(scale, type.scale());
  if (!scaled.ok()) Misfit(type);
  return *scaled;
}

template <typename Builder, typename T>
void Add(arrow::ArrayBuilder& builder, T value) {
  CHECK(static_cast<Builder&>(builder).Append(value).ok());
}

void AppendTo(const DataType& type, const Value& value, arrow::ArrayBuilder& builder);

void AppendNested(const DataType& type, const Value& value, arrow::ArrayBuilder& builder) {
  const auto* values = value.get<std::vector<Value>>();
  if (values == nullptr) Misfit(type);
  if (type.kind() == TypeKind::kArray) {
    auto& list = static_cast<arrow::ListBuilder&>(builder);
    CHECK(list.Append().ok());
    for (const Value& v : *values) AppendTo(type.children()[0], v, *list.value_builder());
    return;
  }
  if (type.kind() == TypeKind::kMap) {
    auto& map = static_cast<arrow::MapBuilder&>(builder);
    CHECK(map.Append().ok());
    for (const Value& v : *values) {
      const auto* pair = v.get<std::vector<Value>>();
      if (pair == nullptr || pair->size() != 2) Misfit(type);
      AppendTo(type.children()[0], (*pair)[0], *map.key_builder());
      AppendTo(type.children()[1], (*pair)[1], *map.item_builder());
    }
    return;
  }
  auto& row = static_cast<arrow::StructBuilder&>(builder);
  if (static_cast<int>(values->size()) != row.num_fields()) Misfit(type);
  CHECK(row.Append().ok());
  for (int i = 0; i < row.num_fields(); ++i) {
    AppendTo(type.children()[i], (*values)[i], *row.field_builder(i));
  }
}

void AppendTo(const DataType& type, const Value& value, arrow::ArrayBuilder& builder) {
  if (value.is_null()) {
    CHECK(builder.AppendNull().ok());
    return;
  }
  switch (type.kind()) {
    case TypeKind::kBoolean:
      if (value.get<bool>() == nullptr) Misfit(type);
      return Add<arrow::BooleanBuilder>(builder, *value.get<bool>());
    case TypeKind::kTinyInt:
      return Add<arrow::Int8Builder>(builder, Integer(type, value));
    case TypeKind::kSmallInt:
      return Add<arrow::Int16Builder>(builder, Integer(type, value));
    case TypeKind::kInt:
    case TypeKind::kIntervalYearMonth:
      return Add<arrow::Int32Builder>(builder, Integer(type, value));
    case TypeKind::kBigInt:
      return Add<arrow::Int64Builder>(builder, Integer(type, value));
    case TypeKind::kIntervalDayTime:
      return Add<arrow::DurationBuilder>(builder, Integer(type, value));
    case TypeKind::kFloat:
      return Add<arrow::FloatBuilder>(builder, Double(type, value));
    case TypeKind::kDouble:
      return Add<arrow::DoubleBuilder>(builder, Double(type, value));
    case TypeKind::kDecimal:
      return Add<arrow::Decimal128Builder>(builder, Decimal(type, value));
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return Add<arrow::BinaryBuilder>(builder, Text(type, value));
    case TypeKind::kDate:
      return Add<arrow::Date32Builder>(builder, Days(type, value));
    case TypeKind::kTime:
      return Add<arrow::Time32Builder>(builder, MillisOfDay(type, value));
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return Add<arrow::TimestampBuilder>(builder, Moment(type, value));
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kRow:
      return AppendNested(type, value, builder);
    case TypeKind::kNull:
      break;
  }
  Misfit(type);
}

}  // namespace

std::shared_ptr<arrow::Array> MakeColumn(const DataType& type, const std::vector<Value>& values) {
  auto builder = arrow::MakeBuilder(type.ToArrow());
  CHECK(builder.ok());
  for (const Value& value : values) AppendTo(type, value, **builder);
  auto column = (*builder)->Finish();
  CHECK(column.ok());
  return *std::move(column);
}

Batch MakeBatch(const Schema& schema, const std::vector<RowValues>& rows,
                std::vector<RowKind> kinds) {
  arrow::ArrayVector columns;
  for (int i = 0; i < schema.size(); ++i) {
    std::vector<Value> values;
    for (const RowValues& row : rows) {
      if (static_cast<int>(row.size()) != schema.size()) {
        std::fprintf(stderr, "a row has %zu values, the schema %s\n", row.size(),
                     schema.ToString().c_str());
        std::abort();
      }
      values.push_back(row[i]);
    }
    columns.push_back(MakeColumn(schema.field(i).type, values));
  }
  std::shared_ptr<const std::vector<RowKind>> row_kinds;
  if (!kinds.empty()) row_kinds = std::make_shared<std::vector<RowKind>>(std::move(kinds));
  return Batch(arrow::RecordBatch::Make(schema.ToArrow(), static_cast<int64_t>(rows.size()),
                                        std::move(columns)),
               std::move(row_kinds));
}

std::vector<std::string> RowStrings(const Schema& schema, const Batch& batch) {
  std::vector<std::string> rows;
  for (int64_t i = 0; i < batch.num_rows(); ++i) {
    rows.emplace_back();
    AppendRow(schema, batch, i, rows.back());
  }
  return rows;
}

std::vector<std::string> ValueStrings(const DataType& type, const arrow::Array& column) {
  std::vector<std::string> values;
  for (int64_t i = 0; i < column.length(); ++i) {
    values.emplace_back();
    AppendValue(type, column, i, values.back());
  }
  return values;
}

}  // namespace millrace
