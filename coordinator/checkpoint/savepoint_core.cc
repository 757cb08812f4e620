#include "coordinator/checkpoint/savepoint_core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"

namespace millrace {

std::optional<Epoch> FirstUnpublished(const Manifest& manifest) {
  std::optional<Epoch> first;
  for (const TaskSnapshot& task : manifest.tasks) {
    for (const OperatorSnapshot& snapshot : task.operators) {
      for (const SegmentRef& segment : snapshot.segments) {
        first = std::min(first.value_or(segment.epoch), segment.epoch);
      }
    }
  }
  return first;
}

void SavepointCore::Request(Epoch wanted) {
  CHECK(idle());
  phase_ = Phase::kAwaitingCheckpoint;
  epoch_ = wanted;
  published_ = false;
}

SavepointCore::Actions SavepointCore::OnCommitted(Epoch epoch, std::optional<Epoch> unpublished,
                                                  absl::Duration now) {
  if (phase_ == Phase::kAwaitingCheckpoint && epoch >= epoch_) {
    phase_ = Phase::kLinking;
    epoch_ = epoch;
    committed_at_ = now;
    ask_at_ = now + options_.look_again;
  }
  if (phase_ != Phase::kLinking && phase_ != Phase::kAwaitingOutput) return {};
  published_ = !unpublished.has_value() || *unpublished > epoch_;
  if (epoch == epoch_) return {LinkSavepoint{epoch_}};
  return phase_ == Phase::kAwaitingOutput && published_ ? Write() : Actions{};
}

SavepointCore::Actions SavepointCore::OnCheckpointFailed(Epoch epoch, const std::string& reason) {
  // Later ones are taken to see what is published: the next one will tell.
  if (phase_ != Phase::kAwaitingCheckpoint) return {};
  if (epoch != Epoch(0) && epoch < epoch_) return {};
  return Fail(absl::UnavailableError(
      absl::StrCat("no savepoint was made, its checkpoint failed: ", reason)));
}

SavepointCore::Actions SavepointCore::OnLinked(Epoch epoch, const absl::Status& status,
                                               absl::Duration now) {
  if (phase_ != Phase::kLinking || epoch != epoch_) return {};
  if (!status.ok()) return Fail(status);
  if (published_) return Write();
  phase_ = Phase::kAwaitingOutput;
  return Tick(now);
}

SavepointCore::Actions SavepointCore::OnWritten(Epoch epoch, const absl::Status& status) {
  if (phase_ != Phase::kWriting || epoch != epoch_) return {};
  if (!status.ok()) return Fail(status);
  phase_ = Phase::kIdle;
  return {SavepointOver{.epoch = epoch_}};
}

SavepointCore::Actions SavepointCore::OnExecutionOver() {
  // What is being written needs the job no more.
  if (idle() || phase_ == Phase::kWriting) return {};
  return Fail(absl::UnavailableError(
      "no savepoint was made: the job's tasks ended before its output was published; try again "
      "once it runs"));
}

SavepointCore::Actions SavepointCore::Tick(absl::Duration now) {
  if (phase_ != Phase::kAwaitingOutput) return {};
  if (now - committed_at_ > options_.publish_limit) {
    return Fail(absl::DeadlineExceededError(
        absl::StrCat("no savepoint was made: the output of epoch ", epoch_.value(),
                     " was not published within ", absl::FormatDuration(options_.publish_limit))));
  }
  if (now < ask_at_) return {};
  ask_at_ = now + options_.look_again;
  return {AskForCheckpoint{}};
}

SavepointCore::Actions SavepointCore::Write() {
  phase_ = Phase::kWriting;
  return {WriteSavepoint{epoch_}};
}

SavepointCore::Actions SavepointCore::Fail(absl::Status status) {
  const bool has_files = phase_ != Phase::kAwaitingCheckpoint;
  phase_ = Phase::kIdle;
  Actions actions;
  if (has_files) actions.push_back(DropSavepoint{epoch_});
  actions.push_back(SavepointOver{.epoch = epoch_, .status = std::move(status)});
  return actions;
}

}  // namespace millrace
