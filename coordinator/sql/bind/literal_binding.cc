#include "coordinator/sql/bind/literal_binding.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "arrow/scalar.h"
#include "arrow/util/decimal.h"
#include "common/columnar/temporal_parse.h"

namespace millrace {
namespace {

constexpr int kMaxPrecision = 38;

// The value of one literal, or null after reporting.
struct LiteralBinder {
  const LiteralValue& literal;
  const SourceSpan span;
  DiagnosticLog& log;
  const bool negative;

  ExpressionPtr Constant(const DataType& type, std::shared_ptr<arrow::Scalar> value) const {
    return Expression::Literal(type.WithNullable(false), std::move(value));
  }

  ExpressionPtr Wrong(std::string message, std::string hint = "") const {
    log.Error(span, bind_code::kWrongLiteral, std::move(message), std::move(hint));
    return nullptr;
  }

  ExpressionPtr Integer() const {
    const std::string digits = negative ? "-" + literal.text : literal.text;
    int32_t as_int = 0;
    if (absl::SimpleAtoi(digits, &as_int))
      return Constant(DataType::Int(), arrow::MakeScalar(as_int));
    int64_t as_bigint = 0;
    if (absl::SimpleAtoi(digits, &as_bigint)) {
      return Constant(DataType::BigInt(), arrow::MakeScalar(as_bigint));
    }
    return Decimal();
  }

  ExpressionPtr Decimal() const {
    std::string text = negative ? "-" + literal.text : literal.text;
    if (text.ends_with('.')) text.pop_back();
    arrow::Decimal128 value;
    int32_t precision = 0;
    int32_t scale = 0;
    const arrow::Status parsed = arrow::Decimal128::FromString(text, &value, &precision, &scale);
    // Every digit counts, as in Flink: 0.05 is a DECIMAL(3, 2), .5 a DECIMAL(1, 1).
    precision = static_cast<int32_t>(std::count_if(text.begin(), text.end(), absl::ascii_isdigit));
    if (!parsed.ok() || precision > kMaxPrecision) {
      return Wrong(absl::StrCat("the number has more than ", kMaxPrecision, " digits"));
    }
    const DataType type = DataType::Decimal(precision, scale);
    return Constant(type, std::make_shared<arrow::Decimal128Scalar>(value, type.ToArrow()));
  }

  ExpressionPtr Double() const {
    double value = 0;
    if (!absl::SimpleAtod(literal.text, &value)) return Wrong("the number is no DOUBLE");
    return Constant(DataType::Double(), arrow::MakeScalar(negative ? -value : value));
  }

  // CHAR counts characters. The empty text has no CHAR type.
  ExpressionPtr Text() const {
    const auto is_first_byte = [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    };
    const auto length = std::count_if(literal.text.begin(), literal.text.end(), is_first_byte);
    const DataType type =
        length == 0 ? DataType::String() : DataType::Char(static_cast<int>(length));
    return Constant(type, std::make_shared<arrow::StringScalar>(literal.text));
  }

  ExpressionPtr Bytes() const {
    const int length = static_cast<int>(literal.text.size());
    const DataType type = length == 0 ? DataType::Bytes() : DataType::Binary(length);
    return Constant(type, std::make_shared<arrow::BinaryScalar>(literal.text));
  }

  ExpressionPtr Date() const {
    const std::optional<int64_t> days = ParseDate(literal.text);
    if (!days.has_value()) {
      return Wrong(absl::StrCat("'", literal.text, "' is no date"), "write DATE '2024-01-31'");
    }
    return Constant(DataType::Date(),
                    std::make_shared<arrow::Date32Scalar>(static_cast<int32_t>(*days)));
  }

  ExpressionPtr Time() const {
    const std::optional<int64_t> micros = ParseTimeOfDay(literal.text);
    if (!micros.has_value()) {
      return Wrong(absl::StrCat("'", literal.text, "' is no time of day"), "write TIME '12:30:00'");
    }
    const DataType type = DataType::Time(std::min(FractionDigits(), 3));
    return Constant(type, std::make_shared<arrow::Time32Scalar>(
                              static_cast<int32_t>(*micros / 1000), type.ToArrow()));
  }

  ExpressionPtr Timestamp(bool local_zone) const {
    const std::optional<ParsedTimestamp> parsed = ParseTimestamp(literal.text);
    const int precision = std::min(FractionDigits(), 9);
    const std::optional<int64_t> value =
        parsed.has_value() ? parsed->InUnitOf(precision) : std::nullopt;
    if (!value.has_value() || (parsed->zoned && !local_zone)) {
      return Wrong(absl::StrCat("'", literal.text, "' is no timestamp"),
                   "write TIMESTAMP '2024-01-31 12:30:00'");
    }
    const DataType type =
        parsed->zoned ? DataType::TimestampLtz(precision) : DataType::Timestamp(precision);
    ExpressionPtr timestamp =
        Constant(type, std::make_shared<arrow::TimestampScalar>(*value, type.ToArrow()));
    if (!local_zone || parsed->zoned) return timestamp;
    // A local time: the session's time zone makes an instant of it.
    return Expression::Call("cast", {std::move(timestamp)},
                            DataType::TimestampLtz(precision).WithNullable(false));
  }

  int FractionDigits() const {
    const size_t dot = literal.text.find('.');
    if (dot == std::string::npos) return 0;
    const size_t end = literal.text.find_first_not_of("0123456789", dot + 1);
    return static_cast<int>(std::min(end, literal.text.size()) - dot - 1);
  }
};

}  // namespace

ExpressionPtr BindLiteral(const LiteralValue& literal, SourceSpan span, DiagnosticLog& log,
                          bool negative) {
  const LiteralBinder binder{.literal = literal, .span = span, .log = log, .negative = negative};
  switch (literal.kind) {
    case LiteralKind::kNull:
      return Expression::Null(DataType::Null());
    case LiteralKind::kTrue:
      return Expression::Bool(true);
    case LiteralKind::kFalse:
      return Expression::Bool(false);
    case LiteralKind::kUnknown:
      return Expression::Null(DataType::Boolean());
    case LiteralKind::kInteger:
      return binder.Integer();
    case LiteralKind::kDecimal:
      return binder.Decimal();
    case LiteralKind::kDouble:
      return binder.Double();
    case LiteralKind::kString:
      return binder.Text();
    case LiteralKind::kBinary:
      return binder.Bytes();
    case LiteralKind::kDate:
      return binder.Date();
    case LiteralKind::kTime:
      return binder.Time();
    case LiteralKind::kTimestamp:
      return binder.Timestamp(/*local_zone=*/false);
    case LiteralKind::kTimestampLtz:
      return binder.Timestamp(/*local_zone=*/true);
  }
  return nullptr;
}

ExpressionPtr BindInterval(const IntervalLiteral& interval) {
  if (!interval.year_month) return Expression::IntervalDayTime(interval.value);
  return Expression::Literal(DataType::IntervalYearMonth().WithNullable(false),
                             arrow::MakeScalar(static_cast<int32_t>(interval.value)));
}

}  // namespace millrace
