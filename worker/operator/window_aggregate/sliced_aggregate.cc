#include "worker/operator/window_aggregate/sliced_aggregate.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/metrics/metrics.h"
#include "worker/aggregate/batch_fold.h"
#include "worker/aggregate/batch_groups.h"
#include "worker/operator/window_aggregate/window_results.h"
#include "worker/operator/window_aggregate/window_scan.h"
#include "worker/windows/event_progress.h"
#include "worker/windows/sliced_windows.h"

namespace millrace {
namespace {

WindowResults::Extras ExtrasOf(const WindowAggregateParts& parts) {
  if (parts.window.kind != WindowKind::kAttached) return {};
  return {.start_key = static_cast<int>(parts.keys.key_columns().size()) - 1};
}

class SlicedAggregate final : public Operator {
 public:
  explicit SlicedAggregate(WindowAggregateParts parts)
      : parts_(std::move(parts)),
        windows_(parts_.window),
        groups_(parts_.keys),
        fold_(parts_.layout),
        results_(parts_.layout, parts_.keys, parts_.output, ExtrasOf(parts_)) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    counters_ = CountersOf(context, parts_);
    RETURN_IF_ERROR(progress_.Open(context, restored));
    ASSIGN_OR_RETURN(state_, OpenAccumulators(context, parts_));
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    RETURN_IF_ERROR(CheckInsertOnly(batch));
    RETURN_IF_ERROR(AssignSlices(batch));
    RETURN_IF_ERROR(groups_.Assign(batch, slices_));
    if (groups_.keys().empty()) return Progress::kDone;
    fold_.Fold(batch, groups_.group_of_row(), groups_.groups());
    merging_ = std::move(batch);
    return MergeIntoState();
  }

  absl::StatusOr<Progress> OnWatermark(EventTime watermark, Output& out) override {
    firing_ =
        windows_.Due(state_->Namespaces(), progress_.watermark().millis(), watermark.millis());
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
  // The namespace of each row's slice in slices_; late rows are counted.
  absl::Status AssignSlices(const Batch& batch) {
    ASSIGN_OR_RETURN(const int64_t* millis, TimesOf(batch, parts_));
    const int64_t watermark = progress_.watermark().millis();
    slices_.resize(static_cast<size_t>(batch.num_rows()));
    int64_t late = 0;
    // The slice of the last row, which most rows share.
    int64_t start = 0;
    int64_t end = std::numeric_limits<int64_t>::min();
    int64_t slice = 0;
    for (size_t row = 0; row < slices_.size(); ++row) {
      const int64_t time = millis[row];
      if (time >= end || time < start) {
        if (!SlicedWindows::InReach(time)) return OutOfReach(parts_);
        end = windows_.SliceOf(time);
        start = end - windows_.slice_ms();
        slice = end;
        if (windows_.IsLate(end, watermark)) slice = BatchGroups::kLate;
      }
      slices_[row] = slice;
      late += slice == BatchGroups::kLate ? 1 : 0;
    }
    if (late > 0) counters_.late->Add(static_cast<double>(late));
    return absl::OkStatus();
  }

  // Adds the folded batch to the state, once its entries are in RAM.
  absl::StatusOr<Progress> MergeIntoState() {
    const std::vector<StateKey>& keys = groups_.keys();
    ASSIGN_OR_RETURN(const Progress progress, state_->Prefetch(keys));
    if (progress != Progress::kDone) return progress;
    for (size_t i = 0; i < keys.size(); ++i) {
      bool created = false;
      const StateValue value = state_->Upsert(keys[i], &created);
      fold_.MergeInto(value, static_cast<int64_t>(i) + 1);
    }
    merging_ = Batch();
    return Progress::kDone;
  }

  // Emits the windows that are to fire, earliest first, and forgets what no later one needs.
  absl::StatusOr<Progress> Fire(Output& out) {
    while (!firing_.empty()) {
      if (out.full()) return Progress::kBlockedOutput;
      const int64_t window = firing_.back();
      if (scan_ == nullptr) scan_ = ScanOf(window);
      ASSIGN_OR_RETURN(const Progress progress, scan_->Next(results_.room(), entries_));
      if (progress != Progress::kDone) return progress;
      if (entries_.empty()) {
        EndWindow(window);
        continue;
      }
      DropThoseAhead(window);
      RETURN_IF_ERROR(results_.Append(
          entries_, WindowBounds{.start_ms = windows_.StartOf(window), .end_ms = window}));
      if (results_.full()) RETURN_IF_ERROR(EmitResults(out));
    }
    if (results_.rows() > 0) RETURN_IF_ERROR(EmitResults(out));
    return Progress::kDone;
  }

  std::unique_ptr<WindowScan> ScanOf(int64_t window) {
    std::vector<int64_t> slices = SlicesOf(window);
    if (windows_.kind() == WindowKind::kCumulate) {
      const int64_t base = windows_.StartOf(window) + windows_.slice_ms();
      std::erase(slices, base);
      return NewMovingScan(*state_, parts_.layout, std::move(slices), base);
    }
    if (slices.size() == 1) return NewSliceScan(*state_, slices.front());
    return NewMergingScan(*state_, parts_.layout, std::move(slices));
  }

  // Those of the window that are there.
  std::vector<int64_t> SlicesOf(int64_t window) const {
    if (windows_.slice_ms() == 0) return {window};
    const int64_t start = windows_.StartOf(window);
    std::vector<int64_t> slices = state_->Namespaces();
    std::erase_if(slices, [&](int64_t slice) { return slice <= start || slice > window; });
    return slices;
  }

  void EndWindow(int64_t window) {
    scan_.reset();
    for (const int64_t slice : SlicesOf(window)) {
      if (windows_.LastWindowOf(slice) <= window) state_->DropNamespace(slice);
    }
    firing_.pop_back();
    counters_.fired->Add();
  }

  // Keys that fired the window before a restore.
  void DropThoseAhead(int64_t window) {
    if (!progress_.MayBeAhead(window)) return;
    std::erase_if(entries_, [&](const NamespaceCursor::Entry& entry) {
      return progress_.IsAhead(window, entry.key);
    });
  }

  absl::Status EmitResults(Output& out) {
    ASSIGN_OR_RETURN(Batch batch, results_.Finish());
    out.Emit(std::move(batch));
    return absl::OkStatus();
  }

  const WindowAggregateParts parts_;
  const SlicedWindows windows_;
  KeyedState* state_ = nullptr;
  WindowCounters counters_;
  EventProgress progress_;

  // A batch on its way into the state. It is kept because the fold points into its strings.
  Batch merging_;
  std::vector<int64_t> slices_;
  BatchGroups groups_;
  BatchFold fold_;

  // Windows on their way out.
  std::vector<int64_t> firing_;  // The earliest at the back.
  std::unique_ptr<WindowScan> scan_;
  std::vector<NamespaceCursor::Entry> entries_;
  WindowResults results_;
};

}  // namespace

std::unique_ptr<Operator> NewSlicedAggregate(WindowAggregateParts parts) {
  return std::make_unique<SlicedAggregate>(std::move(parts));
}

}  // namespace millrace
