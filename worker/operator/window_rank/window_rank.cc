#include "worker/operator/window_rank/window_rank.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/compute/api_vector.h"
#include "arrow/record_batch.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/metrics/metrics.h"
#include "common/plan/operator_rules.h"
#include "worker/aggregate/batch_groups.h"
#include "worker/operator/window_rank/ranked_rows.h"
#include "worker/operator/window_rank/sort_keys.h"
#include "worker/windows/attached_windows.h"
#include "worker/windows/event_progress.h"
#include "worker/windows/late_rows.h"
#include "worker/windows/sliced_windows.h"

namespace millrace {
namespace {

static_assert(kLateRow == BatchGroups::kLate);

constexpr int64_t kEntriesAtATime = 256;

struct WindowRankParts {
  std::string state_id;
  WindowRankSpec spec;
  AttachedWindows windows;
  KeyCodec keys;
  KeyCodec rows;  // Of all columns.
  SortKeys sort_keys;
  std::shared_ptr<arrow::Schema> output;
};

class WindowRank final : public Operator {
 public:
  explicit WindowRank(WindowRankParts parts)
      : state_id_(std::move(parts.state_id)),
        spec_(std::move(parts.spec)),
        output_(std::move(parts.output)),
        row_codec_(std::move(parts.rows)),
        windows_(std::move(parts.windows)),
        groups_(std::move(parts.keys)),
        sort_keys_(std::move(parts.sort_keys)),
        ranked_(spec_.last, spec_.latest_first) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    windows_.Open(context);
    fired_ = context.metrics->GetCounter("millrace_task_timers_fired_total");
    RETURN_IF_ERROR(progress_.Open(context, restored));
    ASSIGN_OR_RETURN(state_, context.open_state({.state_id = state_id_,
                                                 .schema_version = RankedRows::kVersion,
                                                 .value_bytes = RankedRows::kValueBytes,
                                                 .has_tail = true}));
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    RETURN_IF_ERROR(windows_.Assign(batch, progress_.watermark(), ends_, out));
    RETURN_IF_ERROR(groups_.Assign(batch, ends_));
    if (groups_.keys().empty()) return Progress::kDone;
    RETURN_IF_ERROR(sort_keys_.Encode(batch));
    ChooseCandidates();
    RETURN_IF_ERROR(EncodeCandidates(batch));
    return MergeIntoState();
  }

  absl::StatusOr<Progress> OnWatermark(EventTime watermark, Output& out) override {
    firing_.clear();
    const int64_t complete_ms = windows_.CompleteMs(watermark);
    for (const int64_t window : state_->Namespaces()) {
      if (SlicedWindows::Completes(complete_ms, window)) firing_.push_back(window);
    }
    std::reverse(firing_.begin(), firing_.end());  // The earliest is taken off the back.
    progress_.Advance(watermark);
    return Fire(out);
  }

  absl::StatusOr<Progress> Resume(Output& out) override {
    if (!candidates_.empty()) return MergeIntoState();
    return Fire(out);
  }

  void Snapshot(StateWriter& state) const override { progress_.Snapshot(state); }

 private:
  // The rows that are in among those of their group in the batch, group by group, in their order.
  void ChooseCandidates() {
    const std::vector<uint32_t>& groups = groups_.group_of_row();
    candidates_.clear();
    for (size_t row = 0; row < groups.size(); ++row) {
      if (groups[row] != 0) candidates_.push_back(static_cast<int64_t>(row));
    }
    std::sort(candidates_.begin(), candidates_.end(), [&](int64_t a, int64_t b) {
      const uint32_t group_a = groups[static_cast<size_t>(a)];
      const uint32_t group_b = groups[static_cast<size_t>(b)];
      if (group_a != group_b) return group_a < group_b;
      const int order = sort_keys_.key(a).compare(sort_keys_.key(b));
      if (order != 0) return order < 0;
      return spec_.latest_first ? a > b : a < b;
    });
    int64_t in_group = 0;
    uint32_t last_group = 0;
    std::erase_if(candidates_, [&](int64_t row) {
      const uint32_t group = groups[static_cast<size_t>(row)];
      in_group = group == last_group ? in_group + 1 : 1;
      last_group = group;
      return in_group > spec_.last;
    });
  }

  absl::Status EncodeCandidates(const Batch& batch) {
    arrow::Int64Builder builder;
    RETURN_IF_ERROR(FromArrow(builder.AppendValues(candidates_)));
    ASSIGN_OR_RETURN(const std::shared_ptr<arrow::Array> indexes, FromArrow(builder.Finish()));
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (const std::shared_ptr<arrow::Array>& column : batch.columns()->columns()) {
      ASSIGN_OR_RETURN(columns.emplace_back(), FromArrow(arrow::compute::Take(*column, *indexes)));
    }
    const Batch chosen(
        arrow::RecordBatch::Make(batch.columns()->schema(), indexes->length(), std::move(columns)));
    return row_codec_.Encode(chosen, encoded_);
  }

  absl::StatusOr<Progress> MergeIntoState() {
    const std::vector<StateKey>& keys = groups_.keys();
    ASSIGN_OR_RETURN(const Progress progress, state_->Prefetch(keys));
    if (progress != Progress::kDone) return progress;
    const std::vector<uint32_t>& groups = groups_.group_of_row();
    std::vector<RankedRow> rows;
    for (size_t i = 0; i < candidates_.size(); ++i) {
      const int64_t row = candidates_[i];
      rows.push_back(
          {.sort_key = sort_keys_.key(row), .row = encoded_.key(static_cast<int64_t>(i))});
      const uint32_t group = groups[static_cast<size_t>(row)];
      const bool ends =
          i + 1 == candidates_.size() || groups[static_cast<size_t>(candidates_[i + 1])] != group;
      if (!ends) continue;
      bool created = false;
      ranked_.Merge(rows, state_->Upsert(keys[group - 1], &created));
      rows.clear();
    }
    candidates_.clear();
    return Progress::kDone;
  }

  // Emits the windows that are to fire, earliest first, and forgets each.
  absl::StatusOr<Progress> Fire(Output& out) {
    while (!firing_.empty()) {
      if (out.full()) return Progress::kBlockedOutput;
      const int64_t window = firing_.back();
      if (next_entry_ == entries_.size()) {
        if (cursor_ == nullptr) cursor_ = state_->Scan(window);
        RETURN_IF_ERROR(cursor_->Next(kEntriesAtATime, entries_));
        next_entry_ = 0;
        if (entries_.empty()) {
          cursor_.reset();
          state_->DropNamespace(window);
          firing_.pop_back();
          fired_->Add();
          continue;
        }
        BeginEntry();
      }
      TakeRows();
      if (IsBatchFull()) RETURN_IF_ERROR(EmitRows(out));
    }
    if (!ranks_.empty()) RETURN_IF_ERROR(EmitRows(out));
    return Progress::kDone;
  }

  void BeginEntry() {
    if (next_entry_ < entries_.size()) rest_ = entries_[next_entry_].tail;
    rank_ = 0;
  }

  // Rows of the entries at hand, until a batch is full.
  void TakeRows() {
    while (next_entry_ < entries_.size() && !IsBatchFull()) {
      RankedRow row;
      if (!RankedRows::Next(rest_, row)) {
        ++next_entry_;
        BeginEntry();
        continue;
      }
      if (++rank_ < spec_.first) continue;
      ranks_.push_back(rank_);
      row_bytes_.append(row.row);
      row_ends_.push_back(row_bytes_.size());
    }
  }

  bool IsBatchFull() const {
    return static_cast<int64_t>(ranks_.size()) >= Batch::kTargetRows ||
           static_cast<int64_t>(row_bytes_.size()) >= Batch::kTargetBytes;
  }

  absl::Status EmitRows(Output& out) {
    std::vector<std::string_view> rows;
    size_t begin = 0;
    for (const size_t end : row_ends_) {
      rows.push_back(std::string_view(row_bytes_).substr(begin, end - begin));
      begin = end;
    }
    ASSIGN_OR_RETURN(auto columns, row_codec_.Decode(rows));
    if (spec_.emits_rank) {
      arrow::Int64Builder builder;
      RETURN_IF_ERROR(FromArrow(builder.AppendValues(ranks_)));
      ASSIGN_OR_RETURN(columns.emplace_back(), FromArrow(builder.Finish()));
    }
    out.Emit(Batch(
        arrow::RecordBatch::Make(output_, static_cast<int64_t>(rows.size()), std::move(columns))));
    ranks_.clear();
    row_bytes_.clear();
    row_ends_.clear();
    return absl::OkStatus();
  }

  const std::string state_id_;
  const WindowRankSpec spec_;
  const std::shared_ptr<arrow::Schema> output_;
  const KeyCodec row_codec_;
  AttachedWindows windows_;
  KeyedState* state_ = nullptr;
  Counter* fired_ = nullptr;
  EventProgress progress_;

  // A batch on its way into the state.
  std::vector<int64_t> ends_;
  BatchGroups groups_;
  SortKeys sort_keys_;
  std::vector<int64_t> candidates_;  // Rows, by group; none: nothing is on its way.
  EncodedKeys encoded_;              // Of the candidates.
  RankedRows ranked_;

  // Windows on their way out.
  std::vector<int64_t> firing_;  // Ends, the earliest at the back.
  std::unique_ptr<NamespaceCursor> cursor_;
  std::vector<NamespaceCursor::Entry> entries_;
  size_t next_entry_ = 0;
  std::string_view rest_;  // Of that entry's tail.
  int64_t rank_ = 0;       // Of the row before it.

  // The batch that is being filled.
  std::vector<int64_t> ranks_;
  std::string row_bytes_;
  std::vector<size_t> row_ends_;
};

absl::StatusOr<std::unique_ptr<Operator>> Make(const OperatorNode& node, const Schema& input) {
  RETURN_IF_ERROR(CheckOperator(node, input));
  const auto& spec = std::get<WindowRankSpec>(node.spec);
  std::vector<int> keys = spec.key_columns;
  keys.push_back(spec.window.start_column);
  ASSIGN_OR_RETURN(AttachedWindows windows, AttachedWindows::Create(spec.window, input));
  ASSIGN_OR_RETURN(KeyCodec key_codec, KeyCodec::Create(input, std::move(keys)));
  std::vector<int> all(static_cast<size_t>(input.size()));
  std::iota(all.begin(), all.end(), 0);
  ASSIGN_OR_RETURN(KeyCodec rows, KeyCodec::Create(input, std::move(all)));
  ASSIGN_OR_RETURN(SortKeys sort_keys, SortKeys::Create(input, spec.order));
  return std::make_unique<WindowRank>(WindowRankParts{.state_id = node.state_id,
                                                      .spec = spec,
                                                      .windows = std::move(windows),
                                                      .keys = std::move(key_codec),
                                                      .rows = std::move(rows),
                                                      .sort_keys = std::move(sort_keys),
                                                      .output = node.output.ToArrow()});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Operator>> NewWindowRank(const OperatorNode& node,
                                                        const Schema& input) {
  absl::StatusOr<std::unique_ptr<Operator>> made = Make(node, input);
  if (made.ok()) return made;
  return absl::Status(made.status().code(), absl::StrCat(node.name, ": ", made.status().message()));
}

}  // namespace millrace
