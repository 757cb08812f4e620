#include "worker/source/generator/datagen_options.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "arrow/util/decimal.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/plan/option_reader.h"

namespace millrace {
namespace {

constexpr int64_t kUnboundedLength = 100;  // Of a STRING or BYTES without 'length'.
constexpr int64_t kLongestLength = 16 * 1024 * 1024;
constexpr int64_t kMonthsMax = 120'000;  // 10,000 years, as Flink has it.
constexpr int64_t kMillisMax = int64_t{10'000} * 365 * 24 * 3600 * 1000;

std::string Key(const std::string& field, const char* option) {
  return absl::StrCat("fields.", field, ".", option);
}

struct Range {
  int64_t min;
  int64_t max;
};

template <typename T>
Range RangeOf() {
  return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

// The values of an integer or interval type; nothing for another type.
std::optional<Range> IntegerRange(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kTinyInt:
      return RangeOf<int8_t>();
    case TypeKind::kSmallInt:
      return RangeOf<int16_t>();
    case TypeKind::kInt:
      return RangeOf<int32_t>();
    case TypeKind::kBigInt:
      return RangeOf<int64_t>();
    case TypeKind::kIntervalYearMonth:
      return Range{0, kMonthsMax};
    case TypeKind::kIntervalDayTime:
      return Range{0, kMillisMax};
    default:
      return std::nullopt;
  }
}

absl::int128 PowerOfTen(int exponent) {
  absl::int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// Reads the options of one field.
class FieldParser {
 public:
  FieldParser(const OptionReader& options, const Field& field) : options_(options) {
    field_.name = field.name;
    field_.type = field.type;
  }

  absl::StatusOr<DatagenField> Parse(uint64_t seed) && {
    // By name, not by place: a column's values do not depend on which others a query reads.
    field_.seed = seed ^ HashKey(field_.name);
    field_.sequence = options_.Text(Key(field_.name, "kind"), "random") == "sequence";
    ASSIGN_OR_RETURN(field_.null_rate, options_.Number(Key(field_.name, "null-rate"), 0));
    if (field_.null_rate < 0 || field_.null_rate > 1)
      return Wrong("null-rate", "it must be 0 to 1");
    if (field_.null_rate > 0 && !field_.type.nullable()) {
      return Wrong("null-rate", "the column is NOT NULL");
    }
    RETURN_IF_ERROR(field_.sequence ? ParseSequence() : ParseRandom());
    return std::move(field_);
  }

 private:
  absl::Status Wrong(const char* option, absl::string_view why) const {
    return options_.Wrong(Key(field_.name, option), why);
  }

  absl::Status ParseSequence() {
    const DataType& type = field_.type;
    if (!type.IsNumeric() && !type.IsCharacter()) {
      return Wrong("kind", absl::StrCat("a ", type.ToString(), " cannot count; use 'random'"));
    }
    ASSIGN_OR_RETURN(field_.start, options_.Integer(Key(field_.name, "start"), 0));
    ASSIGN_OR_RETURN(const int64_t end, options_.Integer(Key(field_.name, "end"), 0));
    const std::optional<Range> range = IntegerRange(type);
    if (range.has_value() && field_.start < range->min) return Wrong("start", DoesNotFit());
    if (range.has_value() && end > range->max) return Wrong("end", DoesNotFit());
    if (type.kind() == TypeKind::kDecimal) {
      const absl::int128 bound = PowerOfTen(type.precision() - type.scale());
      if (absl::int128(field_.start) <= -bound) return Wrong("start", DoesNotFit());
      if (absl::int128(end) >= bound) return Wrong("end", DoesNotFit());
    }
    return absl::OkStatus();
  }

  absl::Status ParseRandom() {
    const DataType& type = field_.type;
    if (const std::optional<Range> range = IntegerRange(type)) return ParseIntegers(*range);
    switch (type.kind()) {
      case TypeKind::kFloat:
        return ParseNumbers(std::numeric_limits<float>::min(), std::numeric_limits<float>::max());
      case TypeKind::kDouble:
        return ParseNumbers(std::numeric_limits<double>::min(), std::numeric_limits<double>::max());
      case TypeKind::kDecimal:
        return ParseDecimals();
      case TypeKind::kChar:
      case TypeKind::kVarchar:
      case TypeKind::kBinary:
      case TypeKind::kVarbinary:
        return ParseLength();
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampLtz: {
        ASSIGN_OR_RETURN(field_.max_past_ms, options_.DurationMs(Key(field_.name, "max-past"), 0));
        return absl::OkStatus();
      }
      case TypeKind::kBoolean:
      case TypeKind::kDate:
      case TypeKind::kTime:
        return absl::OkStatus();
      default:
        return options_.NotBuilt(
            absl::StrCat("a generated column of type ", type.ToString(), " (", field_.name, ")"));
    }
  }

  absl::Status ParseIntegers(const Range& range) {
    ASSIGN_OR_RETURN(field_.min, options_.Integer(Key(field_.name, "min"), range.min));
    ASSIGN_OR_RETURN(field_.max, options_.Integer(Key(field_.name, "max"), range.max));
    const Range type_range = field_.type.IsInterval() ? RangeOf<int64_t>() : range;
    if (field_.min < type_range.min) return Wrong("min", DoesNotFit());
    if (field_.max > type_range.max) return Wrong("max", DoesNotFit());
    return field_.min <= field_.max ? absl::OkStatus() : Wrong("min", "it is above 'max'");
  }

  absl::Status ParseNumbers(double least, double most) {
    ASSIGN_OR_RETURN(field_.min_number, options_.Number(Key(field_.name, "min"), least));
    ASSIGN_OR_RETURN(field_.max_number, options_.Number(Key(field_.name, "max"), most));
    return field_.min_number <= field_.max_number ? absl::OkStatus()
                                                  : Wrong("min", "it is above 'max'");
  }

  absl::Status ParseDecimals() {
    const absl::int128 most = PowerOfTen(field_.type.precision()) - 1;
    ASSIGN_OR_RETURN(field_.min_unscaled, Unscaled("min", -most));
    ASSIGN_OR_RETURN(field_.max_unscaled, Unscaled("max", most));
    return field_.min_unscaled <= field_.max_unscaled ? absl::OkStatus()
                                                      : Wrong("min", "it is above 'max'");
  }

  absl::StatusOr<absl::int128> Unscaled(const char* option, absl::int128 otherwise) const {
    const std::optional<std::string> text = options_.Find(Key(field_.name, option));
    if (!text.has_value()) return otherwise;
    arrow::Decimal128 value;
    int32_t precision = 0;
    int32_t scale = 0;
    if (!arrow::Decimal128::FromString(*text, &value, &precision, &scale).ok()) {
      return Wrong(option, "it must be a number");
    }
    const auto scaled = value.Rescale(scale, field_.type.scale());
    if (!scaled.ok() || !scaled->FitsInPrecision(field_.type.precision())) {
      return Wrong(option, DoesNotFit());
    }
    return absl::MakeInt128(scaled->high_bits(), scaled->low_bits());
  }

  absl::Status ParseLength() {
    const DataType& type = field_.type;
    const bool fixed = type.kind() == TypeKind::kChar || type.kind() == TypeKind::kBinary;
    const int64_t most = type.length();
    const int64_t otherwise = most == DataType::kMaxLength ? kUnboundedLength : most;
    ASSIGN_OR_RETURN(field_.length, options_.IntegerFrom(0, Key(field_.name, "length"), otherwise));
    if (fixed && field_.length != most) {
      return Wrong("length", absl::StrCat("a ", type.ToString(), " has a length already"));
    }
    if (field_.length > most || field_.length > kLongestLength) return Wrong("length", "too long");
    ASSIGN_OR_RETURN(field_.variable_length, options_.Boolean(Key(field_.name, "var-len"), false));
    if (fixed && field_.variable_length) {
      return Wrong("var-len", absl::StrCat("a ", type.ToString(), " has a fixed length"));
    }
    return absl::OkStatus();
  }

  std::string DoesNotFit() const {
    return absl::StrCat("it does not fit into ", field_.type.ToString());
  }

  const OptionReader& options_;
  DatagenField field_;
};

// Rows until the first sequence ends, of every sequence that the options name: the table must not
// grow because a query does not read one.
absl::StatusOr<int64_t> RowsOfSequences(const TableDescription& table,
                                        const OptionReader& options) {
  int64_t rows = GeneratorSplit::kUnbounded;
  for (const auto& [key, value] : table.options) {
    const bool is_sequence =
        absl::StartsWith(key, "fields.") && absl::EndsWith(key, ".kind") && value == "sequence";
    if (!is_sequence) continue;
    const std::string prefix = key.substr(0, key.size() - std::string("kind").size());
    for (const char* option : {"start", "end"}) {
      if (options.Find(prefix + option).has_value()) continue;
      return options.Wrong(key, absl::StrCat("a sequence needs '", prefix, option, "'"));
    }
    ASSIGN_OR_RETURN(const int64_t start, options.Integer(prefix + "start", 0));
    ASSIGN_OR_RETURN(const int64_t end, options.Integer(prefix + "end", 0));
    int64_t length = 0;
    if (end < start) return options.Wrong(prefix + "end", "it is before the start");
    if (__builtin_sub_overflow(end, start, &length)) continue;  // Practically without end.
    if (length < GeneratorSplit::kUnbounded - 1) rows = std::min(rows, length + 1);
  }
  return rows;
}

}  // namespace

absl::StatusOr<DatagenOptions> ParseDatagenOptions(const TableDescription& table) {
  const OptionReader options(table);
  DatagenOptions parsed;
  ASSIGN_OR_RETURN(const int64_t rate, options.IntegerFrom(1, "rows-per-second", 10000));
  parsed.rows_per_second = static_cast<double>(rate);
  ASSIGN_OR_RETURN(const int64_t number,
                   options.IntegerFrom(0, "number-of-rows", GeneratorSplit::kUnbounded));
  ASSIGN_OR_RETURN(const int64_t sequences, RowsOfSequences(table, options));
  parsed.rows = std::min(number, sequences);
  ASSIGN_OR_RETURN(const int64_t seed, options.Integer("seed", 0));
  for (const Field& field : table.schema.fields()) {
    ASSIGN_OR_RETURN(DatagenField parsed_field,
                     FieldParser(options, field).Parse(static_cast<uint64_t>(seed)));
    parsed.fields.push_back(std::move(parsed_field));
  }
  return parsed;
}

}  // namespace millrace
