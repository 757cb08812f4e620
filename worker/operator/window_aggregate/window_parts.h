// What the kinds of window aggregate have in common: the parts they are made of, and the checks of
// what they are given.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/columnar/batch.h"
#include "common/columnar/key_codec.h"
#include "common/columnar/schema.h"
#include "common/metrics/metrics.h"
#include "common/plan/operators.h"
#include "worker/aggregate/accumulators.h"
#include "worker/contract/keyed_state.h"
#include "worker/contract/operator.h"

namespace millrace {

struct WindowAggregateParts {
  std::string state_id;
  WindowSpec window;
  std::string time_name;  // Of its time column.
  AccumulatorLayout layout;
  KeyCodec keys;
  Schema output;
};

// What every kind counts: windows that fired, rows that came too late.
struct WindowCounters {
  Counter* fired = nullptr;
  Counter* late = nullptr;
};
WindowCounters CountersOf(const TaskContext& context, const WindowAggregateParts& parts);

// The state whose entries are accumulators in the layout of `parts`.
absl::StatusOr<KeyedState*> OpenAccumulators(const TaskContext& context,
                                             const WindowAggregateParts& parts);

// kUnimplemented for rows that take others back (-U, -D).
absl::Status CheckInsertOnly(const Batch& batch);

// kInvalidArgument, naming the column, if a row has no time. Returns the times in milliseconds.
absl::StatusOr<const int64_t*> TimesOf(const Batch& batch, const WindowAggregateParts& parts);

// kInvalidArgument for a time that no window can hold.
absl::Status OutOfReach(const WindowAggregateParts& parts);

}  // namespace millrace
