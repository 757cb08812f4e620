// Moving dates, times and timestamps by intervals, and taking them apart, in the calendar of UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/columnar/data_type.h"
#include "common/expr/kernel.h"

namespace millrace {

// The type of a + b and a - b where b is an interval: a's; empty if b cannot move a.
std::optional<DataType> ShiftedType(const DataType& a, const DataType& b);

// a + b, or a - b if `minus`. REQUIRES: ShiftedType(a, b), a not an interval.
absl::StatusOr<Kernel> ShiftKernel(const DataType& a, const DataType& b, bool minus);

// `days` moved by months; a day past the month's end becomes its last day.
int64_t AddMonths(int64_t days, int64_t months);

// What EXTRACT, FLOOR, CEIL and TIMESTAMPDIFF count in.
enum class CalendarUnit : uint8_t {
  kNanosecond,
  kMicrosecond,
  kMillisecond,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear,
  kDecade,
  kCentury,
  kMillennium,
  kDayOfWeek,     // 1 is Sunday.
  kIsoDayOfWeek,  // 1 is Monday.
  kDayOfYear,
  kIsoYear,
  kEpoch,  // Seconds since 1970.
};

// "HOUR", in any case. Empty if there is no such unit.
std::optional<CalendarUnit> ParseCalendarUnit(std::string_view name);

// A moment as days and microseconds of the day.
struct Moment {
  int64_t days = 0;
  int64_t micros = 0;
};

// Of a DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ value.
Moment MomentOf(int64_t value, TypeKind kind, int precision);
// The opposite, for DATE and timestamps.
int64_t ValueOfMoment(const Moment& moment, TypeKind kind, int precision);

int64_t Extract(CalendarUnit unit, const Moment& moment);

// The start of the unit that `moment` lies in, or of the next one unless it is a start itself. A
// week starts on Sunday. REQUIRES: a unit up to kMillennium.
Moment FloorMoment(CalendarUnit unit, const Moment& moment);
Moment CeilMoment(CalendarUnit unit, const Moment& moment);

// FLOOR or CEIL of a DATE or timestamp to the unit that the second argument, a literal, names.
absl::StatusOr<Kernel> RoundToUnitKernel(const Expression& call, bool up);

// The unit that a string literal names. kInvalidArgument if it is none.
absl::StatusOr<CalendarUnit> LiteralUnit(const ExpressionPtr& unit);

// Whole units from `from` to `to`, toward zero. REQUIRES: a unit from kMicrosecond to kYear.
int64_t DifferenceIn(CalendarUnit unit, const Moment& from, const Moment& to);

}  // namespace millrace
