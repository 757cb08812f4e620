// EXTRACT and its short forms, TIMESTAMPADD, TIMESTAMPDIFF.
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/columnar/calendar.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"
#include "common/expr/temporal_arithmetic.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

constexpr char kDifferenceAccepts[] = "a unit and two dates or timestamps";

absl::StatusOr<Kernel> ExtractKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const CalendarUnit unit, LiteralUnit(call.arguments()[0]));
  const DataType& type = call.arguments()[1]->type();
  if (type.kind() == TypeKind::kTime &&
      (unit > CalendarUnit::kHour || unit < CalendarUnit::kMillisecond)) {
    return absl::InvalidArgumentError(call.ToString() + ": a TIME has no such part");
  }
  const auto extract = [unit, kind = type.kind(), precision = type.precision()](int64_t value) {
    return Extract(unit, MomentOf(value, kind, precision));
  };
  if (type.IsTimestamp()) return OnArgument(1, LiftKernel<int64_t(int64_t)>(call.type(), extract));
  return OnArgument(1, LiftKernel<int64_t(int32_t)>(call.type(), extract));
}

// The fields that an interval is written with.
absl::StatusOr<Kernel> ExtractOfIntervalKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const CalendarUnit unit, LiteralUnit(call.arguments()[0]));
  if (call.arguments()[1]->type().kind() == TypeKind::kIntervalYearMonth) {
    const bool whole = unit == CalendarUnit::kYear;
    const bool quarter = unit == CalendarUnit::kQuarter;
    if (!whole && !quarter && unit != CalendarUnit::kMonth) {
      return absl::InvalidArgumentError(call.ToString() +
                                        ": an interval of months has no such part");
    }
    return OnArgument(1, LiftKernel<int64_t(int32_t)>(call.type(), [=](int32_t months) -> int64_t {
                        if (whole) return months / 12;
                        return quarter ? months % 12 / 3 + 1 : months % 12;
                      }));
  }
  const bool days = unit == CalendarUnit::kDay;
  if (!days && (unit < CalendarUnit::kMillisecond || unit > CalendarUnit::kHour)) {
    return absl::InvalidArgumentError(call.ToString() + ": an interval of days has no such part");
  }
  return OnArgument(1, LiftKernel<int64_t(int64_t)>(call.type(), [=](int64_t millis) -> int64_t {
                      if (days) return millis / kMillisPerDay;
                      const int64_t sign = millis < 0 ? -1 : 1;
                      return sign * Extract(unit, {.micros = millis % kMillisPerDay * sign * 1000});
                    }));
}

void AddPart(ScalarFunctionTable& table, const char* name) {
  FunctionDefinition definition{.name = name, .accepts = "a DATE, TIME or TIMESTAMP"};
  definition.bind = [name](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    if (arguments.size() != 1) return WrongArguments(name, arguments, "a DATE, TIME or TIMESTAMP");
    return BindByName("extract", {Expression::String(absl::AsciiStrToUpper(name)), arguments[0]});
  };
  table.Add(std::move(definition));
}

// The interval of one unit, on which TIMESTAMPADD builds. Null for a unit that cannot be added.
ExpressionPtr OneUnit(CalendarUnit unit) {
  switch (unit) {
    case CalendarUnit::kMillisecond:
      return Expression::IntervalDayTime(1);
    case CalendarUnit::kSecond:
      return Expression::IntervalDayTime(1000);
    case CalendarUnit::kMinute:
      return Expression::IntervalDayTime(60'000);
    case CalendarUnit::kHour:
      return Expression::IntervalDayTime(3'600'000);
    case CalendarUnit::kDay:
      return Expression::IntervalDayTime(kMillisPerDay);
    case CalendarUnit::kWeek:
      return Expression::IntervalDayTime(7 * kMillisPerDay);
    case CalendarUnit::kMonth:
    case CalendarUnit::kQuarter:
    case CalendarUnit::kYear: {
      const int32_t months = unit == CalendarUnit::kMonth     ? 1
                             : unit == CalendarUnit::kQuarter ? 3
                                                              : 12;
      return Expression::Literal(DataType::IntervalYearMonth().WithNullable(false),
                                 std::make_shared<arrow::Int32Scalar>(months));
    }
    default:
      return nullptr;
  }
}

// TIMESTAMPADD(unit, n, x) is x + n * INTERVAL '1' unit.
absl::StatusOr<ExpressionPtr> BindTimestampAdd(ExpressionList arguments) {
  constexpr char kAccepts[] = "a unit, a whole number and a date or timestamp";
  if (arguments.size() != 3) return WrongArguments("TIMESTAMPADD", arguments, kAccepts);
  ASSIGN_OR_RETURN(const CalendarUnit unit, LiteralUnit(arguments[0]));
  ExpressionPtr one = OneUnit(unit);
  if (one == nullptr) return WrongArguments("TIMESTAMPADD", arguments, kAccepts);
  ExpressionPtr moment = arguments[2];
  if (moment->type().kind() == TypeKind::kDate && unit < CalendarUnit::kDay) {
    moment = Coerced(std::move(moment), DataType::Timestamp(6));
  }
  ASSIGN_OR_RETURN(ExpressionPtr shift, BindByName("times", {std::move(one), arguments[1]}));
  return BindByName("plus", {std::move(moment), std::move(shift)});
}

absl::StatusOr<ExpressionPtr> BindTimestampDiff(ExpressionList arguments) {
  if (arguments.size() != 3) return WrongArguments("TIMESTAMPDIFF", arguments, kDifferenceAccepts);
  const auto common = LeastRestrictive({arguments[1]->type(), arguments[2]->type()});
  if (!common || (common->kind() != TypeKind::kDate && !common->IsTimestamp())) {
    return WrongArguments("TIMESTAMPDIFF", arguments, kDifferenceAccepts);
  }
  arguments[1] = Coerced(std::move(arguments[1]), *common);
  arguments[2] = Coerced(std::move(arguments[2]), *common);
  return StrictCall("timestampdiff", std::move(arguments), DataType::Int());
}

absl::StatusOr<Kernel> TimestampDiffKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const CalendarUnit unit, LiteralUnit(call.arguments()[0]));
  if (unit > CalendarUnit::kYear || unit == CalendarUnit::kNanosecond) {
    return absl::InvalidArgumentError(call.ToString() + " does not count in that unit");
  }
  const DataType& from = call.arguments()[1]->type();
  const DataType& to = call.arguments()[2]->type();
  const auto difference = [unit, kind = from.kind(), from_precision = from.precision(),
                           to_precision = to.precision()](int64_t a, int64_t b) {
    return static_cast<int32_t>(
        DifferenceIn(unit, MomentOf(a, kind, from_precision), MomentOf(b, kind, to_precision)));
  };
  Kernel kernel = from.kind() == TypeKind::kDate
                      ? LiftKernel<int32_t(int32_t, int32_t)>(call.type(), difference)
                      : LiftKernel<int32_t(int64_t, int64_t)>(call.type(), difference);
  return Kernel(
      [kernel](Arguments arguments, int64_t rows) { return kernel(arguments.subspan(1), rows); });
}

}  // namespace

void AddTemporalFunctions(ScalarFunctionTable& table) {
  const ResultType bigint = Returns(DataType::BigInt());
  table.Add("extract", "",
            {{"STRING, DATE", bigint, ExtractKernel},
             {"STRING, TIME", bigint, ExtractKernel},
             {"STRING, TIMESTAMP", bigint, ExtractKernel},
             {"STRING, TIMESTAMP_LTZ", bigint, ExtractKernel},
             {"STRING, INTERVAL", bigint, ExtractOfIntervalKernel}});
  for (const char* part : {"year", "quarter", "month", "week", "dayofyear", "dayofmonth",
                           "dayofweek", "hour", "minute", "second"}) {
    AddPart(table, part);
  }
  table.Add({.name = "timestampadd",
             .accepts = "a unit, a whole number and a date or timestamp",
             .bind = BindTimestampAdd});
  table.Add({.name = "timestampdiff",
             .accepts = kDifferenceAccepts,
             .bind = BindTimestampDiff,
             .kernel = TimestampDiffKernel});
}

}  // namespace millrace
