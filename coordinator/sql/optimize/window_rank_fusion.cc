#include "coordinator/sql/optimize/window_rank_fusion.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "arrow/scalar.h"
#include "common/base/status_macros.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/window_origin.h"

namespace millrace {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

struct NumberRange {
  int64_t first = 1;
  int64_t last = kNoLimit;
};

// The value of a whole number as it is written.
std::optional<int64_t> WholeNumber(const Expression& expression) {
  if (expression.kind() != ExpressionKind::kLiteral || !expression.literal()->is_valid) {
    return std::nullopt;
  }
  switch (expression.type().kind()) {
    case TypeKind::kInt:
      return static_cast<const arrow::Int32Scalar&>(*expression.literal()).value;
    case TypeKind::kBigInt:
      return static_cast<const arrow::Int64Scalar&>(*expression.literal()).value;
    default:
      return std::nullopt;
  }
}

// Narrows `range` by a comparison of column `number` with a constant. False if it is something
// else.
bool Narrow(const Expression& conjunct, int number, NumberRange& range) {
  if (conjunct.kind() != ExpressionKind::kCall || conjunct.arguments().size() != 2) return false;
  const auto is_number = [&](const Expression& expression) {
    return expression.kind() == ExpressionKind::kColumn && expression.index() == number;
  };
  const Expression& a = *conjunct.arguments()[0];
  const Expression& b = *conjunct.arguments()[1];
  const bool number_first = is_number(a);
  if (!number_first && !is_number(b)) return false;
  const std::optional<int64_t> constant = WholeNumber(number_first ? b : a);
  if (!constant.has_value() || *constant == kNoLimit || *constant == -kNoLimit - 1) return false;
  const std::string& function = conjunct.function();
  const bool less = function == "less_than" || function == "less_than_or_equal";
  const bool greater = function == "greater_than" || function == "greater_than_or_equal";
  const int64_t strict = function == "less_than" || function == "greater_than" ? 1 : 0;
  if (function == "equals") {
    range.first = std::max(range.first, *constant);
    range.last = std::min(range.last, *constant);
  } else if (number_first ? less : greater) {
    range.last = std::min(range.last, *constant - strict);
  } else if (number_first ? greater : less) {
    range.first = std::max(range.first, *constant + strict);
  } else {
    return false;
  }
  return true;
}

std::optional<int> KeyWithRole(const LogicalNode& input, const std::vector<int>& keys,
                               TimeRole role) {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](int key) { return input.roles[key] == role; });
  return found == keys.end() ? std::nullopt : std::optional<int>(*found);
}

bool HoldsMap(const DataType& type) {
  return type.kind() == TypeKind::kMap ||
         std::any_of(type.children().begin(), type.children().end(), HoldsMap);
}

absl::StatusOr<LogicalPlan> MakeRank(const LogicalNode& node, LogicalPlan input,
                                     NumberRange range) {
  const auto& row_number = std::get<LogicalRowNumber>(node.spec);
  const std::optional<int> start = KeyWithRole(*input, row_number.keys, TimeRole::kWindowStart);
  const std::optional<int> end = KeyWithRole(*input, row_number.keys, TimeRole::kWindowEnd);
  if (!start.has_value() || !end.has_value()) {
    return absl::UnimplementedError(
        "ROW_NUMBER() without window_start and window_end in PARTITION BY, a Top-N without "
        "windows, is valid Flink SQL, not built yet");
  }
  for (const Field& field : input->output.fields()) {
    if (!HoldsMap(field.type)) continue;
    return absl::UnimplementedError(absl::StrCat("ROW_NUMBER() of rows with the column '",
                                                 field.name,
                                                 "', a MAP, is valid Flink SQL, not built yet"));
  }
  WindowRankSpec rank{
      .window = {.kind = WindowKind::kAttached, .time_column = *end, .start_column = *start},
      .order = row_number.order,
      .first = range.first,
      .last = range.last,
      .emits_rank = true};
  if (const WindowSpec* origin = WindowOf(*input, *end)) rank.window.time_zone = origin->time_zone;
  for (const int key : row_number.keys) {
    if (key != *start && key != *end) rank.key_columns.push_back(key);
  }
  // The last row of a time is the one that came last: as Flink's de-duplication has it, and unlike
  // its Top-N.
  const bool one_by_time = row_number.by_time && range.first == 1 && range.last == 1;
  rank.latest_first = one_by_time && rank.order.front().descending;
  return MakeWindowRank(std::move(input), {std::move(rank)}, node.output.fields().back().name);
}

absl::Status NoLimit() {
  return absl::UnimplementedError(
      "ROW_NUMBER() without a condition on the number, such as WHERE rn <= 10, is valid Flink SQL, "
      "not built yet");
}

}  // namespace

absl::StatusOr<LogicalPlan> FuseWindowRanks(const LogicalPlan& plan) {
  if (std::holds_alternative<LogicalRowNumber>(plan->spec)) return NoLimit();
  const auto* calc = std::get_if<LogicalCalc>(&plan->spec);
  const bool limits =
      calc != nullptr && std::holds_alternative<LogicalRowNumber>(plan->input().spec);
  if (!limits) {
    std::vector<LogicalPlan> inputs;
    for (const LogicalPlan& input : plan->inputs) {
      ASSIGN_OR_RETURN(inputs.emplace_back(), FuseWindowRanks(input));
    }
    return WithInputs(*plan, std::move(inputs));
  }
  const LogicalNode& numbered = plan->input();
  NumberRange range;
  LogicalCalc rest{.projections = calc->projections};
  if (calc->condition != nullptr) {
    for (const ExpressionPtr& conjunct : Conjuncts(calc->condition)) {
      if (Narrow(*conjunct, numbered.output.size() - 1, range)) continue;
      rest.condition = Conjunction(std::move(rest.condition), conjunct);
    }
  }
  if (range.last == kNoLimit) return NoLimit();
  if (range.last < range.first) {
    return absl::InvalidArgumentError(
        "the condition on ROW_NUMBER() lets no row pass: numbers begin with 1");
  }
  ASSIGN_OR_RETURN(LogicalPlan input, FuseWindowRanks(numbered.inputs.front()));
  ASSIGN_OR_RETURN(LogicalPlan ranked, MakeRank(numbered, std::move(input), range));
  return MakeCalc(std::move(ranked), std::move(rest), ColumnNames(plan->output));
}

}  // namespace millrace
