#include "coordinator/sql/parse/time_units.h"

namespace millrace {
namespace {

struct UnitWord {
  std::string_view name;
  TimeUnit unit;
  bool has_plural = true;
};

constexpr UnitWord kUnits[] = {
    {"MILLENNIUM", TimeUnit::kMillennium, false},
    {"CENTURY", TimeUnit::kCentury, false},
    {"DECADE", TimeUnit::kDecade},
    {"YEAR", TimeUnit::kYear},
    {"QUARTER", TimeUnit::kQuarter},
    {"MONTH", TimeUnit::kMonth},
    {"WEEK", TimeUnit::kWeek},
    {"DAY", TimeUnit::kDay},
    {"HOUR", TimeUnit::kHour},
    {"MINUTE", TimeUnit::kMinute},
    {"SECOND", TimeUnit::kSecond},
    {"MILLISECOND", TimeUnit::kMillisecond},
    {"MICROSECOND", TimeUnit::kMicrosecond},
    {"NANOSECOND", TimeUnit::kNanosecond},
    {"ISOYEAR", TimeUnit::kIsoYear, false},
    {"ISODOW", TimeUnit::kIsoDow, false},
    {"DOW", TimeUnit::kDow, false},
    {"DOY", TimeUnit::kDoy, false},
    {"EPOCH", TimeUnit::kEpoch, false},
};

}  // namespace

std::optional<TimeUnit> TimeUnitOf(std::string_view upper) {
  constexpr std::string_view kOdbcPrefix = "SQL_TSI_";
  if (upper.substr(0, kOdbcPrefix.size()) == kOdbcPrefix) upper.remove_prefix(kOdbcPrefix.size());
  for (const UnitWord& word : kUnits) {
    if (upper == word.name) return word.unit;
    if (word.has_plural && upper.size() == word.name.size() + 1 && upper.back() == 'S' &&
        upper.substr(0, word.name.size()) == word.name) {
      return word.unit;
    }
  }
  return std::nullopt;
}

std::string_view TimeUnitName(TimeUnit unit) {
  for (const UnitWord& word : kUnits) {
    if (word.unit == unit) return word.name;
  }
  return "";
}

}  // namespace millrace
