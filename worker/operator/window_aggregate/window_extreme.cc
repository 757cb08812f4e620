#include "worker/operator/window_aggregate/window_extreme.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/record_batch.h"
#include "common/base/status_macros.h"
#include "common/metrics/metrics.h"
#include "worker/aggregate/batch_fold.h"
#include "worker/aggregate/batch_groups.h"
#include "worker/aggregate/distinct_set.h"
#include "worker/windows/event_progress.h"
#include "worker/windows/sliced_windows.h"

namespace millrace {
namespace {

// The value of a state entry: the accumulator of MIN or MAX, a word and whether it is set.
constexpr int32_t kValueBytes = 2 * sizeof(int64_t);

class WindowExtreme final : public Operator {
 public:
  WindowExtreme(WindowAggregateParts parts, KeyCodec rows)
      : parts_(std::move(parts)),
        schema_(parts_.output.ToArrow()),
        is_greatest_(parts_.layout.accumulators().front().keeps_greatest()),
        row_codec_(std::move(rows)),
        groups_(parts_.keys),
        fold_(parts_.layout) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    counters_ = CountersOf(context, parts_);
    RETURN_IF_ERROR(progress_.Open(context, restored));
    ASSIGN_OR_RETURN(state_, context.open_state({.state_id = parts_.state_id,
                                                 .schema_version = kAccumulatorsVersion,
                                                 .value_bytes = kValueBytes,
                                                 .has_tail = true}));
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    RETURN_IF_ERROR(CheckInsertOnly(batch));
    RETURN_IF_ERROR(AssignWindows(batch));
    RETURN_IF_ERROR(groups_.Assign(batch, windows_));
    if (groups_.keys().empty()) return Progress::kDone;
    // Each row as a group of its own: the fold turns values of any type into words.
    row_groups_.resize(windows_.size());
    std::iota(row_groups_.begin(), row_groups_.end(), 0);
    fold_.Fold(batch, row_groups_, batch.num_rows());
    RETURN_IF_ERROR(row_codec_.Encode(batch, encoded_));
    merging_ = std::move(batch);
    return MergeIntoState();
  }

  absl::StatusOr<Progress> OnWatermark(EventTime watermark, Output& out) override {
    firing_.clear();
    for (const int64_t window : state_->Namespaces()) {
      if (SlicedWindows::Completes(watermark.millis(), window)) firing_.push_back(window);
    }
    std::reverse(firing_.begin(), firing_.end());  // The earliest is taken off the back.
    progress_.Advance(watermark);
    return Fire(out);
  }

  absl::StatusOr<Progress> Resume(Output& out) override {
    if (merging_.num_rows() > 0) return MergeIntoState();
    return Fire(out);
  }

  void Snapshot(StateWriter& state) const override { progress_.Snapshot(state); }

 private:
  absl::Status AssignWindows(const Batch& batch) {
    ASSIGN_OR_RETURN(const int64_t* ends, TimesOf(batch, parts_));
    windows_.resize(static_cast<size_t>(batch.num_rows()));
    int64_t late = 0;
    for (size_t row = 0; row < windows_.size(); ++row) {
      if (!SlicedWindows::InReach(ends[row])) return OutOfReach(parts_);
      const bool is_late = SlicedWindows::Completes(progress_.watermark().millis(), ends[row]);
      windows_[row] = is_late ? BatchGroups::kLate : ends[row];
      late += is_late ? 1 : 0;
    }
    if (late > 0) counters_.late->Add(static_cast<double>(late));
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> MergeIntoState() {
    const std::vector<StateKey>& keys = groups_.keys();
    ASSIGN_OR_RETURN(const Progress progress, state_->Prefetch(keys));
    if (progress != Progress::kDone) return progress;
    const std::vector<uint32_t>& group_of_row = groups_.group_of_row();
    uint32_t last = 0;  // The group that `value` is of: neighbours mostly share theirs.
    StateValue value;
    for (size_t row = 0; row < group_of_row.size(); ++row) {
      const char* const own = fold_.value(static_cast<int64_t>(row));
      if (group_of_row[row] == 0 || LoadPart<int64_t>(own + sizeof(int64_t)) == 0) continue;
      if (group_of_row[row] != last) {
        last = group_of_row[row];
        bool created = false;
        value = state_->Upsert(keys[last - 1], &created);
      }
      Keep(value, LoadPart<int64_t>(own), encoded_.key(static_cast<int64_t>(row)));
    }
    merging_ = Batch();
    return Progress::kDone;
  }

  void Keep(const StateValue& value, int64_t word, std::string_view row) const {
    const bool is_set = LoadPart<int64_t>(value.fixed + sizeof(int64_t)) != 0;
    const auto kept = LoadPart<int64_t>(value.fixed);
    if (is_set && (is_greatest_ ? word < kept : word > kept)) return;
    if (!is_set || word != kept) {
      value.tail->clear();
      StorePart<int64_t>(value.fixed, word);
      StorePart<int64_t>(value.fixed + sizeof(int64_t), 1);
    }
    DistinctSet::AppendTo(*value.tail, row);  // As a list: equal rows are rows of their own.
  }

  // Emits the windows that are to fire, earliest first, and forgets each.
  absl::StatusOr<Progress> Fire(Output& out) {
    while (!firing_.empty()) {
      if (out.full()) return Progress::kBlockedOutput;
      if (next_row_ < rows_.size()) {
        RETURN_IF_ERROR(EmitRows(out));
        continue;
      }
      const int64_t window = firing_.back();
      if (cursor_ == nullptr) cursor_ = state_->Scan(window);
      RETURN_IF_ERROR(cursor_->Next(1, entries_));
      rows_.clear();
      next_row_ = 0;
      if (entries_.empty()) {
        cursor_.reset();
        state_->DropNamespace(window);
        firing_.pop_back();
        counters_.fired->Add();
        continue;
      }
      DistinctSet::ForEach(entries_.front().tail,
                           [&](std::string_view row) { rows_.push_back(row); });
    }
    return Progress::kDone;
  }

  absl::Status EmitRows(Output& out) {
    const size_t count =
        std::min(rows_.size() - next_row_, static_cast<size_t>(Batch::kTargetRows));
    const auto first = rows_.begin() + static_cast<int64_t>(next_row_);
    ASSIGN_OR_RETURN(auto columns, row_codec_.Decode({first, first + static_cast<int64_t>(count)}));
    out.Emit(
        Batch(arrow::RecordBatch::Make(schema_, static_cast<int64_t>(count), std::move(columns))));
    next_row_ += count;
    return absl::OkStatus();
  }

  const WindowAggregateParts parts_;
  const std::shared_ptr<arrow::Schema> schema_;
  const bool is_greatest_;
  const KeyCodec row_codec_;  // Of all columns.
  KeyedState* state_ = nullptr;
  WindowCounters counters_;
  EventProgress progress_;

  // A batch on its way into the state.
  Batch merging_;
  std::vector<int64_t> windows_;
  BatchGroups groups_;
  std::vector<uint32_t> row_groups_;
  BatchFold fold_;
  EncodedKeys encoded_;

  // Windows on their way out.
  std::vector<int64_t> firing_;  // Ends, the earliest at the back.
  std::unique_ptr<NamespaceCursor> cursor_;
  std::vector<NamespaceCursor::Entry> entries_;
  std::vector<std::string_view> rows_;  // Of the entry at hand.
  size_t next_row_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Operator>> NewWindowExtreme(WindowAggregateParts parts,
                                                           const Schema& input) {
  const Accumulator& accumulator = parts.layout.accumulators().front();
  if (accumulator.kind != AccumulatorKind::kExtremeWord) {
    return absl::UnimplementedError(absl::StrCat("the rows with the extreme of a ",
                                                 accumulator.argument_type.ToString(),
                                                 " are valid Flink SQL, not built yet"));
  }
  std::vector<int> all(static_cast<size_t>(input.size()));
  std::iota(all.begin(), all.end(), 0);
  ASSIGN_OR_RETURN(KeyCodec rows, KeyCodec::Create(input, std::move(all)));
  return std::make_unique<WindowExtreme>(std::move(parts), std::move(rows));
}

}  // namespace millrace
