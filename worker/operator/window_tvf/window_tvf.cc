#include "worker/operator/window_tvf/window_tvf.h"

#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_primitive.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/array/builder_time.h"
#include "arrow/compute/api_vector.h"
#include "arrow/record_batch.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/columnar/time_zone.h"
#include "common/plan/operator_rules.h"
#include "worker/windows/sliced_windows.h"

namespace millrace {
namespace {

using Columns = std::vector<std::shared_ptr<arrow::Array>>;

class WindowTvf final : public Operator {
 public:
  WindowTvf(const WindowSpec& window, std::string time_name, TimeZone zone,
            std::shared_ptr<arrow::Schema> output)
      : windows_(window),
        time_column_(window.time_column),
        time_name_(std::move(time_name)),
        zone_(std::move(zone)),
        output_(std::move(output)) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    RETURN_IF_ERROR(PlaceRows(batch));
    batch_ = std::move(batch);
    return Resume(out);
  }

  // Each time round the next window of all rows that have one.
  absl::StatusOr<Progress> Resume(Output& out) override {
    while (!rows_.empty()) {
      if (out.full()) return Progress::kBlockedOutput;
      ASSIGN_OR_RETURN(Batch windowed, WithWindows());
      out.Emit(std::move(windowed));
      Advance();
    }
    batch_ = Batch();
    return Progress::kDone;
  }

 private:
  // A row and those of its windows that are still to come.
  struct PlacedRow {
    int64_t row = 0;
    int64_t window = 0;  // Ends, on the windows' clock.
    int64_t last = 0;
  };

  absl::Status PlaceRows(const Batch& batch) {
    rows_.clear();
    const auto& times = static_cast<const arrow::TimestampArray&>(*batch.column(time_column_));
    if (times.null_count() > 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("column '", time_name_,
                       "' is the event time of a window and NULL in a row; filter such rows with "
                       "WHERE ... IS NOT NULL"));
    }
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      const int64_t instant = times.Value(row);
      if (!SlicedWindows::InReach(instant)) {
        return absl::InvalidArgumentError(
            absl::StrCat("column '", time_name_,
                         "' is the event time of a window and more than 73 million years away in "
                         "a row; is it in milliseconds?"));
      }
      const int64_t slice = windows_.SliceOf(zone_.LocalMillis(instant));
      const PlacedRow placed{.row = row,
                             .window = windows_.FirstWindowOf(slice),
                             .last = windows_.LastWindowOf(slice)};
      // A HOP that slides further than its size leaves rows in no window.
      if (placed.window <= placed.last) rows_.push_back(placed);
    }
    return absl::OkStatus();
  }

  void Advance() {
    size_t kept = 0;
    for (PlacedRow& placed : rows_) {
      placed.window += windows_.slide_ms();
      if (placed.window <= placed.last) rows_[kept++] = placed;
    }
    rows_.resize(kept);
  }

  absl::StatusOr<Batch> WithWindows() const {
    ASSIGN_OR_RETURN(Columns columns, InputColumns());
    const int first = output_->num_fields() - 3;
    ASSIGN_OR_RETURN(columns.emplace_back(),
                     Times(first, [&](int64_t window) { return windows_.StartOf(window); }));
    ASSIGN_OR_RETURN(columns.emplace_back(),
                     Times(first + 1, [](int64_t window) { return window; }));
    // The last millisecond as an instant, which the watermark speaks of.
    ASSIGN_OR_RETURN(columns.emplace_back(), Times(first + 2, [&](int64_t window) {
                       return zone_.EpochMillis(window - 1);
                     }));
    return Batch(
        arrow::RecordBatch::Make(output_, static_cast<int64_t>(rows_.size()), std::move(columns)));
  }

  // Those of rows_; uncopied if these are all rows.
  absl::StatusOr<Columns> InputColumns() const {
    const Columns& columns = batch_.columns()->columns();
    if (static_cast<int64_t>(rows_.size()) == batch_.num_rows()) return columns;
    arrow::Int64Builder builder;
    RETURN_IF_ERROR(FromArrow(builder.Reserve(static_cast<int64_t>(rows_.size()))));
    for (const PlacedRow& placed : rows_) builder.UnsafeAppend(placed.row);
    ASSIGN_OR_RETURN(const std::shared_ptr<arrow::Array> indexes, FromArrow(builder.Finish()));
    Columns taken;
    for (const std::shared_ptr<arrow::Array>& column : columns) {
      ASSIGN_OR_RETURN(taken.emplace_back(), FromArrow(arrow::compute::Take(*column, *indexes)));
    }
    return taken;
  }

  template <typename TimeOf>
  absl::StatusOr<std::shared_ptr<arrow::Array>> Times(int column, TimeOf time_of) const {
    arrow::TimestampBuilder builder(output_->field(column)->type(), arrow::default_memory_pool());
    RETURN_IF_ERROR(FromArrow(builder.Reserve(static_cast<int64_t>(rows_.size()))));
    for (const PlacedRow& placed : rows_) builder.UnsafeAppend(time_of(placed.window));
    return FromArrow(builder.Finish());
  }

  const SlicedWindows windows_;
  const int time_column_;
  const std::string time_name_;
  const TimeZone zone_;
  const std::shared_ptr<arrow::Schema> output_;

  Batch batch_;
  std::vector<PlacedRow> rows_;  // Of the batch, in order: those with windows to come.
};

absl::StatusOr<std::unique_ptr<Operator>> Make(const OperatorNode& node, const Schema& input) {
  RETURN_IF_ERROR(CheckOperator(node, input));
  const WindowSpec& window = std::get<WindowTvfSpec>(node.spec).window;
  if (window.size_ms > SlicedWindows::kFarthestMs) {
    return absl::InvalidArgumentError("the size of the window is beyond 73 million years");
  }
  TimeZone zone;
  if (!window.time_zone.empty()) {
    ASSIGN_OR_RETURN(zone, TimeZone::Load(window.time_zone));
  }
  return std::make_unique<WindowTvf>(window, input.field(window.time_column).name, std::move(zone),
                                     node.output.ToArrow());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Operator>> NewWindowTvf(const OperatorNode& node,
                                                       const Schema& input) {
  absl::StatusOr<std::unique_ptr<Operator>> made = Make(node, input);
  if (made.ok()) return made;
  return absl::Status(made.status().code(), absl::StrCat(node.name, ": ", made.status().message()));
}

}  // namespace millrace
