// The operators of a physical plan, as plain data: the planner writes them, worker/task makes
// running operators of them.
//
// Columns are named by index into the operator's input. A new operator is one struct here, one line
// in OperatorSpec, its twin in proto/plan.proto and common/wire, and its folder in worker/operator.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/columnar/schema.h"
#include "common/expr/expression.h"
#include "common/plan/table.h"

namespace millrace {

// WATERMARK FOR ... AS ...: evaluated for every record of a split, over the source's columns.
struct WatermarkSpec {
  ExpressionPtr watermark;      // TIMESTAMP(<=3) or TIMESTAMP_LTZ(<=3); NULL moves nothing.
  int64_t idle_timeout_ms = 0;  // scan.watermark.idle-timeout; 0: a split is never idle.
};

// Reads a table. Output: table.schema.
struct SourceSpec {
  TableDescription table;
  std::optional<WatermarkSpec> watermark;
};

// Filters, then projects. Output: one column per projection.
struct CalcSpec {
  ExpressionPtr condition;  // BOOLEAN; null pointer: keeps every row. A NULL result drops the row.
  std::vector<ExpressionPtr> projections;
};

enum class WindowKind : uint8_t {
  kTumble = 1,
  kHop = 2,
  kCumulate = 3,
  kSession = 4,   // Of rows with equal keys that follow each other within the gap.
  kAttached = 5,  // The rows name their window: they are results of windows.
};

// Windows are [start, end) on the axis of event time or processing time; the windows of offset 0
// are aligned to 1970-01-01T00:00:00 of `time_zone`.
struct WindowSpec {
  WindowKind kind = WindowKind::kTumble;
  int time_column = 0;    // A TIMESTAMP(<=3) or TIMESTAMP_LTZ(<=3) column. Attached: the end.
  int64_t size_ms = 0;    // SESSION: the gap. Attached: 0.
  int64_t slide_ms = 0;   // HOP: the slide; CUMULATE: the step; else equal to size_ms.
  int64_t offset_ms = 0;  // TUMBLE, HOP: in [0, slide_ms); CUMULATE: in [0, size_ms); else 0.
  int start_column = 0;   // Attached only: the start, a column like the end.
  // Rows belong to the time at which they are worked on, and the clock ends windows. The time
  // column, a TIMESTAMP_LTZ, then only says what type times have.
  bool processing_time = false;
  // Of times of TIMESTAMP_LTZ, whose windows are those of the clock of this zone: a window's start
  // and end are local times. Attached: the zone that the bounds are local in. Empty: UTC.
  std::string time_zone;

  friend bool operator==(const WindowSpec&, const WindowSpec&) = default;
};

enum class AggregateFunction : uint8_t { kCount = 1, kSum = 2, kMin = 3, kMax = 4, kAvg = 5 };

struct AggregateCall {
  AggregateFunction function = AggregateFunction::kCount;
  std::optional<int> argument;       // Empty: COUNT(*).
  std::optional<int> filter_column;  // FILTER (WHERE ...), as a BOOLEAN column.
  DataType result_type;
  bool distinct = false;  // Of COUNT(x), SUM and AVG: each value counts once.

  friend bool operator==(const AggregateCall&, const AggregateCall&) = default;
};

// GROUP BY keys and window, results when the watermark passes the window's end.
// Output: the key columns, one column per call, window_start and window_end (TIMESTAMP(3)) and
// window_time (of the time column's type).
struct WindowAggregateSpec {
  WindowSpec window;
  std::vector<int> key_columns;
  std::vector<AggregateCall> calls;
  // Of an attached window without keys and with one call, MIN or MAX: gives the rows that have it,
  // as they came, instead of the value.
  bool rows_of_extreme = false;
};

// GROUP BY keys without a window: a result for each group from its first row on, updated by later
// ones. Output: the key columns, one column per call.
struct GroupAggregateSpec {
  std::vector<int> key_columns;  // Empty: all rows are one group.
  std::vector<AggregateCall> calls;
  bool emits_update_before = false;  // An update is -U and +U, not +U alone.
};

// Writes to a table. Input: table.schema.
struct SinkSpec {
  TableDescription table;
};

using OperatorSpec =
    std::variant<SourceSpec, CalcSpec, WindowAggregateSpec, GroupAggregateSpec, SinkSpec>;

// One link of a chain.
struct OperatorNode {
  std::string name;  // For people: "TUMBLE(at, 1 min) by card".
  // Identity of its state: a fingerprint of the logical sub-plan that ends here (README.md, "State
  // ids"). Unique in a job.
  std::string state_id;
  Schema output;  // Empty for a sink.
  OperatorSpec spec;
};

}  // namespace millrace
