#include "worker/operator/expand/expand.h"

#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/util.h"
#include "arrow/record_batch.h"
#include "arrow/scalar.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/plan/operator_rules.h"

namespace millrace {
namespace {

class Expand final : public Operator {
 public:
  Expand(ExpandSpec spec, std::shared_ptr<arrow::Schema> output)
      : spec_(std::move(spec)), output_(std::move(output)) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    if (batch.num_rows() == 0) return Progress::kDone;
    batch_ = std::move(batch);
    next_ = 0;
    return Resume(out);
  }

  absl::StatusOr<Progress> Resume(Output& out) override {
    for (; batch_.num_rows() > 0 && next_ < spec_.sets.size(); ++next_) {
      if (out.full()) return Progress::kBlockedOutput;
      ASSIGN_OR_RETURN(Batch expanded, RowsOf(spec_.sets[next_]));
      out.Emit(std::move(expanded));
    }
    batch_ = Batch();
    return Progress::kDone;
  }

 private:
  absl::StatusOr<Batch> RowsOf(const ExpandSpec::Set& set) const {
    const int64_t rows = batch_.num_rows();
    std::vector<std::shared_ptr<arrow::Array>> columns = batch_.columns()->columns();
    for (const int column : set.null_columns) {
      ASSIGN_OR_RETURN(columns[column],
                       FromArrow(arrow::MakeArrayOfNull(output_->field(column)->type(), rows)));
    }
    ASSIGN_OR_RETURN(columns.emplace_back(),
                     FromArrow(arrow::MakeArrayFromScalar(arrow::Int64Scalar(set.id), rows)));
    return Batch(arrow::RecordBatch::Make(output_, rows, std::move(columns)), batch_.row_kinds());
  }

  const ExpandSpec spec_;
  const std::shared_ptr<arrow::Schema> output_;
  Batch batch_;  // Of which the sets from next_ on are still to be given.
  size_t next_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Operator>> NewExpand(const OperatorNode& node, const Schema& input) {
  if (const absl::Status status = CheckOperator(node, input); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(node.name, ": ", status.message()));
  }
  return std::make_unique<Expand>(std::get<ExpandSpec>(node.spec), node.output.ToArrow());
}

}  // namespace millrace
