// The session's time zone ('table.local-time-zone') in plans: what common/expr/session_zone.h does
// to expressions, and the axis of windows.
//
// A window over a TIMESTAMP_LTZ lies on the clock of the session's zone. Its bounds are local
// times, so operators that meet rows by them must know the zone as well, to tell how far they are
// complete. Pure.
#pragma once

#include "absl/status/statusor.h"
#include "common/columnar/time_zone.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// `plan`, as it was bound, as a session in `zone` means it.
LogicalPlan InTimeZone(const LogicalPlan& plan, const TimeZone& zone);

// `plan`, whose windows have been fused: windows that rows bring along get the zone of the windows
// below that made them.
LogicalPlan SpreadWindowZones(const LogicalPlan& plan);

// The zone of the windows whose start or end column `column` of `node` is. Empty: UTC, or no such
// column.
std::string WindowZoneOf(const LogicalNode& node, int column);

}  // namespace millrace
