#include "worker/operator/calc/calc.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_primitive.h"
#include "arrow/compute/api_vector.h"
#include "arrow/datum.h"
#include "arrow/record_batch.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/expr/evaluator.h"
#include "common/plan/operator_rules.h"
#include "worker/operator/calc/leaf_columns.h"

namespace millrace {
namespace {

using Columns = std::vector<std::shared_ptr<arrow::Array>>;
using RowKinds = std::shared_ptr<const std::vector<RowKind>>;

// The kinds of the rows that `condition` keeps, which are `rows`. Of an update it may keep one side
// only: then the row is new for those behind, or gone.
RowKinds FilterKinds(const RowKinds& kinds, const arrow::BooleanArray& condition, int64_t rows) {
  if (kinds == nullptr) return nullptr;
  const auto kept = [&](int64_t row) { return condition.IsValid(row) && condition.Value(row); };
  std::vector<RowKind> filtered;
  filtered.reserve(static_cast<size_t>(rows));
  for (int64_t row = 0; row < condition.length(); ++row) {
    const RowKind kind = (*kinds)[row];
    const bool update = kind == RowKind::kUpdateBefore && row + 1 < condition.length() &&
                        (*kinds)[row + 1] == RowKind::kUpdateAfter;
    if (!update) {
      if (kept(row)) filtered.push_back(kind);
      continue;
    }
    const bool before = kept(row);
    const bool after = kept(++row);
    if (before) filtered.push_back(after ? RowKind::kUpdateBefore : RowKind::kDelete);
    if (after) filtered.push_back(before ? RowKind::kUpdateAfter : RowKind::kInsert);
  }
  return std::make_shared<const std::vector<RowKind>>(std::move(filtered));
}

struct CalcParts {
  std::unique_ptr<Evaluator> condition;    // Over the input; null: every row is kept.
  std::unique_ptr<Evaluator> leaves;       // Over the input: what the projections read.
  std::unique_ptr<Evaluator> projections;  // Over the leaves.
  std::shared_ptr<arrow::Schema> leaf_schema;
  std::shared_ptr<arrow::Schema> output_schema;
};

class Calc final : public Operator {
 public:
  explicit Calc(CalcParts parts) : parts_(std::move(parts)) {}

  absl::Status Open(const TaskContext& context, const StateReader*) override {
    for (Evaluator* const evaluator :
         {parts_.condition.get(), parts_.leaves.get(), parts_.projections.get()}) {
      if (evaluator != nullptr && context.clock != nullptr) evaluator->UseClock(*context.clock);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    std::shared_ptr<arrow::Array> condition;
    int64_t rows = batch.num_rows();
    if (parts_.condition != nullptr) {
      ASSIGN_OR_RETURN(const Columns values, parts_.condition->Evaluate(batch));
      condition = values[0];
      rows = static_cast<const arrow::BooleanArray&>(*condition).true_count();
      if (rows == 0) return Progress::kDone;
    }
    ASSIGN_OR_RETURN(Columns leaves, parts_.leaves->Evaluate(batch));
    RowKinds kinds = batch.row_kinds();
    if (rows < batch.num_rows()) {
      RETURN_IF_ERROR(Filter(condition, leaves));
      kinds = FilterKinds(kinds, static_cast<const arrow::BooleanArray&>(*condition), rows);
    }
    const Batch read(arrow::RecordBatch::Make(parts_.leaf_schema, rows, std::move(leaves)));
    ASSIGN_OR_RETURN(Columns columns, parts_.projections->Evaluate(read));
    out.Emit(Batch(arrow::RecordBatch::Make(parts_.output_schema, rows, std::move(columns)),
                   std::move(kinds)));
    return Progress::kDone;
  }

 private:
  // A condition that is NULL drops its row, as one that is false.
  static absl::Status Filter(const std::shared_ptr<arrow::Array>& condition, Columns& columns) {
    for (std::shared_ptr<arrow::Array>& column : columns) {
      ASSIGN_OR_RETURN(const arrow::Datum filtered,
                       FromArrow(arrow::compute::Filter(column, condition)));
      column = filtered.make_array();
    }
    return absl::OkStatus();
  }

  const CalcParts parts_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Operator>> NewCalc(const OperatorNode& node, const Schema& input) {
  if (const absl::Status status = CheckOperator(node, input); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(node.name, ": ", status.message()));
  }
  const auto& spec = std::get<CalcSpec>(node.spec);
  CalcParts parts;
  if (spec.condition != nullptr) {
    ASSIGN_OR_RETURN(parts.condition, Evaluator::Create(input, {spec.condition}));
  }
  const LeafColumns split = SplitLeaves(spec.projections, input);
  ASSIGN_OR_RETURN(parts.leaves, Evaluator::Create(input, split.leaves));
  ASSIGN_OR_RETURN(parts.projections, Evaluator::Create(split.schema, split.rewritten));
  parts.leaf_schema = split.schema.ToArrow();
  parts.output_schema = node.output.ToArrow();
  return std::make_unique<Calc>(std::move(parts));
}

}  // namespace millrace
