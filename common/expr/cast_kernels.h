// The kernels of CAST, one file for each kind of source. Which casts there are, type_rules.h says.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/columnar/data_type.h"
#include "common/columnar/time_zone.h"
#include "common/expr/kernel.h"

namespace millrace {

// Any cast. A value that does not fit fails its row, but for the cases where Flink makes it NULL
// (DECIMAL overflow) or wraps it (integers). kInvalidArgument if there is no such cast.
// `zone` is the session's: TIMESTAMP_LTZ meets types without a zone in its local time.
absl::StatusOr<Kernel> CastKernel(const DataType& from, const DataType& to,
                                  const TimeZone& zone = TimeZone());

// REQUIRES: both are BOOLEAN or numeric.
Kernel NumericCast(const DataType& from, const DataType& to);
// REQUIRES: both are DATE, TIME or a timestamp.
Kernel TemporalCast(const DataType& from, const DataType& to, const TimeZone& zone);
// From a string to a BOOLEAN, number, temporal or bytes.
Kernel ParsingCast(const DataType& to, const TimeZone& zone);
// From anything to a string.
Kernel FormattingCast(const DataType& from, const DataType& to, const TimeZone& zone);
// Between two ARRAYs, MAPs or ROWs of castable children.
absl::StatusOr<Kernel> NestedCast(const DataType& from, const DataType& to,
                                  const TimeZone& zone);
// Between strings, or between bytes: cut or padded to the target's length.
Kernel LengthCast(const DataType& to);

// What Flink reads as a number: blanks around it, and for integers a fraction that is cut off.
std::optional<int64_t> ParseInteger(std::string_view text);
std::optional<double> ParseDouble(std::string_view text);
std::optional<bool> ParseBoolean(std::string_view text);

// Java's (long) and (int) of a double: toward zero, saturating, NaN is 0.
int64_t SaturatedInt64(double value);
int32_t SaturatedInt32(double value);

}  // namespace millrace
