#include "common/plan/operator_rules.h"

#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

absl::Status Broken(std::string_view what, std::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(AbslView(what), " ", AbslView(problem)));
}

bool IsSameType(const DataType& a, const DataType& b) {
  return a.WithNullable(true) == b.WithNullable(true);
}

bool IsEventTime(const DataType& type) { return type.IsTimestamp() && type.precision() <= 3; }

bool IsOrdered(const DataType& type) {
  return type.kind() != TypeKind::kRow && type.kind() != TypeKind::kArray &&
         type.kind() != TypeKind::kMap && type.kind() != TypeKind::kNull;
}

absl::Status CheckColumn(std::string_view what, int index, const Schema& input) {
  if (index >= 0 && index < input.size()) return absl::OkStatus();
  return Broken(what, absl::StrCat("is column ", index, " of an input with ", input.size()));
}

absl::Status CheckExpression(std::string_view what, const ExpressionPtr& expression,
                             const Schema& input);

absl::Status CheckLiteral(std::string_view what, const Expression& literal) {
  if (literal.literal() == nullptr) return Broken(what, "has a literal without a value");
  const arrow::Scalar& value = *literal.literal();
  if (!value.is_valid || value.type->Equals(*literal.type().ToArrow())) return absl::OkStatus();
  return Broken(what, absl::StrCat("has a literal of type ", literal.type().ToString(),
                                   " whose value is an Arrow ", value.type->ToString()));
}

absl::Status CheckReference(std::string_view what, const Expression& column, const Schema& input) {
  RETURN_IF_ERROR(CheckColumn(what, column.index(), input));
  const DataType& type = input.field(column.index()).type;
  if (IsSameType(type, column.type())) return absl::OkStatus();
  return Broken(what, absl::StrCat("takes column ", column.index(), " for a ",
                                   column.type().ToString(), ", it is a ", type.ToString()));
}

absl::Status CheckArguments(std::string_view what, const Expression& expression,
                            const Schema& input) {
  for (const ExpressionPtr& argument : expression.arguments()) {
    RETURN_IF_ERROR(CheckExpression(what, argument, input));
  }
  return absl::OkStatus();
}

absl::Status CheckExpression(std::string_view what, const ExpressionPtr& expression,
                             const Schema& input) {
  if (expression == nullptr) return Broken(what, "is missing");
  switch (expression->kind()) {
    case ExpressionKind::kLiteral:
      return CheckLiteral(what, *expression);
    case ExpressionKind::kColumn:
      return CheckReference(what, *expression, input);
    case ExpressionKind::kField:
    case ExpressionKind::kCall:
      return CheckArguments(what, *expression, input);
  }
  return Broken(what, "is of an unknown kind");
}

absl::Status CheckType(std::string_view what, const DataType& type, const DataType& expected) {
  if (IsSameType(type, expected)) return absl::OkStatus();
  return Broken(what,
                absl::StrCat("is a ", type.ToString(), " and must be a ", expected.ToString()));
}

absl::Status CheckTable(const TableDescription& table) {
  if (table.name.empty()) return absl::InvalidArgumentError("the table has no name");
  if (!table.options.contains("connector")) {
    return absl::InvalidArgumentError(
        absl::StrCat("table ", table.name, " has no option 'connector'"));
  }
  return absl::OkStatus();
}

absl::Status CheckSource(const OperatorNode& node, const SourceSpec& source, const Schema& input) {
  RETURN_IF_ERROR(CheckTable(source.table));
  if (!HaveSameTypes(node.output, source.table.schema)) {
    return absl::InvalidArgumentError(absl::StrCat("its output is ", node.output.ToString(),
                                                   ", its table's columns are ",
                                                   source.table.schema.ToString()));
  }
  if (!source.watermark.has_value()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckExpression("the watermark", source.watermark->watermark, node.output));
  const DataType& type = source.watermark->watermark->type();
  if (!IsEventTime(type)) {
    return Broken("the watermark", absl::StrCat("is a ", type.ToString(),
                                                " and must be a TIMESTAMP(3) or TIMESTAMP_LTZ(3)"));
  }
  if (source.watermark->idle_timeout_ms < 0) return Broken("the idle timeout", "is negative");
  return absl::OkStatus();
}

absl::Status CheckCalc(const OperatorNode& node, const CalcSpec& calc, const Schema& input) {
  if (calc.condition != nullptr) {
    RETURN_IF_ERROR(CheckExpression("the condition", calc.condition, input));
    RETURN_IF_ERROR(CheckType("the condition", calc.condition->type(), DataType::Boolean()));
  }
  if (static_cast<int>(calc.projections.size()) != node.output.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "it has ", calc.projections.size(), " projections and ", node.output.size(), " columns"));
  }
  for (int i = 0; i < node.output.size(); ++i) {
    const std::string what = absl::StrCat("projection ", i);
    RETURN_IF_ERROR(CheckExpression(what, calc.projections[i], input));
    RETURN_IF_ERROR(CheckType(what, calc.projections[i]->type(), node.output.field(i).type));
  }
  return absl::OkStatus();
}

absl::Status CheckWindow(const WindowSpec& window, const Schema& input) {
  RETURN_IF_ERROR(CheckColumn("the window's time", window.time_column, input));
  const DataType& type = input.field(window.time_column).type;
  if (!IsEventTime(type)) {
    return Broken(
        "the window's time",
        absl::StrCat("is a ", type.ToString(), " and must be a TIMESTAMP(3) or TIMESTAMP_LTZ(3)"));
  }
  if (window.processing_time &&
      (window.kind == WindowKind::kAttached || type.kind() != TypeKind::kTimestampLtz)) {
    return Broken("the window", "is one of processing time without a TIMESTAMP_LTZ column");
  }
  if (window.kind == WindowKind::kAttached) {
    RETURN_IF_ERROR(CheckColumn("the window's start", window.start_column, input));
    RETURN_IF_ERROR(CheckType("the window's start", input.field(window.start_column).type, type));
    if (window.size_ms == 0 && window.slide_ms == 0 && window.offset_ms == 0) {
      return absl::OkStatus();
    }
    return Broken("the window", "has a size of its own");
  }
  if (window.size_ms <= 0 || window.slide_ms <= 0) {
    return Broken("the window", "needs a positive size and slide");
  }
  const int64_t offsets = window.kind == WindowKind::kCumulate ? window.size_ms : window.slide_ms;
  if (window.offset_ms < 0 || window.offset_ms >= offsets) {
    return Broken("the window", absl::StrCat("has the offset ", window.offset_ms,
                                             " ms, not one in [0, ", offsets, ")"));
  }
  switch (window.kind) {
    case WindowKind::kTumble:
      if (window.slide_ms == window.size_ms) return absl::OkStatus();
      return Broken("the window", "has a slide of its own");
    case WindowKind::kSession:
      if (window.slide_ms == window.size_ms && window.offset_ms == 0) return absl::OkStatus();
      return Broken("the window", "has a slide or an offset of its own");
    case WindowKind::kCumulate:
      if (window.size_ms % window.slide_ms == 0) return absl::OkStatus();
      return Broken("the window", "has a size that is no multiple of its step");
    case WindowKind::kHop:
    case WindowKind::kAttached:
      return absl::OkStatus();
  }
  return Broken("the window", "is of an unknown kind");
}

absl::Status CheckCall(std::string_view what, const AggregateCall& call, const Schema& input) {
  if (call.argument.has_value()) {
    RETURN_IF_ERROR(
        CheckColumn(absl::StrCat(AbslView(what), "'s argument"), *call.argument, input));
  } else if (call.function != AggregateFunction::kCount) {
    return Broken(what, "has no argument: only COUNT(*) goes without");
  }
  if (call.distinct && !call.argument.has_value()) return Broken(what, "is DISTINCT of nothing");
  if ((call.function == AggregateFunction::kPercentile) == call.percentages.empty()) {
    return Broken(what, "must have percentages exactly if it is a PERCENTILE");
  }
  for (const double percentage : call.percentages) {
    if (!(percentage >= 0 && percentage <= 1))
      return Broken(what, "has a percentage beyond [0, 1]");
  }
  if (call.weight.has_value()) {
    const std::string weight = absl::StrCat(AbslView(what), "'s weight");
    RETURN_IF_ERROR(CheckColumn(weight, *call.weight, input));
    RETURN_IF_ERROR(CheckType(weight, input.field(*call.weight).type, DataType::BigInt()));
  }
  if (!call.filter_column.has_value()) return absl::OkStatus();
  const std::string filter = absl::StrCat(AbslView(what), "'s filter");
  RETURN_IF_ERROR(CheckColumn(filter, *call.filter_column, input));
  return CheckType(filter, input.field(*call.filter_column).type, DataType::Boolean());
}

// The columns that keys and calls give, without their names.
absl::StatusOr<std::vector<Field>> GroupedFields(const std::vector<int>& keys,
                                                 const std::vector<AggregateCall>& calls,
                                                 const Schema& input) {
  std::vector<Field> fields;
  for (const int key : keys) {
    RETURN_IF_ERROR(CheckColumn("a key", key, input));
    fields.push_back(input.field(key));
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    RETURN_IF_ERROR(CheckCall(absl::StrCat("aggregate ", i), calls[i], input));
    fields.push_back({.name = "aggregate", .type = calls[i].result_type});
  }
  return fields;
}

absl::Status CheckOutput(const OperatorNode& node, std::vector<Field> expected) {
  const Schema columns(std::move(expected));
  if (HaveSameTypes(node.output, columns)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("its output is ", node.output.ToString(),
                                                 " and must be like ", columns.ToString()));
}

absl::Status CheckGroupAggregate(const OperatorNode& node, const GroupAggregateSpec& aggregate,
                                 const Schema& input) {
  if (aggregate.key_columns.empty() && aggregate.calls.empty()) {
    return absl::InvalidArgumentError("it has neither keys nor aggregates");
  }
  ASSIGN_OR_RETURN(std::vector<Field> expected,
                   GroupedFields(aggregate.key_columns, aggregate.calls, input));
  return CheckOutput(node, std::move(expected));
}

absl::Status CheckWindowExtreme(const OperatorNode& node, const WindowAggregateSpec& aggregate,
                                const Schema& input) {
  const bool fits = aggregate.window.kind == WindowKind::kAttached &&
                    aggregate.key_columns.empty() && aggregate.calls.size() == 1 &&
                    !aggregate.calls.front().filter_column.has_value() &&
                    (aggregate.calls.front().function == AggregateFunction::kMin ||
                     aggregate.calls.front().function == AggregateFunction::kMax);
  if (!fits) {
    return Broken("the window", "can only give the rows of one MIN or MAX, without keys");
  }
  return CheckOutput(node, input.fields());
}

absl::Status CheckWindowAggregate(const OperatorNode& node, const WindowAggregateSpec& aggregate,
                                  const Schema& input) {
  RETURN_IF_ERROR(CheckWindow(aggregate.window, input));
  ASSIGN_OR_RETURN(std::vector<Field> expected,
                   GroupedFields(aggregate.key_columns, aggregate.calls, input));
  if (aggregate.rows_of_extreme) return CheckWindowExtreme(node, aggregate, input);
  expected.push_back({.name = "window_start", .type = DataType::Timestamp(3)});
  expected.push_back({.name = "window_end", .type = DataType::Timestamp(3)});
  expected.push_back(
      {.name = "window_time", .type = input.field(aggregate.window.time_column).type});
  return CheckOutput(node, std::move(expected));
}

absl::Status CheckExpand(const OperatorNode& node, const ExpandSpec& expand, const Schema& input) {
  if (expand.sets.empty()) return absl::InvalidArgumentError("it has no sets");
  std::set<int64_t> ids;
  for (const ExpandSpec::Set& set : expand.sets) {
    if (!ids.insert(set.id).second) return Broken("a set", absl::StrCat("repeats the id ", set.id));
    for (const int column : set.null_columns) {
      RETURN_IF_ERROR(CheckColumn("a set's NULL", column, input));
    }
  }
  std::vector<Field> expected = input.fields();
  expected.push_back({.name = "id", .type = DataType::BigInt()});
  return CheckOutput(node, std::move(expected));
}

absl::Status CheckWindowTvf(const OperatorNode& node, const WindowTvfSpec& tvf,
                            const Schema& input) {
  RETURN_IF_ERROR(CheckWindow(tvf.window, input));
  if (tvf.window.kind == WindowKind::kSession || tvf.window.kind == WindowKind::kAttached) {
    return Broken("the window", "does not follow from the time of a row alone");
  }
  if (tvf.window.processing_time) {
    return Broken("the window", "is of processing time, which a row by itself does not have");
  }
  std::vector<Field> expected = input.fields();
  expected.push_back({.name = "window_start", .type = DataType::Timestamp(3)});
  expected.push_back({.name = "window_end", .type = DataType::Timestamp(3)});
  expected.push_back({.name = "window_time", .type = input.field(tvf.window.time_column).type});
  return CheckOutput(node, std::move(expected));
}

// A window that rows bring along, and keys.
absl::Status CheckAttached(const WindowSpec& window, const std::vector<int>& keys,
                           const Schema& input) {
  if (window.kind != WindowKind::kAttached) return Broken("the window", "must be the rows' own");
  RETURN_IF_ERROR(CheckWindow(window, input));
  for (const int key : keys) RETURN_IF_ERROR(CheckColumn("a key", key, input));
  return absl::OkStatus();
}

absl::Status CheckWindowRank(const OperatorNode& node, const WindowRankSpec& rank,
                             const Schema& input) {
  RETURN_IF_ERROR(CheckAttached(rank.window, rank.key_columns, input));
  if (rank.order.empty()) return Broken("the order", "is missing");
  for (const SortColumn& sort : rank.order) {
    RETURN_IF_ERROR(CheckColumn("a column of the order", sort.column, input));
    const DataType& type = input.field(sort.column).type;
    if (!IsOrdered(type)) {
      return Broken("a column of the order",
                    absl::StrCat("is a ", type.ToString(), ", which has no order"));
    }
  }
  if (rank.first < 1 || rank.last < rank.first) {
    return Broken("the row numbers",
                  absl::StrCat("from ", rank.first, " to ", rank.last, " are none"));
  }
  std::vector<Field> expected = input.fields();
  if (rank.emits_rank) expected.push_back({.name = "rank", .type = DataType::BigInt()});
  return CheckOutput(node, std::move(expected));
}

absl::Status CheckWindowJoin(const OperatorNode& node, const WindowJoinSpec& join,
                             const std::vector<Schema>& inputs) {
  const Schema& left = inputs[0];
  const Schema& right = inputs[1];
  if (join.type < JoinType::kInner || join.type > JoinType::kAnti) {
    return Broken("the join", "is of an unknown type");
  }
  RETURN_IF_ERROR(CheckAttached(join.left.window, join.left.key_columns, left));
  RETURN_IF_ERROR(CheckAttached(join.right.window, join.right.key_columns, right));
  RETURN_IF_ERROR(CheckType("the right window's end",
                            right.field(join.right.window.time_column).type,
                            left.field(join.left.window.time_column).type));
  if (join.left.key_columns.size() != join.right.key_columns.size()) {
    return Broken("the keys", "are not as many on both sides");
  }
  for (size_t i = 0; i < join.left.key_columns.size(); ++i) {
    RETURN_IF_ERROR(CheckType(absl::StrCat("the right input's key ", i),
                              right.field(join.right.key_columns[i]).type,
                              left.field(join.left.key_columns[i]).type));
  }
  std::vector<Field> both = left.fields();
  both.insert(both.end(), right.fields().begin(), right.fields().end());
  const Schema pairs(std::move(both));
  if (join.condition != nullptr) {
    RETURN_IF_ERROR(CheckExpression("the condition", join.condition, pairs));
    RETURN_IF_ERROR(CheckType("the condition", join.condition->type(), DataType::Boolean()));
  }
  return CheckOutput(node, (GivesRight(join.type) ? pairs : left).fields());
}

absl::Status CheckSink(const OperatorNode& node, const SinkSpec& sink, const Schema& input) {
  RETURN_IF_ERROR(CheckTable(sink.table));
  if (node.output.size() > 0) return absl::InvalidArgumentError("a sink has no output");
  if (HaveSameTypes(input, sink.table.schema)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("its input is ", input.ToString(),
                                                 ", its table's columns are ",
                                                 sink.table.schema.ToString()));
}

struct Check {
  const OperatorNode& node;
  const std::vector<Schema>& inputs;
  const Schema& input;  // The first one, or one without columns.

  absl::Status operator()(const SourceSpec& spec) const { return CheckSource(node, spec, input); }
  absl::Status operator()(const CalcSpec& spec) const { return CheckCalc(node, spec, input); }
  absl::Status operator()(const WindowAggregateSpec& spec) const {
    return CheckWindowAggregate(node, spec, input);
  }
  absl::Status operator()(const GroupAggregateSpec& spec) const {
    return CheckGroupAggregate(node, spec, input);
  }
  absl::Status operator()(const WindowTvfSpec& spec) const {
    return CheckWindowTvf(node, spec, input);
  }
  absl::Status operator()(const WindowRankSpec& spec) const {
    return CheckWindowRank(node, spec, input);
  }
  absl::Status operator()(const WindowJoinSpec& spec) const {
    return CheckWindowJoin(node, spec, inputs);
  }
  absl::Status operator()(const SinkSpec& spec) const { return CheckSink(node, spec, input); }
  absl::Status operator()(const ExpandSpec& spec) const { return CheckExpand(node, spec, input); }
};

}  // namespace

absl::Status CheckOperator(const OperatorNode& node, const std::vector<Schema>& inputs) {
  if (static_cast<int>(inputs.size()) != InputsOf(node.spec)) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has ", inputs.size(), " inputs, not ", InputsOf(node.spec)));
  }
  const Schema none;
  return std::visit(Check{node, inputs, inputs.empty() ? none : inputs.front()}, node.spec);
}

absl::Status CheckOperator(const OperatorNode& node, const Schema& input) {
  return CheckOperator(node, std::vector<Schema>{input});
}

bool HaveSameTypes(const Schema& a, const Schema& b) {
  if (a.size() != b.size()) return false;
  for (int i = 0; i < a.size(); ++i) {
    if (!IsSameType(a.field(i).type, b.field(i).type)) return false;
  }
  return true;
}

}  // namespace millrace
