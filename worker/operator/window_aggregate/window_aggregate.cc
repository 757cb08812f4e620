#include "worker/operator/window_aggregate/window_aggregate.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/plan/operator_rules.h"
#include "worker/operator/window_aggregate/session_aggregate.h"
#include "worker/operator/window_aggregate/sliced_aggregate.h"
#include "worker/operator/window_aggregate/window_extreme.h"
#include "worker/windows/sliced_windows.h"
#include "worker/windows/zoned_windows.h"

namespace millrace {
namespace {

absl::StatusOr<std::unique_ptr<Operator>> Make(const OperatorNode& node, const Schema& rows) {
  const auto& spec = std::get<WindowAggregateSpec>(node.spec);
  RETURN_IF_ERROR(CheckOperator(node, rows));
  const AxisInput axis =
      InputOnAxisOf(spec.window, rows).value_or(AxisInput{.columns = rows, .window = spec.window});
  const Schema& input = axis.columns;
  const WindowSpec& window = axis.window;
  if (window.size_ms > SlicedWindows::kFarthestMs) {
    return absl::InvalidArgumentError("the size of the window is beyond 73 million years");
  }
  std::vector<AggregateCall> calls = spec.calls;
  std::vector<int> key_columns = spec.key_columns;
  if (window.kind == WindowKind::kAttached) key_columns.push_back(window.start_column);
  if (window.kind == WindowKind::kSession) AddSessionBounds(input, window, calls);
  ASSIGN_OR_RETURN(AccumulatorLayout layout, AccumulatorLayout::Create(calls, input));
  ASSIGN_OR_RETURN(KeyCodec keys, KeyCodec::Create(input, std::move(key_columns)));
  WindowAggregateParts parts{
      .state_id = node.state_id,
      .window = window,
      .time_name = input.field(window.time_column).name,
      .layout = std::move(layout),
      .keys = std::move(keys),
      .output = node.output,
  };
  std::unique_ptr<Operator> made;
  if (spec.rows_of_extreme) {
    ASSIGN_OR_RETURN(made, NewWindowExtreme(std::move(parts), input));
  } else if (window.kind == WindowKind::kSession) {
    made = NewSessionAggregate(std::move(parts));
  } else {
    made = NewSlicedAggregate(std::move(parts));
  }
  return OnAxisOf(spec.window, rows, std::move(made));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Operator>> NewWindowAggregate(const OperatorNode& node,
                                                             const Schema& input) {
  absl::StatusOr<std::unique_ptr<Operator>> made = Make(node, input);
  if (made.ok()) return made;
  return absl::Status(made.status().code(), absl::StrCat(node.name, ": ", made.status().message()));
}

}  // namespace millrace
