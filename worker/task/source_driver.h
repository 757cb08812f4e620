// Where a task with a source gets its input: the source's slabs, decoded, with the watermarks of
// its splits.
//
// Records that cannot be read follow the table's 'on-error'; those that go to the dead-letter topic
// are part of the epoch that the task reads them in. Driven by the task's thread only, but for
// Open.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/expr/evaluator.h"
#include "common/plan/operators.h"
#include "worker/contract/element.h"
#include "worker/contract/format.h"
#include "worker/contract/source.h"
#include "worker/task/dead_letters.h"
#include "worker/task/on_error.h"
#include "worker/task/source_meter.h"
#include "worker/task/split_watermarks.h"

namespace millrace {

struct BadRecordPolicy {
  OnError on_error = OnError::kFail;
  std::unique_ptr<DeadLetters> dead_letters = nullptr;  // kDeadLetter only.
};

class SourceDriver {
 public:
  // `decoder` is null for a source that returns batches.
  SourceDriver(const SourceSpec& spec, std::unique_ptr<Source> source,
               std::unique_ptr<Decoder> decoder, BadRecordPolicy policy = {});

  // Opens the source. May block.
  absl::Status Open(const TaskContext& context, const StateReader* restored);

  struct Input {
    std::vector<Element> elements;
    SourceWait wait = SourceWait::kWait;
    int64_t records = 0;  // Read; also those that became no row.
  };

  // False: the dead letters have no room; Poll no more until TaskContext::wake.
  absl::StatusOr<bool> HasRoom();

  // Reads on. kFinished: everything was read; the last watermark, the end of time, is among the
  // elements.
  absl::StatusOr<Input> Poll();

  void Snapshot(StateWriter& state) const;
  void OnDurable(Epoch epoch) { source_->OnDurable(epoch); }
  EventTime watermark() const;
  // The name of the split that holds the watermark back; null without a watermark, or if none does.
  // Valid as long as this is.
  const std::string* slowest_split() const;
  DeadLetters* dead_letters() { return policy_.dead_letters.get(); }  // Null: there are none.

 private:
  absl::StatusOr<Batch> Decode(const SourceData& data);
  absl::Status OnBadRecords(const SourceData& data, const std::vector<BadRecord>& bad_records);
  absl::StatusOr<EventTime> WatermarkOf(const Batch& batch);
  void MeterEmitted(const SourceData& data, const Batch& batch);
  void AppendWatermark(bool finished, std::vector<Element>& elements);

  const SourceSpec spec_;
  std::unique_ptr<Source> source_;
  std::unique_ptr<Decoder> decoder_;
  BadRecordPolicy policy_;

  const Clock* clock_ = nullptr;
  std::unique_ptr<Evaluator> watermark_evaluator_;  // Null without WATERMARK FOR.
  std::optional<SplitWatermarks> watermarks_;
  std::vector<SplitStatus> statuses_;
  bool idle_ = false;
  bool finished_ = false;

  std::optional<SourceMeter> meter_;
  std::optional<int> time_column_;  // What the watermark is made of.
};

}  // namespace millrace
