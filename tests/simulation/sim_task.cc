#include "tests/simulation/sim_task.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "arrow/api.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"

namespace millrace::simulation {
namespace {

constexpr int64_t kBatchRows = 10;

Batch KeyBatch(const std::vector<int64_t>& keys) {
  arrow::Int64Builder builder;
  CHECK(builder.AppendValues(keys).ok());
  std::shared_ptr<arrow::Array> column = builder.Finish().ValueOrDie();
  return Batch(arrow::RecordBatch::Make(arrow::schema({arrow::field("key", arrow::int64())}),
                                        column->length(), {column}));
}

const TaskSnapshot* Find(const Manifest* manifest, TaskId id) {
  if (manifest == nullptr) return nullptr;
  for (const TaskSnapshot& task : manifest->tasks) {
    if (task.task == id) return &task;
  }
  return nullptr;
}

std::string ValueOf(const TaskSnapshot& snapshot, const char* name) {
  for (const OperatorSnapshot& op : snapshot.operators) {
    const auto value = op.values.find(name);
    if (value != op.values.end()) return value->second;
  }
  return "";
}

TaskSnapshot SnapshotWith(TaskId id, const char* name, std::string value) {
  return {.task = id,
          .operators = {{.state_id = absl::StrCat("stage-", id.stage.value()),
                         .values = {{name, std::move(value)}}}}};
}

class Source final : public SimTask {
 public:
  explicit Source(SourceParts parts) : parts_(std::move(parts)) {
    const TaskSnapshot* snapshot = Find(parts_.restore, parts_.id);
    if (snapshot != nullptr) position_ = PositionOf(*snapshot);
  }

  absl::StatusOr<bool> Step() override {
    if (final_epoch_.has_value()) return false;
    if (trigger_.has_value()) return TakeSnapshot(*std::exchange(trigger_, std::nullopt));
    const bool full = std::any_of(parts_.senders.begin(), parts_.senders.end(),
                                  [](const auto& sender) { return sender->full(); });
    if (full || ended_) return false;
    if (position_ == parts_.shape.records_per_source) {
      ended_ = true;
      RETURN_IF_ERROR(Broadcast(Watermark{EventTime::Max()}));
      parts_.reports.event(TaskEventKind::kInputEnded);
      return true;
    }
    RETURN_IF_ERROR(EmitBatch());
    return true;
  }

  void Trigger(const Barrier& barrier) override { trigger_ = barrier; }

  absl::Status Abort(Epoch epoch) override {
    if (trigger_.has_value() && trigger_->epoch <= epoch) trigger_.reset();
    return Broadcast(CancelBarrier{epoch});
  }

  absl::Status OnDurable(Epoch epoch) override {
    if (!final_epoch_.has_value() || epoch < *final_epoch_) return absl::OkStatus();
    Broadcast(EndOfInput{}).IgnoreError();  // Those behind may have ended already.
    parts_.reports.event(TaskEventKind::kFinished);
    return absl::OkStatus();
  }

  bool TakeMoved() override { return std::exchange(moved_, false); }

 private:
  absl::Status EmitBatch() {
    const int64_t rows = 1 + parts_.schedule->random().Below(kBatchRows);
    std::vector<std::vector<int64_t>> keys(parts_.senders.size());
    const int64_t end = std::min(position_ + rows, parts_.shape.records_per_source);
    for (; position_ < end; ++position_) {
      const int64_t key = parts_.shape.KeyOf(parts_.id.index, position_);
      keys[static_cast<size_t>(key) % keys.size()].push_back(key);
    }
    moved_ = true;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!keys[i].empty()) RETURN_IF_ERROR(parts_.senders[i]->Send(KeyBatch(keys[i])));
    }
    return Broadcast(Watermark{EventTime(position_)});
  }

  absl::StatusOr<bool> TakeSnapshot(const Barrier& barrier) {
    RETURN_IF_ERROR(Broadcast(barrier));
    if (barrier.final) final_epoch_ = barrier.epoch;
    parts_.reports.snapshot(barrier.epoch,
                            SnapshotWith(parts_.id, kPosition, absl::StrCat(position_)));
    return true;
  }

  absl::Status Broadcast(const Element& element) {
    for (const auto& sender : parts_.senders) RETURN_IF_ERROR(sender->Send(element));
    return absl::OkStatus();
  }

  const SourceParts parts_;
  int64_t position_ = 0;
  bool moved_ = false;
  bool ended_ = false;
  std::optional<Barrier> trigger_;
  std::optional<Epoch> final_epoch_;
};

class Counter final : public SimTask {
 public:
  explicit Counter(CounterParts parts)
      : id_(parts.id), reports_(std::move(parts.reports)), gate_(std::move(parts.receivers)) {
    const TaskSnapshot* snapshot = Find(parts.restore, id_);
    if (snapshot == nullptr) return;
    counts_ = CountsOf(*snapshot);
    gate_.RestoreWatermarks(snapshot->input_watermarks);
    watermark_ = gate_.watermark();
  }

  absl::StatusOr<bool> Step() override {
    if (final_epoch_.has_value()) return false;
    ASSIGN_OR_RETURN(const std::vector<Element> elements, gate_.Poll());
    for (const Element& element : elements) Take(element);
    return !elements.empty();
  }

  absl::Status Abort(Epoch epoch) override {
    gate_.CancelCheckpoint(epoch);
    return absl::OkStatus();
  }

  absl::Status OnDurable(Epoch epoch) override {
    if (final_epoch_.has_value() && epoch >= *final_epoch_) {
      reports_.event(TaskEventKind::kFinished);
    }
    return absl::OkStatus();
  }

 private:
  void Take(const Element& element) {
    CHECK(!final_epoch_.has_value());  // Nothing may follow the last barrier.
    if (const auto* batch = std::get_if<Batch>(&element)) {
      const auto& keys = static_cast<const arrow::Int64Array&>(*batch->column(0));
      for (int64_t i = 0; i < keys.length(); ++i) ++counts_[keys.Value(i)];
    } else if (const auto* watermark = std::get_if<Watermark>(&element)) {
      CHECK(watermark->time > watermark_);
      watermark_ = watermark->time;
    } else if (const auto* barrier = std::get_if<Barrier>(&element)) {
      CHECK(barrier->epoch > last_epoch_);
      last_epoch_ = barrier->epoch;
      if (barrier->final) final_epoch_ = barrier->epoch;
      std::string counts;
      for (const auto& [key, count] : counts_) absl::StrAppend(&counts, key, "=", count, ";");
      TaskSnapshot snapshot = SnapshotWith(id_, kCounts, std::move(counts));
      snapshot.input_watermarks = gate_.watermarks();
      reports_.snapshot(barrier->epoch, std::move(snapshot));
    }
  }

  const TaskId id_;
  const TaskReports reports_;
  InputGate gate_;
  std::map<int64_t, int64_t> counts_;
  EventTime watermark_ = EventTime::Min();
  Epoch last_epoch_;
  std::optional<Epoch> final_epoch_;
};

}  // namespace

std::unique_ptr<SimTask> NewSource(SourceParts parts) {
  return std::make_unique<Source>(std::move(parts));
}

std::unique_ptr<SimTask> NewCounter(CounterParts parts) {
  return std::make_unique<Counter>(std::move(parts));
}

std::map<int64_t, int64_t> CountsOf(const TaskSnapshot& snapshot) {
  std::map<int64_t, int64_t> counts;
  for (const auto& entry : absl::StrSplit(ValueOf(snapshot, kCounts), ';', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(entry, '=');
    int64_t key = 0;
    int64_t count = 0;
    CHECK(absl::SimpleAtoi(parts.first, &key) && absl::SimpleAtoi(parts.second, &count));
    counts[key] = count;
  }
  return counts;
}

int64_t PositionOf(const TaskSnapshot& snapshot) {
  int64_t position = 0;
  return absl::SimpleAtoi(ValueOf(snapshot, kPosition), &position) ? position : 0;
}

}  // namespace millrace::simulation
