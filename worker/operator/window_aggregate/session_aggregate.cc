#include "worker/operator/window_aggregate/session_aggregate.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/metrics/metrics.h"
#include "worker/aggregate/batch_fold.h"
#include "worker/aggregate/batch_groups.h"
#include "worker/operator/window_aggregate/session_placement.h"
#include "worker/operator/window_aggregate/window_results.h"
#include "worker/windows/event_progress.h"

namespace millrace {
namespace {

using Entry = NamespaceCursor::Entry;

constexpr int64_t kChunkEntries = 1024;
constexpr int kBoundCalls = 2;

class SessionAggregate final : public Operator {
 public:
  explicit SessionAggregate(WindowAggregateParts parts)
      : parts_(std::move(parts)),
        sessions_(parts_.layout, parts_.window.size_ms),
        placement_(sessions_, parts_.keys),
        groups_(parts_.keys),
        fold_(parts_.layout),
        tail_parts_(static_cast<size_t>(parts_.layout.parts())),
        results_(parts_.layout, parts_.keys, parts_.output, {.calls = kBoundCalls}) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    counters_ = CountersOf(context, parts_);
    RETURN_IF_ERROR(progress_.Open(context, restored));
    ASSIGN_OR_RETURN(state_, OpenAccumulators(context, parts_));
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    if (batch.num_rows() == 0) return Progress::kDone;
    RETURN_IF_ERROR(CheckInsertOnly(batch));
    ASSIGN_OR_RETURN(const int64_t* times, TimesOf(batch, parts_));
    if (!placement_.Begin(batch, times, progress_.watermark().millis())) return OutOfReach(parts_);
    merging_ = std::move(batch);
    is_placed_ = false;
    return Merge();
  }

  absl::StatusOr<Progress> OnWatermark(EventTime watermark, Output& out) override {
    progress_.Advance(watermark);
    return Close(out);
  }

  absl::StatusOr<Progress> Resume(Output& out) override {
    if (merging_.num_rows() > 0) return Merge();
    return Close(out);
  }

  void Snapshot(StateWriter& state) const override { progress_.Snapshot(state); }

 private:
  // When the session of a key in the closing slice ends, as far as is known.
  struct Ending {
    int64_t end_ms = 0;
    std::string key;

    friend bool operator>(const Ending& a, const Ending& b) { return a.end_ms > b.end_ms; }
  };

  int64_t EndOf(const SessionSpan& span) const { return span.last_ms + sessions_.gap_ms(); }
  bool HasEnded(int64_t end_ms) const { return end_ms - 1 <= progress_.watermark().millis(); }
  // No session ends in the slice any more, and no row can come to it.
  bool IsComplete(int64_t slice) const { return HasEnded(slice + sessions_.gap_ms() - 1); }

  // Places the rows of the batch, folds them, and adds them to the state.
  absl::StatusOr<Progress> Merge() {
    if (!is_placed_) {
      ASSIGN_OR_RETURN(const Progress progress, placement_.Place(merging_, *state_));
      if (progress != Progress::kDone) return progress;
      if (placement_.late_rows() > 0) {
        counters_.late->Add(static_cast<double>(placement_.late_rows()));
      }
      RETURN_IF_ERROR(groups_.Assign(merging_, placement_.slices()));
      fold_.Fold(merging_, groups_.group_of_row(), groups_.groups());
      is_placed_ = true;
    }
    const std::vector<StateKey>& keys = groups_.keys();
    if (!keys.empty()) {
      ASSIGN_OR_RETURN(const Progress progress, state_->Prefetch(keys));
      if (progress != Progress::kDone) return progress;
    }
    for (size_t i = 0; i < keys.size(); ++i) {
      bool created = false;
      const StateValue value = state_->Upsert(keys[i], &created);
      const bool is_new = !sessions_.SpanOf(value.fixed).is_set;
      fold_.MergeInto(value, static_cast<int64_t>(i) + 1);
      if (is_new && keys[i].state_namespace == closing_) {
        Schedule(EndOf(sessions_.SpanOf(value.fixed)), std::string(keys[i].key));
      }
    }
    merging_ = Batch();
    return Progress::kDone;
  }

  // Shows the sessions that have ended: all of complete slices, then some of the closing one.
  absl::StatusOr<Progress> Close(Output& out) {
    for (;;) {
      if (out.full()) return Progress::kBlockedOutput;
      const std::vector<int64_t> slices = state_->Namespaces();
      const std::optional<int64_t> first =
          slices.empty() ? std::nullopt : std::optional(slices.front());
      bool more = true;
      absl::StatusOr<Progress> progress = Progress::kDone;
      if (first.has_value() && IsComplete(*first)) {
        progress = CompleteChunk(*first);
      } else if (first.has_value() && HasEnded(*first)) {
        if (closing_ != first) RETURN_IF_ERROR(BeginClosing(*first));
        progress = CloseChunk(more);
      } else {
        more = false;
      }
      if (!progress.ok() || *progress != Progress::kDone) return progress;
      if (results_.full() || (!more && results_.rows() > 0)) {
        ASSIGN_OR_RETURN(Batch batch, results_.Finish());
        out.Emit(std::move(batch));
      }
      if (!more) return Progress::kDone;
    }
  }

  // Shows or carries over some partials of a complete slice; drops it behind the last one.
  absl::StatusOr<Progress> CompleteChunk(int64_t slice) {
    if (chunk_keys_.empty()) {
      if (cursor_ == nullptr) cursor_ = state_->Scan(slice);
      RETURN_IF_ERROR(cursor_->Next(std::min(kChunkEntries, results_.room()), chunk_));
      for (const Entry& entry : chunk_) {
        chunk_keys_.push_back({.state_namespace = slice + sessions_.gap_ms(),
                               .key = entry.key,
                               .hash = HashKey(entry.key)});
      }
    }
    if (chunk_keys_.empty()) {
      cursor_.reset();
      state_->DropNamespace(slice);
      closing_.reset();
      endings_.clear();
      return Progress::kDone;
    }
    ASSIGN_OR_RETURN(const Progress progress, state_->Prefetch(chunk_keys_));
    if (progress != Progress::kDone) return progress;
    ended_.clear();
    windows_.clear();
    for (size_t i = 0; i < chunk_.size(); ++i) {
      const SessionSpan span = sessions_.SpanOf(chunk_[i].fixed);
      if (!span.is_set) continue;
      if (sessions_.Joins(span, sessions_.SpanOf(state_->Find(chunk_keys_[i]).fixed))) {
        CarryOver(chunk_[i], chunk_keys_[i]);
      } else {
        AddEnded(chunk_[i], span);
      }
    }
    chunk_keys_.clear();
    return Show();
  }

  void CarryOver(const Entry& entry, const StateKey& next) {
    bool created = false;
    const StateValue value = state_->Upsert(next, &created);
    parts_.layout.SplitTail(entry.fixed, entry.tail, tail_parts_.data());
    parts_.layout.Merge(entry.fixed, tail_parts_.data(), value, MergeOrder::kEarlier);
  }

  // From here on sessions of `slice` end one by one.
  absl::Status BeginClosing(int64_t slice) {
    closing_ = slice;
    endings_.clear();
    const std::unique_ptr<NamespaceCursor> cursor = state_->Scan(slice);
    for (;;) {
      RETURN_IF_ERROR(cursor->Next(kChunkEntries, chunk_));
      if (chunk_.empty()) break;
      for (const Entry& entry : chunk_) {
        const SessionSpan span = sessions_.SpanOf(entry.fixed);
        if (span.is_set) endings_.push_back({.end_ms = EndOf(span), .key = std::string(entry.key)});
      }
    }
    std::make_heap(endings_.begin(), endings_.end(), std::greater<>());
    return absl::OkStatus();
  }

  void Schedule(int64_t end_ms, std::string key) {
    endings_.push_back({.end_ms = end_ms, .key = std::move(key)});
    std::push_heap(endings_.begin(), endings_.end(), std::greater<>());
  }

  // Looks at some keys of the closing slice whose session should have ended. `more` becomes false
  // if there are none.
  absl::StatusOr<Progress> CloseChunk(bool& more) {
    if (chunk_keys_.empty()) TakeEndings();
    if (chunk_keys_.empty()) {
      more = false;
      return Progress::kDone;
    }
    ASSIGN_OR_RETURN(const Progress progress, state_->Prefetch(chunk_keys_));
    if (progress != Progress::kDone) return progress;
    ended_.clear();
    windows_.clear();
    ended_keys_.clear();
    for (size_t i = 0; i < chunk_keys_.size(); i += 2) {
      const StateValue value = state_->Find(chunk_keys_[i]);
      const SessionSpan span = sessions_.SpanOf(value.fixed);
      if (!span.is_set) continue;
      if (!HasEnded(EndOf(span))) {  // Later rows have prolonged it.
        Schedule(EndOf(span), std::string(chunk_keys_[i].key));
        continue;
      }
      // What goes on in the next slice is carried over once this one is complete.
      const StateValue next = state_->Find(chunk_keys_[i + 1]);
      if (sessions_.Joins(span, sessions_.SpanOf(next.fixed))) continue;
      AddEnded({.key = chunk_keys_[i].key,
                .fixed = value.fixed,
                .tail = value.tail == nullptr ? std::string_view() : std::string_view(*value.tail)},
               span);
      ended_keys_.push_back(i);
    }
    RETURN_IF_ERROR(Show().status());
    for (const size_t i : ended_keys_) Forget(chunk_keys_[i]);
    chunk_keys_.clear();
    return Progress::kDone;
  }

  // Of each key that partial and the one of the next slice, in chunk_keys_.
  void TakeEndings() {
    taken_.clear();
    const int64_t limit = std::min(kChunkEntries, results_.room());
    while (!endings_.empty() && HasEnded(endings_.front().end_ms) &&
           static_cast<int64_t>(taken_.size()) < limit) {
      std::pop_heap(endings_.begin(), endings_.end(), std::greater<>());
      taken_.push_back(std::move(endings_.back().key));
      endings_.pop_back();
    }
    for (const std::string& key : taken_) {
      const uint64_t hash = HashKey(key);
      for (const int64_t slice : {*closing_, *closing_ + sessions_.gap_ms()}) {
        chunk_keys_.push_back({.state_namespace = slice, .key = key, .hash = hash});
      }
    }
  }

  void AddEnded(const Entry& entry, const SessionSpan& span) {
    ended_.push_back(entry);
    windows_.push_back({.start_ms = span.first_ms, .end_ms = EndOf(span)});
  }

  absl::StatusOr<Progress> Show() {
    counters_.fired->Add(static_cast<double>(ended_.size()));
    RETURN_IF_ERROR(results_.Append(ended_, windows_));
    return Progress::kDone;
  }

  // The slice goes on without it: its next row begins a new session.
  void Forget(const StateKey& key) {
    bool created = false;
    const StateValue value = state_->Upsert(key, &created);
    std::memset(value.fixed, 0, static_cast<size_t>(parts_.layout.value_bytes()));
    if (value.tail != nullptr) value.tail->clear();
  }

  const WindowAggregateParts parts_;
  const SessionLayout sessions_;
  KeyedState* state_ = nullptr;
  WindowCounters counters_;
  EventProgress progress_;

  // A batch on its way into the state. It is kept because the fold points into its strings.
  Batch merging_;
  bool is_placed_ = false;
  SessionPlacement placement_;
  BatchGroups groups_;
  BatchFold fold_;

  std::optional<int64_t> closing_;  // The slice whose sessions end one by one.
  std::vector<Ending> endings_;     // Of its keys; a heap, the earliest first.

  // Sessions on their way out.
  std::unique_ptr<NamespaceCursor> cursor_;
  std::vector<Entry> chunk_;
  std::vector<StateKey> chunk_keys_;
  std::vector<std::string> taken_;
  std::vector<Entry> ended_;
  std::vector<WindowBounds> windows_;
  std::vector<size_t> ended_keys_;
  std::vector<std::string_view> tail_parts_;
  WindowResults results_;
};

}  // namespace

void AddSessionBounds(const Schema& input, const WindowSpec& window,
                      std::vector<AggregateCall>& calls) {
  for (const AggregateFunction bound : {AggregateFunction::kMin, AggregateFunction::kMax}) {
    calls.push_back({.function = bound,
                     .argument = window.time_column,
                     .result_type = input.field(window.time_column).type});
  }
}

std::unique_ptr<Operator> NewSessionAggregate(WindowAggregateParts parts) {
  return std::make_unique<SessionAggregate>(std::move(parts));
}

}  // namespace millrace
