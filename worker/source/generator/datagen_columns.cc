#include "worker/source/generator/datagen_columns.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array/builder_binary.h"
#include "arrow/array/builder_decimal.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/array/builder_time.h"
#include "arrow/type.h"
#include "common/base/random.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/columnar/calendar.h"

namespace millrace {
namespace {

using ArrayResult = absl::StatusOr<std::shared_ptr<arrow::Array>>;

// The draws of one value. Mixed once, so that the streams of neighbouring rows do not overlap.
Random RandomOf(const DatagenField& field, int64_t row) {
  return Random(Random(field.seed + static_cast<uint64_t>(row)).Next());
}

// `make(row, random)` gives the value of one row.
template <typename Builder, typename Make>
ArrayResult Fill(const DatagenField& field, const RowNumbers& rows, Builder& builder, Make make) {
  RETURN_IF_ERROR(FromArrow(builder.Reserve(rows.count)));
  for (int64_t i = 0; i < rows.count; ++i) {
    const int64_t row = rows.at(i);
    Random random = RandomOf(field, row);
    const bool is_null = field.null_rate > 0 && random.Unit() < field.null_rate;
    RETURN_IF_ERROR(FromArrow(is_null ? builder.AppendNull() : builder.Append(make(row, random))));
  }
  return FromArrow(builder.Finish());
}

// Uniform in [min, max], whatever the range: the bias of the remainder is below 2^-64.
absl::int128 Between(absl::int128 min, absl::int128 max, Random& random) {
  const absl::uint128 span = absl::uint128(max) - absl::uint128(min) + 1;
  const absl::uint128 drawn = absl::MakeUint128(random.Next(), random.Next());
  return absl::int128(absl::uint128(min) + (span == 0 ? drawn : drawn % span));
}

template <typename Builder>
ArrayResult Integers(const DatagenField& field, const RowNumbers& rows, Builder&& builder) {
  using Number = typename Builder::value_type;
  return Fill(field, rows, builder, [&](int64_t row, Random& random) {
    return static_cast<Number>(field.sequence
                                   ? field.start + row
                                   : static_cast<int64_t>(Between(field.min, field.max, random)));
  });
}

template <typename Builder>
ArrayResult Numbers(const DatagenField& field, const RowNumbers& rows, Builder&& builder) {
  using Number = typename Builder::value_type;
  return Fill(field, rows, builder, [&](int64_t row, Random& random) {
    if (field.sequence) return static_cast<Number>(field.start + row);
    const double unit = random.Unit();
    // Of the two ends, not of their distance, which may be beyond a double.
    return static_cast<Number>(field.min_number * (1 - unit) + field.max_number * unit);
  });
}

ArrayResult Decimals(const DatagenField& field, const RowNumbers& rows) {
  arrow::Decimal128Builder builder(field.type.ToArrow());
  arrow::Decimal128 scale_factor(1);
  for (int i = 0; i < field.type.scale(); ++i) scale_factor *= arrow::Decimal128(10);
  return Fill(field, rows, builder, [&](int64_t row, Random& random) {
    if (field.sequence) {
      return arrow::Decimal128(arrow::Decimal128(field.start + row) * scale_factor);
    }
    const absl::int128 value = Between(field.min_unscaled, field.max_unscaled, random);
    return arrow::Decimal128(absl::Int128High64(value), absl::Int128Low64(value));
  });
}

int64_t LengthOf(const DatagenField& field, Random& random) {
  if (!field.variable_length || field.length == 0) return field.length;
  return 1 + random.Below(static_cast<uint32_t>(field.length));
}

ArrayResult Texts(const DatagenField& field, const RowNumbers& rows) {
  arrow::StringBuilder builder;
  std::string text;
  return Fill(field, rows, builder, [&](int64_t row, Random& random) -> const std::string& {
    text.clear();
    if (field.sequence) {
      absl::StrAppend(&text, field.start + row);
      return text;
    }
    const int64_t length = LengthOf(field, random);
    for (int64_t i = 0; i < length; ++i) text += "0123456789abcdef"[random.Below(16)];
    return text;
  });
}

ArrayResult Bytes(const DatagenField& field, const RowNumbers& rows) {
  arrow::BinaryBuilder builder;
  std::string bytes;
  return Fill(field, rows, builder, [&](int64_t row, Random& random) -> const std::string& {
    bytes.clear();
    const int64_t length = LengthOf(field, random);
    for (int64_t i = 0; i < length; ++i) bytes += static_cast<char>(random.Below(256));
    return bytes;
  });
}

ArrayResult Timestamps(const DatagenField& field, const RowNumbers& rows, int64_t now_ms) {
  arrow::TimestampBuilder builder(field.type.ToArrow(), arrow::default_memory_pool());
  const int64_t per_milli = field.type.precision() <= 3 ? 1 : 1000;
  return Fill(field, rows, builder, [&](int64_t row, Random& random) {
    const int64_t past =
        field.max_past_ms == 0 ? 0 : static_cast<int64_t>(Between(0, field.max_past_ms, random));
    return (now_ms - past) * per_milli;
  });
}

}  // namespace

ArrayResult DatagenColumn(const DatagenField& field, const RowNumbers& rows, int64_t now_unix_ms) {
  switch (field.type.kind()) {
    case TypeKind::kBoolean: {
      arrow::BooleanBuilder builder;
      return Fill(field, rows, builder,
                  [](int64_t row, Random& random) { return random.Below(2) == 1; });
    }
    case TypeKind::kTinyInt:
      return Integers(field, rows, arrow::Int8Builder());
    case TypeKind::kSmallInt:
      return Integers(field, rows, arrow::Int16Builder());
    case TypeKind::kInt:
    case TypeKind::kIntervalYearMonth:
      return Integers(field, rows, arrow::Int32Builder());
    case TypeKind::kBigInt:
      return Integers(field, rows, arrow::Int64Builder());
    case TypeKind::kIntervalDayTime:
      return Integers(field, rows,
                      arrow::DurationBuilder(field.type.ToArrow(), arrow::default_memory_pool()));
    case TypeKind::kFloat:
      return Numbers(field, rows, arrow::FloatBuilder());
    case TypeKind::kDouble:
      return Numbers(field, rows, arrow::DoubleBuilder());
    case TypeKind::kDecimal:
      return Decimals(field, rows);
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return Texts(field, rows);
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return Bytes(field, rows);
    case TypeKind::kDate: {
      arrow::Date32Builder builder;
      return Fill(field, rows, builder, [&](int64_t row, Random& random) {
        return static_cast<int32_t>(FloorDiv(now_unix_ms, kMillisPerDay));
      });
    }
    case TypeKind::kTime: {
      arrow::Time32Builder builder(field.type.ToArrow(), arrow::default_memory_pool());
      return Fill(field, rows, builder, [&](int64_t row, Random& random) {
        return static_cast<int32_t>(FloorMod(now_unix_ms, kMillisPerDay));
      });
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return Timestamps(field, rows, now_unix_ms);
    default:
      return absl::InternalError(
          absl::StrCat("datagen cannot fill a column of type ", field.type.ToString()));
  }
}

}  // namespace millrace
