#include "worker/source/generator/generator_source.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "worker/source/generator/row_pace.h"

namespace millrace {
namespace {

constexpr char kSplitsState[] = "generator.splits";

// Rows that are due are gathered for this long: batches of single rows would cost more than rows.
constexpr absl::Duration kLeastWait = absl::Milliseconds(10);

class GeneratorSource final : public Source {
 public:
  explicit GeneratorSource(GeneratorOptions options) : options_(std::move(options)) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override;
  absl::StatusOr<SourcePoll> Poll(int64_t max_rows) override;
  const std::vector<std::string>& split_names() const override { return split_names_; }
  SplitStatus split_status(int split) const override;
  void Snapshot(StateWriter& state) const override {
    state.Put(kSplitsState, EncodeSplits(splits_));
  }

 private:
  int64_t Remaining(const GeneratorSplit& split) const {
    const int64_t rows = split.RowsOf(options_.rows);
    return rows == GeneratorSplit::kUnbounded ? rows : rows - split.next;
  }
  // The split whose turn it is; nothing if all are at their end.
  std::optional<size_t> NextSplit();
  void WakeAfter(absl::Duration delay);

  const GeneratorOptions options_;
  const Clock* clock_ = nullptr;
  Executor* io_ = nullptr;
  std::function<void()> wake_;

  std::vector<GeneratorSplit> splits_;
  std::vector<std::unique_ptr<RowSequence>> sequences_;  // One for each split.
  std::vector<std::string> split_names_;
  std::optional<RowPace> pace_;
  size_t turn_ = 0;
  // Shared with the wake-up under way.
  std::shared_ptr<std::atomic<bool>> waking_ = std::make_shared<std::atomic<bool>>(false);
};

absl::Status GeneratorSource::Open(const TaskContext& context, const StateReader* restored) {
  clock_ = context.clock;
  io_ = context.io;
  wake_ = context.wake;
  std::vector<std::string> before;
  if (restored != nullptr) before = restored->Get(kSplitsState);
  if (before.empty()) {
    splits_.push_back({.index = context.task.index, .of = context.parallelism});
  } else {
    ASSIGN_OR_RETURN(splits_, RestoredSplits(before, context.task.index, context.parallelism));
  }
  for (const GeneratorSplit& split : splits_) {
    ASSIGN_OR_RETURN(std::unique_ptr<RowSequence> sequence, options_.new_sequence(context));
    sequences_.push_back(std::move(sequence));
    split_names_.push_back(absl::StrCat("split-", split.index));
  }
  if (options_.rows_per_second > 0 && !splits_.empty()) {
    const double share =
        static_cast<double>(splits_.size()) / static_cast<double>(splits_.front().of);
    pace_.emplace(options_.rows_per_second * share);
  }
  return absl::OkStatus();
}

absl::StatusOr<SourcePoll> GeneratorSource::Poll(int64_t max_rows) {
  const std::optional<size_t> turn = NextSplit();
  if (!turn.has_value()) return SourcePoll{.wait = SourceWait::kFinished};
  const absl::Duration now = clock_->Monotonic();
  GeneratorSplit& split = splits_[*turn];
  int64_t rows = std::min(max_rows, Remaining(split));
  if (pace_.has_value()) {
    rows = std::min(rows, pace_->Due(now));
    if (rows <= 0) {
      WakeAfter(std::max(kLeastWait, pace_->UntilNext(now)));
      return SourcePoll{.wait = SourceWait::kWait};
    }
    pace_->Take(rows);
  }
  ASSIGN_OR_RETURN(Batch batch, sequences_[*turn]->Rows(split, rows));
  split.next += rows;
  SourcePoll poll{.wait = SourceWait::kMore};
  poll.data.push_back({.split = static_cast<int>(*turn), .rows = std::move(batch)});
  return poll;
}

std::optional<size_t> GeneratorSource::NextSplit() {
  for (size_t tried = 0; tried < splits_.size(); ++tried) {
    const size_t split = turn_;
    turn_ = (turn_ + 1) % splits_.size();
    if (Remaining(splits_[split]) > 0) return split;
  }
  return std::nullopt;
}

void GeneratorSource::WakeAfter(absl::Duration delay) {
  if (waking_->exchange(true)) return;
  io_->PostAfter(delay, [wake = wake_, waking = waking_] {
    waking->store(false);
    wake();
  });
}

SplitStatus GeneratorSource::split_status(int split) const {
  const int64_t remaining = Remaining(splits_[static_cast<size_t>(split)]);
  const bool unbounded = remaining == GeneratorSplit::kUnbounded;
  return {.finished = remaining == 0, .lag_records = unbounded ? -1 : remaining};
}

}  // namespace

std::unique_ptr<Source> NewGeneratorSource(GeneratorOptions options) {
  return std::make_unique<GeneratorSource>(std::move(options));
}

}  // namespace millrace
