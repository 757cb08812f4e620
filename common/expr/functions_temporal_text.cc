// DATE_FORMAT, TO_DATE, TO_TIMESTAMP, TO_TIMESTAMP_LTZ, FROM_UNIXTIME, UNIX_TIMESTAMP. The time
// zone is UTC.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/columnar/temporal_parse.h"
#include "common/expr/function_table.h"
#include "common/expr/java_date_format.h"
#include "common/expr/row_kernel.h"
#include "common/expr/temporal_arithmetic.h"

namespace millrace {
namespace {

using View = std::string_view;

constexpr char kDefaultPattern[] = "yyyy-MM-dd HH:mm:ss";
constexpr int kTimestampPrecision = 3;  // Of what these functions return.

// The format of a call: compiled once if its pattern is a literal, else when a row brings another.
class FormatOfRow {
 public:
  static absl::StatusOr<FormatOfRow> Create(const std::optional<std::string>& literal) {
    FormatOfRow format;
    if (literal) {
      ASSIGN_OR_RETURN(format.format_, JavaDateFormat::Compile(*literal));
      format.pattern_ = *literal;
    }
    return format;
  }

  // Null, and the row has failed, if the pattern is none.
  const JavaDateFormat* For(View pattern, RowContext& row) {
    if (format_ && pattern == pattern_) return &*format_;
    auto compiled = JavaDateFormat::Compile(pattern);
    if (!compiled.ok()) {
      row.Fail("", std::string(compiled.status().message()));
      return nullptr;
    }
    format_ = *std::move(compiled);
    pattern_ = std::string(pattern);
    return &*format_;
  }

 private:
  std::optional<JavaDateFormat> format_;
  std::string pattern_;
};

using SharedFormat = std::shared_ptr<FormatOfRow>;

// The format that argument `index` gives, or the default one if there is no such argument.
absl::StatusOr<SharedFormat> FormatOf(const Expression& call, size_t index) {
  const bool has_pattern = index < call.arguments().size();
  ASSIGN_OR_RETURN(FormatOfRow format,
                   FormatOfRow::Create(has_pattern ? LiteralText(*call.arguments()[index])
                                                   : std::optional<std::string>(kDefaultPattern)));
  return std::make_shared<FormatOfRow>(std::move(format));
}

// Formats moments: `moment_of(value)` reads the first argument.
template <typename T, typename MomentOfValue>
absl::StatusOr<Kernel> FormattingKernel(const Expression& call, MomentOfValue moment_of) {
  ASSIGN_OR_RETURN(const SharedFormat format, FormatOf(call, 1));
  const auto text = std::make_shared<std::string>();  // Scratch.
  const auto append = [=](T value, View pattern, TextSink& out, RowContext& row) {
    const std::optional<Moment> moment = moment_of(value);
    if (!moment) return row.SetNull();
    const JavaDateFormat* row_format = format->For(pattern, row);
    if (row_format == nullptr) return;
    text->clear();
    row_format->Format(*moment, *text);
    out.Append(*text);
  };
  if (call.arguments().size() == 2) return LiftKernel<Text(T, View)>(call.type(), append);
  return LiftKernel<Text(T)>(call.type(), [append](T value, TextSink& out, RowContext& row) {
    append(value, kDefaultPattern, out, row);
  });
}

std::optional<Moment> ParseDefault(View text) {
  const auto parsed = ParseTimestamp(text);
  if (!parsed) return std::nullopt;
  return Moment{.days = parsed->days, .micros = parsed->micros_of_day};
}

absl::StatusOr<Kernel> DateFormatKernel(const Expression& call) {
  const DataType& type = call.arguments()[0]->type();
  if (type.IsCharacter()) return FormattingKernel<View>(call, ParseDefault);
  return FormattingKernel<int64_t>(
      call, [kind = type.kind(), precision = type.precision()](int64_t value) {
        return std::optional(MomentOf(value, kind, precision));
      });
}

absl::StatusOr<Kernel> FromUnixTimeKernel(const Expression& call) {
  return FormattingKernel<int64_t>(call, [](int64_t seconds) -> std::optional<Moment> {
    int64_t millis = 0;
    if (__builtin_mul_overflow(seconds, 1000, &millis)) return std::nullopt;
    return MomentOf(millis, TypeKind::kTimestamp, kTimestampPrecision);
  });
}

// Parses strings to moments and these to values; what does not parse is NULL.
template <typename T, typename ValueOf>
absl::StatusOr<Kernel> MomentParsingKernel(const Expression& call, ValueOf value_of) {
  const auto finish = [value_of](const std::optional<Moment>& moment, RowContext& row) -> T {
    if (!moment) {
      row.SetNull();
      return 0;
    }
    return static_cast<T>(value_of(*moment));
  };
  if (call.arguments().size() == 1) {
    return LiftKernel<T(View)>(call.type(), [finish](View text, RowContext& row) {
      return finish(ParseDefault(text), row);
    });
  }
  ASSIGN_OR_RETURN(const SharedFormat format, FormatOf(call, 1));
  return LiftKernel<T(View, View)>(
      call.type(), [finish, format](View text, View pattern, RowContext& row) -> T {
        const JavaDateFormat* row_format = format->For(pattern, row);
        return row_format == nullptr ? 0 : finish(row_format->Parse(text), row);
      });
}

int64_t MillisOf(const Moment& moment) {
  return ValueOfMoment(moment, TypeKind::kTimestamp, kTimestampPrecision);
}

absl::StatusOr<Kernel> ToTimestampKernel(const Expression& call) {
  return MomentParsingKernel<int64_t>(call, MillisOf);
}

absl::StatusOr<Kernel> ToDateKernel(const Expression& call) {
  return MomentParsingKernel<int32_t>(call, [](const Moment& moment) { return moment.days; });
}

absl::StatusOr<Kernel> UnixTimestampKernel(const Expression& call) {
  return MomentParsingKernel<int64_t>(
      call, [](const Moment& moment) { return Extract(CalendarUnit::kEpoch, moment); });
}

// TO_TIMESTAMP_LTZ(number, precision): seconds for 0, milliseconds for 3.
absl::StatusOr<Kernel> EpochKernel(const Expression& call) {
  const auto precision = call.arguments().size() == 2 ? LiteralInt(*call.arguments()[1])
                                                      : std::optional<int32_t>(kTimestampPrecision);
  if (precision != 0 && precision != kTimestampPrecision) {
    return absl::InvalidArgumentError(call.ToString() +
                                      ": the precision must be 0 (seconds) or 3 (milliseconds)");
  }
  const int64_t factor = precision == 0 ? 1000 : 1;
  return LiftKernel<int64_t(int64_t)>(call.type(), [factor](int64_t value, RowContext& row) {
    int64_t millis = 0;
    if (__builtin_mul_overflow(value, factor, &millis)) row.SetNull();
    return millis;
  });
}

}  // namespace

void AddTemporalTextFunctions(ScalarFunctionTable& table) {
  const ResultType string = Returns(DataType::String());
  const ResultType bigint = Returns(DataType::BigInt());
  const ResultType date = Returns(DataType::Date());
  const ResultType timestamp = Returns(DataType::Timestamp(kTimestampPrecision));
  const ResultType local = Returns(DataType::TimestampLtz(kTimestampPrecision));
  constexpr bool kNullable = true;  // For what does not parse.
  table.Add("date_format", "",
            {{"TIMESTAMP, STRING", string, DateFormatKernel},
             {"TIMESTAMP_LTZ, STRING", string, DateFormatKernel},
             {"STRING, STRING", string, DateFormatKernel, kNullable}});
  table.Add("from_unixtime", "",
            {{"BIGINT", string, FromUnixTimeKernel, kNullable},
             {"BIGINT, STRING", string, FromUnixTimeKernel, kNullable}});
  table.Add("unix_timestamp", "",
            {{"STRING", bigint, UnixTimestampKernel, kNullable},
             {"STRING, STRING", bigint, UnixTimestampKernel, kNullable}});
  table.Add("to_date", "",
            {{"STRING", date, ToDateKernel, kNullable},
             {"STRING, STRING", date, ToDateKernel, kNullable}});
  table.Add("to_timestamp", "",
            {{"STRING", timestamp, ToTimestampKernel, kNullable},
             {"STRING, STRING", timestamp, ToTimestampKernel, kNullable}});
  table.Add("to_timestamp_ltz", "",
            {{"BIGINT", local, EpochKernel, kNullable},
             {"BIGINT, INT", local, EpochKernel, kNullable},
             {"STRING", local, ToTimestampKernel, kNullable},
             {"STRING, STRING", local, ToTimestampKernel, kNullable}});
}

}  // namespace millrace
