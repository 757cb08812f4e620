// Windows that rows bring along, by their start and end: which window a row is of, and whether it
// comes too late for it.
//
// The bounds are times on the clock of the spec's zone, so a watermark, which is an instant, first
// becomes the local time up to which windows are complete. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/event_time.h"
#include "common/columnar/batch.h"
#include "common/columnar/schema.h"
#include "common/columnar/time_zone.h"
#include "common/metrics/metrics.h"
#include "common/plan/operators.h"
#include "worker/contract/operator.h"
#include "worker/contract/output.h"

namespace millrace {

class AttachedWindows {
 public:
  // Of input `index` of an operator, whose columns are `input`. kInvalidArgument for an unknown
  // time zone. REQUIRES: `window` is attached and obeys operator_rules.h.
  static absl::StatusOr<AttachedWindows> Create(const WindowSpec& window, const Schema& input,
                                                int index = 0);

  // Before the first Assign. Late rows are counted in the metric of the operator.
  void Open(const TaskContext& context);

  // Up to where windows are complete on their clock.
  int64_t CompleteMs(EventTime watermark) const {
    return zone_.CompleteLocalMillis(watermark.millis());
  }

  // Replaces `ends` by the end of each row's window, or kLateRow. Late rows are counted, and go to
  // who wants them. kUnimplemented for rows that take others back (-U, -D), kInvalidArgument if a
  // row has no window.
  absl::Status Assign(const Batch& batch, EventTime watermark, std::vector<int64_t>& ends,
                      Output& out);

 private:
  AttachedWindows(const WindowSpec& window, const Schema& input, int index, TimeZone zone);

  absl::Status CheckInsertOnly(const Batch& batch) const;

  int end_column_;
  int start_column_;
  std::string end_name_;
  int index_;
  TimeZone zone_;
  Counter* late_ = nullptr;
};

}  // namespace millrace
