// Text to dates, times and timestamps in the forms that Flink's CAST and TO_TIMESTAMP take beside
// those of common/columnar/temporal_parse.h. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "common/expr/java_date_format.h"
#include "common/expr/temporal_arithmetic.h"

namespace millrace {

inline constexpr char kDefaultTimestampPattern[] = "yyyy-MM-dd HH:mm:ss";

// "2024-02-29", "2024-2", "2024": days. What stands behind a blank does not matter.
std::optional<int64_t> ParseSqlDate(std::string_view text);

// "12", "12:3", "1:2:3.5": microseconds of the day.
std::optional<int64_t> ParseSqlTime(std::string_view text);

// By `format`, or else as java.sql's Timestamp.valueOf and Date.valueOf have it, whatever the
// format says: "2024-2-9 1:2:3.5", "2024-2-9". Empty also for years that Flink has no timestamps
// of: before 0 and behind 9999.
std::optional<Moment> ParseByFormat(const JavaDateFormat& format, std::string_view text);

// The same by kDefaultTimestampPattern.
std::optional<Moment> ParseDefaultTimestamp(std::string_view text);

}  // namespace millrace
