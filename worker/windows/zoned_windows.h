// Windows on another axis than the event time of UTC: on the clock of a time zone, or on that of
// the machine (processing time).
//
// Both are made of an operator that knows event time only. Rows get their time on the other axis
// before it sees them, it is told how far that axis is complete, and window_time goes back to an
// instant behind it. Local times: Flink's rules, TimeZone::CompleteLocalMillis. Processing time:
// rows belong to the time at which they come, so none is late; a window ends when the clock shows
// its end. After a restore windows that have ended meanwhile fire at once.
#pragma once

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "common/plan/operators.h"
#include "worker/contract/operator.h"

namespace millrace {

// What an operator of event time must be made for, to be put on the axis of `spec`: rows have one
// more column, their time there, and aggregates see the time column as it is. Empty: as they are.
struct AxisInput {
  Schema columns;
  WindowSpec window;
};
std::optional<AxisInput> InputOnAxisOf(const WindowSpec& spec, const Schema& input);

// `windows` on the axis of `spec`: itself if that is the event time of UTC. kInvalidArgument for an
// unknown time zone. REQUIRES: `spec` and `input` obey operator_rules.h, `windows` is made for
// them.
absl::StatusOr<std::unique_ptr<Operator>> OnAxisOf(const WindowSpec& spec, const Schema& input,
                                                   std::unique_ptr<Operator> windows);

}  // namespace millrace
