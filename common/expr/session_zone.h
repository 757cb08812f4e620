// The session's time zone ('table.local-time-zone') in expressions.
//
// The binder knows no zone: what it binds is meant in UTC. InTimeZone then writes the zone of the
// session into every call that depends on it, as a literal behind the arguments, so that a plan
// means the same on every worker and says so in EXPLAIN. Pure.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/columnar/time_zone.h"
#include "common/expr/expression.h"

namespace millrace {

// `expression` as a session in `zone` means it. Parts that do not change are shared.
ExpressionPtr InTimeZone(const ExpressionPtr& expression, const TimeZone& zone);

// Whether a cast takes a TIMESTAMP_LTZ, at any depth, to or from local time.
bool CastDependsOnZone(const DataType& from, const DataType& to);

// The zone that a literal names. kInvalidArgument if it is no literal or names none.
absl::StatusOr<TimeZone> LiteralZone(const Expression& expression);

// Values of TIMESTAMP(precision) and TIMESTAMP_LTZ(precision) columns into each other. Wrap around
// at the ends of time.
int64_t LocalOfEpoch(int64_t value, int precision, const TimeZone& zone);
int64_t EpochOfLocal(int64_t value, int precision, const TimeZone& zone);

}  // namespace millrace
