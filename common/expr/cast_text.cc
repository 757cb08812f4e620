// Casts from and to strings.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "arrow/array/util.h"
#include "common/base/absl_view.h"
#include "common/base/valid_utf8.h"
#include "common/columnar/temporal_parse.h"
#include "common/columnar/value_format.h"
#include "common/expr/cast_kernels.h"
#include "common/expr/decimal.h"
#include "common/expr/row_kernel.h"
#include "common/expr/session_zone.h"
#include "common/expr/temporal_text.h"
#include "common/expr/unicode.h"
#include "common/expr/utf8.h"

namespace millrace {
namespace {

constexpr char kCannotCast[] = "cannot cast";

std::string_view Trimmed(std::string_view text) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace(AbslView(text));
  return {trimmed.data(), trimmed.size()};
}

std::string Blame(std::string_view text, const std::string& type) {
  return absl::StrCat("'", AbslView(text), "' to ", type);
}

// The kernel of a parser: std::optional<T>(std::string_view).
template <typename T, typename Parse>
Kernel Parsing(const DataType& to, Parse parse) {
  return LiftKernel<T(std::string_view)>(
      to, [parse, name = to.WithNullable(true).ToString()](std::string_view text, RowContext& row) {
        const std::optional<T> value = parse(text);
        if (!value) row.Fail(kCannotCast, Blame(text, name));
        return value.value_or(T{});
      });
}

template <typename T>
std::optional<T> ParseNarrow(std::string_view text) {
  const std::optional<int64_t> value = ParseInteger(text);
  if (!value || *value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max()) {
    return std::nullopt;
  }
  return static_cast<T>(*value);
}

// No number fails, nor does one that does not fit, unlike in casts from other numbers.
Kernel ParsingDecimal(const DataType& to) {
  return Parsing<Decimal>(to,
                          [to](std::string_view text) { return ParseDecimal(Trimmed(text), to); });
}

Kernel ParsingTime(const DataType& to) {
  static constexpr int32_t kMillisOfDigit[] = {1000, 100, 10, 1};
  const int32_t cut = kMillisOfDigit[std::min(to.precision(), 3)];
  return Parsing<int32_t>(to, [cut](std::string_view text) -> std::optional<int32_t> {
    auto micros = ParseSqlTime(text);
    if (!micros) {
      const auto timestamp = ParseTimestamp(Trimmed(text));
      if (!timestamp) return std::nullopt;
      micros = timestamp->micros_of_day;
    }
    const auto millis = static_cast<int32_t>(*micros / 1000);
    return millis - millis % cut;
  });
}

// A TIMESTAMP_LTZ is written in local time, unless it says what zone it is in.
Kernel ParsingTimestamp(const DataType& to, const TimeZone& zone) {
  const int precision = to.precision();
  const bool local = to.kind() == TypeKind::kTimestampLtz && !zone.is_utc();
  return Parsing<int64_t>(
      to, [precision, local, zone](std::string_view text) -> std::optional<int64_t> {
        auto timestamp = ParseTimestamp(Trimmed(text));
        if (!timestamp) {
          const auto moment = ParseDefaultTimestamp(Trimmed(text));
          if (!moment) return std::nullopt;
          timestamp = {.days = moment->days, .micros_of_day = moment->micros};
        }
        const std::optional<int64_t> value = timestamp->InUnitOf(precision);
        if (!value || !local || timestamp->zoned) return value;
        return EpochOfLocal(*value, precision, zone);
      });
}

Kernel ParsingDate(const DataType& to) {
  return Parsing<int32_t>(to, [](std::string_view text) -> std::optional<int32_t> {
    if (const auto days = ParseSqlDate(text)) return static_cast<int32_t>(*days);
    const auto timestamp = ParseTimestamp(Trimmed(text));
    if (!timestamp) return std::nullopt;
    return static_cast<int32_t>(timestamp->days);
  });
}

// `text` cut to the length of `type`, or padded if it is a CHAR or BINARY.
void AppendFitted(std::string_view text, const DataType& type, TextSink& out) {
  const bool characters = type.IsCharacter();
  const auto length = static_cast<int64_t>(characters ? Utf8Length(text) : text.size());
  if (length > type.length()) {
    out.Append(text.substr(0, characters ? Utf8Offset(text, type.length()) : type.length()));
    return;
  }
  out.Append(text);
  const bool fixed = type.kind() == TypeKind::kChar || type.kind() == TypeKind::kBinary;
  for (int64_t i = length; fixed && i < type.length(); ++i) out.Append(characters ? ' ' : '\0');
}

bool HoldsBytes(const DataType& type) {
  return type.IsBinary() || std::any_of(type.children().begin(), type.children().end(), HoldsBytes);
}

// As Java's new String(bytes, UTF_8): a STRING is text, whatever the bytes were.
void MakeUtf8(std::string& text) {
  if (FindInvalidUtf8(text) == std::string_view::npos) return;
  std::string valid;
  AppendAsUtf8(text, valid);
  text = std::move(valid);
}

}  // namespace

std::optional<int64_t> ParseInteger(std::string_view text) {
  std::string_view digits = Trimmed(text);
  const size_t point = digits.find('.');
  if (point != std::string_view::npos) {
    for (const char c : digits.substr(point + 1)) {
      if (!absl::ascii_isdigit(c)) return std::nullopt;
    }
    digits = digits.substr(0, point);
    if (digits.empty() || digits == "-" || digits == "+") return std::nullopt;
  }
  if (!digits.empty() && digits[0] == '+') {
    digits.remove_prefix(1);
    if (digits.empty() || digits[0] == '-') return std::nullopt;
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<double> ParseDouble(std::string_view text) {
  std::string_view digits = Trimmed(text);
  const bool negative = !digits.empty() && digits[0] == '-';
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) digits.remove_prefix(1);
  std::optional<double> value;
  if (digits == "NaN") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (digits == "Infinity") {
    value = std::numeric_limits<double>::infinity();
  } else if (!digits.empty() && (absl::ascii_isdigit(digits[0]) || digits[0] == '.')) {
    // Java takes the suffixes of its literals.
    const char last = absl::ascii_tolower(digits.back());
    if (last == 'd' || last == 'f') digits.remove_suffix(1);
    double parsed = 0;
    if (absl::SimpleAtod(AbslView(digits), &parsed)) value = parsed;
  }
  if (value && negative) value = -*value;
  return value;
}

std::optional<bool> ParseBoolean(std::string_view text) {
  const std::string word = absl::AsciiStrToLower(AbslView(Trimmed(text)));
  for (const char* yes : {"t", "true", "y", "yes", "1"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"f", "false", "n", "no", "0"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

Kernel ParsingCast(const DataType& to, const TimeZone& zone) {
  switch (to.kind()) {
    case TypeKind::kBoolean:
      return Parsing<bool>(to, ParseBoolean);
    case TypeKind::kTinyInt:
      return Parsing<int8_t>(to, ParseNarrow<int8_t>);
    case TypeKind::kSmallInt:
      return Parsing<int16_t>(to, ParseNarrow<int16_t>);
    case TypeKind::kInt:
      return Parsing<int32_t>(to, ParseNarrow<int32_t>);
    case TypeKind::kBigInt:
      return Parsing<int64_t>(to, ParseInteger);
    case TypeKind::kFloat:
      return Parsing<float>(to, [](std::string_view text) -> std::optional<float> {
        const auto value = ParseDouble(text);
        if (!value) return std::nullopt;
        return static_cast<float>(*value);
      });
    case TypeKind::kDouble:
      return Parsing<double>(to, ParseDouble);
    case TypeKind::kDecimal:
      return ParsingDecimal(to);
    case TypeKind::kDate:
      return ParsingDate(to);
    case TypeKind::kTime:
      return ParsingTime(to);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return ParsingTimestamp(to, zone);
    default:
      return LengthCast(to);
  }
}

Kernel LengthCast(const DataType& to) {
  return LiftKernel<Text(std::string_view)>(
      to, [to](std::string_view text, TextSink& out) { AppendFitted(text, to, out); });
}

Kernel FormattingCast(const DataType& from, const DataType& to, const TimeZone& zone) {
  return [from, to, zone, type = to.ToArrow(), holds_bytes = HoldsBytes(from)](
             Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
    ASSIGN_OR_RETURN(TextSink sink, TextSink::Create(rows));
    const auto array = arrow::MakeArray(arguments[0]->data);
    const int64_t step = arguments[0]->constant ? 0 : 1;
    std::string text;
    for (int64_t row = 0; row < rows; ++row) {
      if (!result.IsNull(row)) {
        text.clear();
        AppendSqlValue(from, *array, row * step, zone, text);
        if (holds_bytes) MakeUtf8(text);
        AppendFitted(text, to, sink);
      }
      sink.EndRow(result.IsNull(row));
    }
    ASSIGN_OR_RETURN(auto buffers, sink.Finish());
    return result.Finish(type, std::move(buffers));
  };
}

}  // namespace millrace
