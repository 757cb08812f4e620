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

enum class AggregateFunction : uint8_t {
  kCount = 1,
  kSum = 2,
  kMin = 3,
  kMax = 4,
  kAvg = 5,
  kFirstValue = 6,
  kLastValue = 7,
  kListAgg = 8,
  kArrayAgg = 9,
  kCollect = 10,
  kPercentile = 11,
  kApproxCountDistinct = 12,
  kJsonObjectAgg = 13,  // Of texts "key":value
  kJsonArrayAgg = 14,   // Of texts that are JSON values.
};

struct AggregateCall {
  AggregateFunction function = AggregateFunction::kCount;
  std::optional<int> argument;       // Empty: COUNT(*).
  std::optional<int> filter_column;  // FILTER (WHERE ...), as a BOOLEAN column.
  DataType result_type;
  bool distinct = false;            // Each value counts once.
  bool keeps_nulls = false;         // ARRAY_AGG: NULLs are elements.
  std::string separator;            // LISTAGG
  std::vector<double> percentages;  // PERCENTILE: one, or those of an ARRAY result.
  std::optional<int> weight;        // PERCENTILE: so often each value counts, a BIGINT column.

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

// GROUPING SETS: every row once for each set, with the columns that the set does not group by as
// NULLs. Output: the input's columns, then the id of the set, a BIGINT NOT NULL.
struct ExpandSpec {
  struct Set {
    std::vector<int> null_columns;
    int64_t id = 0;  // Of no other set.

    friend bool operator==(const Set&, const Set&) = default;
  };
  std::vector<Set> sets;  // At least one.
};

// Adds the windows that each row is in: TUMBLE, HOP or CUMULATE of event time. A row of several
// windows comes once for each. Output: the input's columns, window_start and window_end
// (TIMESTAMPs), and window_time (of the time column's type).
struct WindowTvfSpec {
  WindowSpec window;
};

struct SortColumn {
  int column = 0;
  bool descending = false;
  bool nulls_first = false;

  friend bool operator==(const SortColumn&, const SortColumn&) = default;
};

// The first rows of each key of a window, in an order: ROW_NUMBER() from `first` to `last`. Output:
// the input's columns and, if it emits them, the row numbers (BIGINT).
struct WindowRankSpec {
  WindowSpec window;  // Attached.
  std::vector<int> key_columns;
  std::vector<SortColumn> order;  // Rows that tie stay in the order of their coming.
  int64_t first = 1;
  int64_t last = 1;
  bool emits_rank = false;
  bool latest_first = false;  // Of rows that tie the one that came last is the first.
};

enum class JoinType : uint8_t {
  kInner = 1,
  kLeft = 2,
  kRight = 3,
  kFull = 4,
  kSemi = 5,  // Rows of the left input that have a partner.
  kAnti = 6,  // Those that have none.
};

// Whether rows of the left input come without a partner of the right one, filled up with NULLs.
inline bool KeepsLeft(JoinType type) { return type == JoinType::kLeft || type == JoinType::kFull; }
inline bool KeepsRight(JoinType type) {
  return type == JoinType::kRight || type == JoinType::kFull;
}
// Whether the right input's columns are in the output.
inline bool GivesRight(JoinType type) { return type != JoinType::kSemi && type != JoinType::kAnti; }

// Joins the rows of two inputs that are of one window, have equal keys (NULL equals nothing) and
// fulfil the condition; results when the watermark passes the window's end. Output: the columns of
// the left input, then those of the right one unless it is a semi or anti join.
struct WindowJoinSpec {
  struct Side {
    WindowSpec window;             // Attached.
    std::vector<int> key_columns;  // As many as the other side's, of the same types.
  };
  JoinType type = JoinType::kInner;
  Side left;
  Side right;
  ExpressionPtr condition;  // Over the columns of both inputs; null pointer: none.
};

// Writes to a table. Input: table.schema.
struct SinkSpec {
  TableDescription table;
};

using OperatorSpec =
    std::variant<SourceSpec, CalcSpec, WindowAggregateSpec, GroupAggregateSpec, SinkSpec,
                 ExpandSpec, WindowTvfSpec, WindowRankSpec, WindowJoinSpec>;

// How many inputs it has. An operator with two begins its stage.
inline int InputsOf(const OperatorSpec& spec) {
  if (std::holds_alternative<SourceSpec>(spec)) return 0;
  return std::holds_alternative<WindowJoinSpec>(spec) ? 2 : 1;
}

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
