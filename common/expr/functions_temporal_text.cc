// DATE_FORMAT, TO_DATE, TO_TIMESTAMP, TO_TIMESTAMP_LTZ, FROM_UNIXTIME, UNIX_TIMESTAMP, CONVERT_TZ.
// The first takes java.time's patterns, TO_TIMESTAMP too; the others those of SimpleDateFormat.
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/columnar/calendar.h"
#include "common/columnar/time_zone.h"
#include "common/expr/cast_kernels.h"
#include "common/expr/decimal.h"
#include "common/expr/function_table.h"
#include "common/expr/java_date_format.h"
#include "common/expr/legacy_date_format.h"
#include "common/expr/row_kernel.h"
#include "common/expr/session_zone.h"
#include "common/expr/temporal_arithmetic.h"
#include "common/expr/temporal_text.h"

namespace millrace {
namespace {

using View = std::string_view;

constexpr int kTimestampPrecision = 3;  // Of what these functions return.

// The format of a call: compiled once if its pattern is a literal, else when a row brings another.
template <typename Format>
class FormatOfRow {
 public:
  static absl::StatusOr<FormatOfRow> Create(const std::optional<std::string>& literal) {
    FormatOfRow format;
    if (literal) {
      ASSIGN_OR_RETURN(format.format_, Format::Compile(*literal));
      format.pattern_ = *literal;
    }
    return format;
  }

  // Null, and the row has failed, if the pattern is none.
  const Format* For(View pattern, RowContext& row) {
    if (format_ && pattern == pattern_) return &*format_;
    auto compiled = Format::Compile(pattern);
    if (!compiled.ok()) {
      row.Fail("", std::string(compiled.status().message()));
      return nullptr;
    }
    format_ = *std::move(compiled);
    pattern_ = std::string(pattern);
    return &*format_;
  }

 private:
  std::optional<Format> format_;
  std::string pattern_;
};

// The format that argument `index` gives, or the default one if there is no such argument.
template <typename Format>
absl::StatusOr<std::shared_ptr<FormatOfRow<Format>>> FormatOf(const Expression& call,
                                                              size_t index) {
  const bool has_pattern = index < call.arguments().size();
  ASSIGN_OR_RETURN(FormatOfRow<Format> format,
                   FormatOfRow<Format>::Create(
                       has_pattern ? LiteralText(*call.arguments()[index])
                                   : std::optional<std::string>(kDefaultTimestampPattern)));
  return std::make_shared<FormatOfRow<Format>>(std::move(format));
}

// The zone that argument `index` names; UTC if there is no such argument.
absl::StatusOr<TimeZone> ZoneOf(const Expression& call, size_t index) {
  if (index >= call.arguments().size()) return TimeZone();
  return LiteralZone(*call.arguments()[index]);
}

const LegacyDateFormat& DefaultLegacyFormat() {
  static const LegacyDateFormat& format =
      *new LegacyDateFormat(*LegacyDateFormat::Compile(kDefaultTimestampPattern));
  return format;
}

std::string NoZone(View pattern) {
  return absl::StrCat("DATE_FORMAT has no time zone to show, but the pattern \"", AbslView(pattern),
                      "\" asks for it");
}

// `moment_of(value)` reads the first argument.
template <typename T, typename MomentOfValue>
absl::StatusOr<Kernel> DateFormatKernelOf(const Expression& call, MomentOfValue moment_of) {
  if (const auto literal = LiteralText(*call.arguments()[1])) {
    ASSIGN_OR_RETURN(const JavaDateFormat known, JavaDateFormat::Compile(*literal));
    if (!known.can_format()) return absl::InvalidArgumentError(NoZone(*literal));
  }
  ASSIGN_OR_RETURN(const auto format, FormatOf<JavaDateFormat>(call, 1));
  const auto text = std::make_shared<std::string>();  // Scratch.
  return LiftKernel<Text(T, View)>(call.type(),
                                   [=](T value, View pattern, TextSink& out, RowContext& row) {
                                     const std::optional<Moment> moment = moment_of(value);
                                     if (!moment) return row.SetNull();
                                     const JavaDateFormat* row_format = format->For(pattern, row);
                                     if (row_format == nullptr) return;
                                     if (!row_format->can_format())
                                       return row.Fail("", NoZone(pattern));
                                     text->clear();
                                     row_format->Format(*moment, *text);
                                     out.Append(*text);
                                   });
}

absl::StatusOr<Kernel> DateFormatKernel(const Expression& call) {
  const DataType& type = call.arguments()[0]->type();
  if (type.IsCharacter()) {
    return DateFormatKernelOf<View>(call, [](View text) -> std::optional<Moment> {
      const auto parsed = DefaultLegacyFormat().Parse(text);
      return parsed ? std::optional(parsed->moment) : std::nullopt;
    });
  }
  return DateFormatKernelOf<int64_t>(
      call, [kind = type.kind(), precision = type.precision()](int64_t value) {
        return std::optional(MomentOf(value, kind, precision));
      });
}

// FROM_UNIXTIME(seconds [, pattern [, zone]])
absl::StatusOr<Kernel> FromUnixTimeKernel(const Expression& call) {
  constexpr int64_t kFarthest = std::numeric_limits<int64_t>::max() / 1000;
  ASSIGN_OR_RETURN(const auto format, FormatOf<LegacyDateFormat>(call, 1));
  ASSIGN_OR_RETURN(const TimeZone zone, ZoneOf(call, 2));
  const auto text = std::make_shared<std::string>();  // Scratch.
  const auto append = [=](int64_t seconds, View pattern, TextSink& out, RowContext& row) {
    if (seconds > kFarthest || seconds < -kFarthest) return row.SetNull();
    const LegacyDateFormat* row_format = format->For(pattern, row);
    if (row_format == nullptr) return;
    text->clear();
    row_format->Format(seconds, zone, *text);
    out.Append(*text);
  };
  if (call.arguments().size() == 1) {
    return LiftKernel<Text(int64_t)>(call.type(),
                                     [append](int64_t seconds, TextSink& out, RowContext& row) {
                                       append(seconds, kDefaultTimestampPattern, out, row);
                                     });
  }
  const Kernel kernel = LiftKernel<Text(int64_t, View)>(call.type(), append);
  return Kernel(
      [kernel](Arguments arguments, int64_t rows) { return kernel(arguments.first(2), rows); });
}

// Values of texts; what does not parse is what `otherwise` says, or NULL.
template <typename T, typename Format, typename ValueOf>
absl::StatusOr<Kernel> ParsingKernel(const Expression& call, ValueOf value_of) {
  const auto finish = [](const std::optional<T>& value, RowContext& row) -> T {
    if (!value) row.SetNull();
    return value.value_or(T{});
  };
  ASSIGN_OR_RETURN(const auto format, FormatOf<Format>(call, 1));
  if (call.arguments().size() == 1) {
    return LiftKernel<T(View)>(call.type(), [=](View text, RowContext& row) -> T {
      const Format* default_format = format->For(kDefaultTimestampPattern, row);
      return finish(value_of(*default_format, text), row);
    });
  }
  const Kernel kernel =
      LiftKernel<T(View, View)>(call.type(), [=](View text, View pattern, RowContext& row) -> T {
        const Format* row_format = format->For(pattern, row);
        return row_format == nullptr ? T{} : finish(value_of(*row_format, text), row);
      });
  return Kernel(
      [kernel](Arguments arguments, int64_t rows) { return kernel(arguments.first(2), rows); });
}

// TO_TIMESTAMP, and TO_TIMESTAMP_LTZ(text [, pattern [, zone]]), which means UTC by itself.
absl::StatusOr<Kernel> ToTimestampKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const TimeZone zone, ZoneOf(call, 2));
  const bool has_pattern = call.arguments().size() > 1;
  return ParsingKernel<int64_t, JavaDateFormat>(
      call, [zone, has_pattern](const JavaDateFormat& format, View text) -> std::optional<int64_t> {
        const std::optional<Moment> moment =
            has_pattern ? ParseByFormat(format, text) : ParseDefaultTimestamp(text);
        if (!moment) return std::nullopt;
        return zone.EpochMillis(ValueOfMoment(*moment, TypeKind::kTimestamp, kTimestampPrecision));
      });
}

absl::StatusOr<Kernel> ToDateKernel(const Expression& call) {
  if (call.arguments().size() == 1) {
    return LiftKernel<int32_t(View)>(call.type(), [](View text, RowContext& row) -> int32_t {
      const auto days = ParseSqlDate(text);
      if (!days) row.SetNull();
      return static_cast<int32_t>(days.value_or(0));
    });
  }
  return ParsingKernel<int32_t, LegacyDateFormat>(
      call, [](const LegacyDateFormat& format, View text) -> std::optional<int32_t> {
        const auto parsed = format.Parse(text);
        if (!parsed) return std::nullopt;
        return static_cast<int32_t>(FloorDiv(EpochSecondOf(*parsed, TimeZone()), 86'400));
      });
}

// UNIX_TIMESTAMP(text [, pattern [, zone]]); what does not parse is the least number, as in Flink.
absl::StatusOr<Kernel> UnixTimestampKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const TimeZone zone, ZoneOf(call, 2));
  return ParsingKernel<int64_t, LegacyDateFormat>(
      call, [zone](const LegacyDateFormat& format, View text) -> std::optional<int64_t> {
        const auto parsed = format.Parse(text);
        if (!parsed) return std::numeric_limits<int64_t>::min();
        return EpochSecondOf(*parsed, zone);
      });
}

// UNIX_TIMESTAMP() is that of CURRENT_TIMESTAMP.
absl::StatusOr<Kernel> EpochSecondKernel(const Expression& call) {
  const int64_t per_second =
      call.arguments()[0]->type().precision() <= kTimestampPrecision ? 1000 : 1'000'000;
  return LiftKernel<int64_t(int64_t)>(
      call.type(), [per_second](int64_t value) { return FloorDiv(value, per_second); });
}

// CONVERT_TZ(text, from, to): the same moment on another clock.
absl::StatusOr<Kernel> ConvertTzKernel(const Expression& call) {
  struct Zones {
    std::string from_name, to_name;
    TimeZone from, to;
  };
  const auto zones = std::make_shared<Zones>(Zones{.from_name = "UTC", .to_name = "UTC"});
  for (const size_t index : {size_t{1}, size_t{2}}) {
    const auto literal = LiteralText(*call.arguments()[index]);
    if (literal) RETURN_IF_ERROR(TimeZone::Load(*literal).status());
  }
  const auto load = [](View name, std::string& known, TimeZone& zone, RowContext& row) {
    if (name == known) return true;
    absl::StatusOr<TimeZone> loaded = TimeZone::Load(name);
    if (!loaded.ok()) {
      row.Fail("", std::string(loaded.status().message()));
      return false;
    }
    zone = *std::move(loaded);
    known = std::string(name);
    return true;
  };
  const auto result = std::make_shared<std::string>();  // Scratch.
  return LiftKernel<Text(View, View, View)>(
      call.type(), [=](View text, View from, View to, TextSink& out, RowContext& row) {
        if (!load(from, zones->from_name, zones->from, row)) return;
        if (!load(to, zones->to_name, zones->to, row)) return;
        const auto parsed = DefaultLegacyFormat().Parse(text);
        if (!parsed) return row.SetNull();
        result->clear();
        DefaultLegacyFormat().Format(EpochSecondOf(*parsed, zones->from), zones->to, *result);
        out.Append(*result);
      });
}

// TO_TIMESTAMP_LTZ(number, precision): seconds for 0, milliseconds for 3.
absl::StatusOr<int64_t> MillisPerUnit(const Expression& call) {
  const auto precision = call.arguments().size() == 2 ? LiteralInt(*call.arguments()[1])
                                                      : std::optional<int32_t>(kTimestampPrecision);
  if (precision == 0) return 1000;
  if (precision == kTimestampPrecision) return 1;
  return absl::InvalidArgumentError(call.ToString() +
                                    ": the precision must be 0 (seconds) or 3 (milliseconds)");
}

absl::StatusOr<Kernel> WholeEpochKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const int64_t factor, MillisPerUnit(call));
  return LiftKernel<int64_t(int64_t)>(call.type(), [factor](int64_t value, RowContext& row) {
    int64_t millis = 0;
    if (__builtin_mul_overflow(value, factor, &millis)) row.SetNull();
    return millis;
  });
}

absl::StatusOr<Kernel> DecimalEpochKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const int64_t factor, MillisPerUnit(call));
  const int scale = call.arguments()[0]->type().scale();
  return LiftKernel<int64_t(Decimal)>(call.type(), [=](Decimal value, RowContext& row) {
    int64_t millis = 0;
    if (__builtin_mul_overflow(IntegerOfDecimal(value, scale), factor, &millis)) row.SetNull();
    return millis;
  });
}

absl::StatusOr<Kernel> DoubleEpochKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const int64_t factor, MillisPerUnit(call));
  return LiftKernel<int64_t(double)>(call.type(), [factor](double value) {
    return SaturatedInt64(value * static_cast<double>(factor));
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
            {{"BIGINT [, STRING [, STRING]]", string, FromUnixTimeKernel, kNullable}});
  table.Add("unix_timestamp", "",
            {{"TIMESTAMP_LTZ", bigint, EpochSecondKernel},
             {"STRING [, STRING [, STRING]]", bigint, UnixTimestampKernel}});
  table.Add("to_date", "", {{"STRING [, STRING]", date, ToDateKernel, kNullable}});
  table.Add("to_timestamp", "", {{"STRING [, STRING]", timestamp, ToTimestampKernel, kNullable}});
  table.Add("to_timestamp_ltz", "",
            {{"BIGINT [, INT]", local, WholeEpochKernel, kNullable},
             {"DECIMAL [, INT]", local, DecimalEpochKernel, kNullable},
             {"DOUBLE [, INT]", local, DoubleEpochKernel, kNullable},
             {"STRING [, STRING [, STRING]]", local, ToTimestampKernel, kNullable}});
  table.Add("convert_tz", "", {{"STRING, STRING, STRING", string, ConvertTzKernel, kNullable}});
}

}  // namespace millrace
