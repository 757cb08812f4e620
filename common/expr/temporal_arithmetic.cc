#include "common/expr/temporal_arithmetic.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/columnar/calendar.h"
#include "common/expr/row_kernel.h"
#include "common/expr/session_zone.h"

namespace millrace {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;

struct UnitName {
  std::string_view name;
  CalendarUnit unit;
};

constexpr std::array<UnitName, 22> kUnits = {{
    {"NANOSECOND", CalendarUnit::kNanosecond},
    {"MICROSECOND", CalendarUnit::kMicrosecond},
    {"MILLISECOND", CalendarUnit::kMillisecond},
    {"SECOND", CalendarUnit::kSecond},
    {"MINUTE", CalendarUnit::kMinute},
    {"HOUR", CalendarUnit::kHour},
    {"DAY", CalendarUnit::kDay},
    {"DAYOFMONTH", CalendarUnit::kDay},
    {"WEEK", CalendarUnit::kWeek},
    {"MONTH", CalendarUnit::kMonth},
    {"QUARTER", CalendarUnit::kQuarter},
    {"YEAR", CalendarUnit::kYear},
    {"DECADE", CalendarUnit::kDecade},
    {"CENTURY", CalendarUnit::kCentury},
    {"MILLENNIUM", CalendarUnit::kMillennium},
    {"DOW", CalendarUnit::kDayOfWeek},
    {"DAYOFWEEK", CalendarUnit::kDayOfWeek},
    {"ISODOW", CalendarUnit::kIsoDayOfWeek},
    {"DOY", CalendarUnit::kDayOfYear},
    {"DAYOFYEAR", CalendarUnit::kDayOfYear},
    {"ISOYEAR", CalendarUnit::kIsoYear},
    {"EPOCH", CalendarUnit::kEpoch},
}};

bool IsMillis(int precision) { return precision <= 3; }

// Days of `per_day` units each and `rest` more units. Wraps around, as in Java.
int64_t UnitsOf(int64_t days, int64_t per_day, int64_t rest) {
  return static_cast<int64_t>(static_cast<uint64_t>(days) * static_cast<uint64_t>(per_day) +
                              static_cast<uint64_t>(rest));
}

int64_t DaysOf(int64_t year, int64_t month) {
  return DaysOfCivil({.year = static_cast<int32_t>(year), .month = static_cast<int32_t>(month)});
}

// 1970-01-01 was a Thursday. 0 is Sunday.
int64_t DayOfWeek(int64_t days) { return FloorMod(days + 4, 7); }

// The Thursday of the week, which starts on Monday, decides what year it belongs to.
int64_t IsoThursday(int64_t days) { return days - FloorMod(DayOfWeek(days) + 6, 7) + 3; }

// Microseconds of a unit of constant length; 0 for others.
int64_t MicrosPer(CalendarUnit unit) {
  switch (unit) {
    case CalendarUnit::kMicrosecond:
      return 1;
    case CalendarUnit::kMillisecond:
      return 1000;
    case CalendarUnit::kSecond:
      return kMicrosPerSecond;
    case CalendarUnit::kMinute:
      return kMicrosPerMinute;
    case CalendarUnit::kHour:
      return kMicrosPerHour;
    case CalendarUnit::kDay:
      return kMicrosPerDay;
    case CalendarUnit::kWeek:
      return 7 * kMicrosPerDay;
    default:
      return 0;
  }
}

// Months of a unit of months; 0 for others.
int64_t MonthsPer(CalendarUnit unit) {
  switch (unit) {
    case CalendarUnit::kMonth:
      return 1;
    case CalendarUnit::kQuarter:
      return 3;
    case CalendarUnit::kYear:
      return 12;
    case CalendarUnit::kDecade:
      return 120;
    case CalendarUnit::kCentury:
      return 1200;
    case CalendarUnit::kMillennium:
      return 12000;
    default:
      return 0;
  }
}

// Centuries and millennia start with the year 1, not 0.
int64_t FirstYear(CalendarUnit unit) {
  return unit == CalendarUnit::kCentury || unit == CalendarUnit::kMillennium ? 1 : 0;
}

int64_t FloorDays(CalendarUnit unit, int64_t days) {
  if (unit == CalendarUnit::kDay) return days;
  if (unit == CalendarUnit::kWeek) return days - DayOfWeek(days);
  const CivilDate date = CivilOfDays(days);
  const int64_t first = FirstYear(unit) * 12;
  const int64_t month = int64_t{date.year} * 12 + date.month - 1 - first;
  const int64_t floored = month - FloorMod(month, MonthsPer(unit)) + first;
  return DaysOf(FloorDiv(floored, 12), FloorMod(floored, 12) + 1);
}

int64_t ExtractOfDate(CalendarUnit unit, int64_t days) {
  const CivilDate date = CivilOfDays(days);
  switch (unit) {
    case CalendarUnit::kDay:
      return date.day;
    case CalendarUnit::kWeek: {
      const int64_t thursday = IsoThursday(days);
      return (thursday - DaysOf(CivilOfDays(thursday).year, 1)) / 7 + 1;
    }
    case CalendarUnit::kMonth:
      return date.month;
    case CalendarUnit::kQuarter:
      return (date.month + 2) / 3;
    case CalendarUnit::kYear:
      return date.year;
    case CalendarUnit::kDecade:
      return FloorDiv(date.year, 10);
    case CalendarUnit::kCentury:
      return date.year > 0 ? (date.year + 99) / 100 : (date.year - 99) / 100;
    case CalendarUnit::kMillennium:
      return date.year > 0 ? (date.year + 999) / 1000 : (date.year - 999) / 1000;
    case CalendarUnit::kDayOfYear:
      return days - DaysOf(date.year, 1) + 1;
    case CalendarUnit::kIsoYear:
      return CivilOfDays(IsoThursday(days)).year;
    default:
      return 0;
  }
}

Kernel MoveByMonths(const DataType& type, bool minus) {
  const auto signed_months = [minus](int32_t months) {
    return minus ? -int64_t{months} : int64_t{months};
  };
  if (type.kind() == TypeKind::kDate) {
    return LiftKernel<int32_t(int32_t, int32_t)>(type, [=](int32_t days, int32_t months) {
      return static_cast<int32_t>(AddMonths(days, signed_months(months)));
    });
  }
  const int64_t per_day = IsMillis(type.precision()) ? kMillisPerDay : kMicrosPerDay;
  return LiftKernel<int64_t(int64_t, int32_t)>(type, [=](int64_t value, int32_t months) {
    const int64_t days = FloorDiv(value, per_day);
    return UnitsOf(AddMonths(days, signed_months(months)), per_day, FloorMod(value, per_day));
  });
}

}  // namespace

std::optional<DataType> ShiftedType(const DataType& a, const DataType& b) {
  if (!b.IsInterval()) return std::nullopt;
  if (a.IsInterval()) return a.kind() == b.kind() ? std::optional(a) : std::nullopt;
  if (a.kind() == TypeKind::kTime) {
    return b.kind() == TypeKind::kIntervalDayTime ? std::optional(a) : std::nullopt;
  }
  return a.kind() == TypeKind::kDate || a.IsTimestamp() ? std::optional(a) : std::nullopt;
}

absl::StatusOr<Kernel> ShiftKernel(const DataType& a, const DataType& b, bool minus) {
  if (b.kind() == TypeKind::kIntervalYearMonth) return MoveByMonths(a, minus);
  if (a.kind() == TypeKind::kDate) {
    return LiftKernel<int32_t(int32_t, int64_t)>(a, [minus](int32_t days, int64_t millis) {
      const int64_t shift = millis / kMillisPerDay;
      return static_cast<int32_t>(minus ? days - shift : days + shift);
    });
  }
  if (a.kind() == TypeKind::kTime) {
    return LiftKernel<int32_t(int32_t, int64_t)>(a, [minus](int32_t time, int64_t millis) {
      const int64_t shift = millis % kMillisPerDay;
      return static_cast<int32_t>(FloorMod(minus ? time - shift : time + shift, kMillisPerDay));
    });
  }
  const uint64_t per_milli = IsMillis(a.precision()) ? 1 : 1000;
  const uint64_t factor = minus ? 0 - per_milli : per_milli;
  return LiftKernel<int64_t(int64_t, int64_t)>(a, [factor](int64_t value, int64_t millis) {
    return static_cast<int64_t>(static_cast<uint64_t>(value) +
                                static_cast<uint64_t>(millis) * factor);
  });
}

int64_t AddMonths(int64_t days, int64_t months) {
  const CivilDate date = CivilOfDays(days);
  const int64_t month = int64_t{date.year} * 12 + date.month - 1 + months;
  const auto year = static_cast<int32_t>(FloorDiv(month, 12));
  const auto month_of_year = static_cast<int32_t>(FloorMod(month, 12) + 1);
  const int32_t day = std::min(date.day, DaysInMonth(year, month_of_year));
  return DaysOfCivil({.year = year, .month = month_of_year, .day = day});
}

std::optional<CalendarUnit> ParseCalendarUnit(std::string_view name) {
  const std::string upper = absl::AsciiStrToUpper(AbslView(name));
  for (const UnitName& entry : kUnits) {
    if (entry.name == upper) return entry.unit;
  }
  return std::nullopt;
}

Moment MomentOf(int64_t value, TypeKind kind, int precision) {
  if (kind == TypeKind::kDate) return {.days = value};
  if (kind == TypeKind::kTime) return {.micros = value * 1000};
  // Apart, so that each divides by a constant.
  if (IsMillis(precision)) {
    const int64_t days = FloorDiv(value, kMillisPerDay);
    return {.days = days, .micros = FloorMod(value, kMillisPerDay) * 1000};
  }
  const int64_t days = FloorDiv(value, kMicrosPerDay);
  return {.days = days, .micros = FloorMod(value, kMicrosPerDay)};
}

int64_t ValueOfMoment(const Moment& moment, TypeKind kind, int precision) {
  if (kind == TypeKind::kDate) return moment.days;
  if (IsMillis(precision)) return UnitsOf(moment.days, kMillisPerDay, moment.micros / 1000);
  return UnitsOf(moment.days, kMicrosPerDay, moment.micros);
}

int64_t Extract(CalendarUnit unit, const Moment& moment) {
  switch (unit) {
    case CalendarUnit::kNanosecond:
      return moment.micros % kMicrosPerSecond * 1000;
    case CalendarUnit::kMicrosecond:
      return moment.micros % kMicrosPerSecond;
    case CalendarUnit::kMillisecond:
      return moment.micros % kMicrosPerSecond / 1000;
    case CalendarUnit::kSecond:
      return moment.micros % kMicrosPerMinute / kMicrosPerSecond;
    case CalendarUnit::kMinute:
      return moment.micros % kMicrosPerHour / kMicrosPerMinute;
    case CalendarUnit::kHour:
      return moment.micros / kMicrosPerHour;
    case CalendarUnit::kDayOfWeek:
      return DayOfWeek(moment.days) + 1;
    case CalendarUnit::kIsoDayOfWeek:
      return FloorMod(DayOfWeek(moment.days) + 6, 7) + 1;
    case CalendarUnit::kEpoch:
      return moment.days * 86'400 + moment.micros / kMicrosPerSecond;
    default:
      return ExtractOfDate(unit, moment.days);
  }
}

Moment FloorMoment(CalendarUnit unit, const Moment& moment) {
  const int64_t micros = MicrosPer(unit);
  if (micros != 0 && micros < kMicrosPerDay) {
    return {.days = moment.days, .micros = moment.micros - moment.micros % micros};
  }
  return {.days = FloorDays(unit, moment.days)};
}

Moment CeilMoment(CalendarUnit unit, const Moment& moment) {
  const Moment floor = FloorMoment(unit, moment);
  if (floor.days == moment.days && floor.micros == moment.micros) return moment;
  const int64_t micros = MicrosPer(unit);
  if (micros == 0) return {.days = AddMonths(floor.days, MonthsPer(unit))};
  const int64_t next = floor.micros + micros;
  return {.days = floor.days + next / kMicrosPerDay, .micros = next % kMicrosPerDay};
}

absl::StatusOr<CalendarUnit> LiteralUnit(const ExpressionPtr& unit) {
  const auto name = LiteralText(*unit);
  if (!name) {
    return absl::InvalidArgumentError("a unit of time must be a literal, e.g. HOUR");
  }
  if (const auto parsed = ParseCalendarUnit(*name)) return *parsed;
  return absl::InvalidArgumentError(
      absl::StrCat(*name, " is no unit of time; units are ",
                   absl::StrJoin(kUnits, ", ", [](std::string* out, const UnitName& entry) {
                     absl::StrAppend(out, AbslView(entry.name));
                   })));
}

absl::StatusOr<Kernel> RoundToUnitKernel(const Expression& call, bool up) {
  ASSIGN_OR_RETURN(const CalendarUnit unit, LiteralUnit(call.arguments()[1]));
  if (unit > CalendarUnit::kMillennium || unit == CalendarUnit::kNanosecond) {
    return absl::InvalidArgumentError(call.ToString() + " is not to a unit that time is cut into");
  }
  const DataType& type = call.type();
  const auto round = [unit, up, kind = type.kind(), precision = type.precision()](int64_t value) {
    const Moment moment = MomentOf(value, kind, precision);
    const Moment rounded = up ? CeilMoment(unit, moment) : FloorMoment(unit, moment);
    if (kind == TypeKind::kTime) return (rounded.days * kMicrosPerDay + rounded.micros) / 1000;
    return ValueOfMoment(rounded, kind, precision);
  };
  // The unit is used up; the string beside the values is not looked at again.
  if (!type.IsTimestamp()) {
    return LiftKernel<int32_t(int32_t)>(
        type, [round](int32_t value) { return static_cast<int32_t>(round(value)); });
  }
  if (call.arguments().size() < 3) return LiftKernel<int64_t(int64_t)>(type, round);
  // In local time, and back by what the clock was ahead at the value itself, as Flink does.
  ASSIGN_OR_RETURN(const TimeZone zone, LiteralZone(*call.arguments()[2]));
  return LiftKernel<int64_t(int64_t)>(type, [=, precision = type.precision()](int64_t value) {
    const int64_t ahead = LocalOfEpoch(value, precision, zone) - value;
    return round(value + ahead) - ahead;
  });
}

int64_t DifferenceIn(CalendarUnit unit, const Moment& from, const Moment& to) {
  if (const int64_t micros = MicrosPer(unit)) {
    const __int128 difference =
        static_cast<__int128>(to.days - from.days) * kMicrosPerDay + (to.micros - from.micros);
    return static_cast<int64_t>(difference / micros);
  }
  const CivilDate a = CivilOfDays(from.days);
  const CivilDate b = CivilOfDays(to.days);
  int64_t months = (int64_t{b.year} - a.year) * 12 + (b.month - a.month);
  // A month that has begun does not count.
  const Moment reached{.days = AddMonths(from.days, months), .micros = from.micros};
  const bool past = reached.days != to.days ? reached.days > to.days : reached.micros > to.micros;
  const bool before = reached.days != to.days ? reached.days < to.days : reached.micros < to.micros;
  if (months > 0 && past) --months;
  if (months < 0 && before) ++months;
  return months / MonthsPer(unit);
}

}  // namespace millrace
