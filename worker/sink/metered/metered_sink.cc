#include "worker/sink/metered/metered_sink.h"

#include <string>
#include <utility>

#include "common/metrics/metrics.h"

namespace millrace {
namespace {

class MeteredSink final : public Sink {
 public:
  MeteredSink(std::unique_ptr<Sink> sink, std::string table)
      : sink_(std::move(sink)), table_(std::move(table)) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    const MetricLabels table = {{"table", table_}};
    records_ = context.metrics->GetCounter("millrace_sink_records_total", table);
    errors_ = context.metrics->GetCounter("millrace_sink_errors_total", table);
    return sink_->Open(context, restored);
  }

  absl::StatusOr<Progress> Append(Batch batch) override {
    const int64_t rows = batch.num_rows();
    absl::StatusOr<Progress> progress = sink_->Append(std::move(batch));
    Note(progress.status()).IgnoreError();
    if (progress.ok()) records_->Add(static_cast<double>(rows));
    return progress;
  }

  absl::StatusOr<Progress> Resume() override {
    absl::StatusOr<Progress> progress = sink_->Resume();
    Note(progress.status()).IgnoreError();
    return progress;
  }

  void OnWatermark(EventTime watermark) override { sink_->OnWatermark(watermark); }
  absl::Status Seal(Epoch epoch) override { return Note(sink_->Seal(epoch)); }

  absl::StatusOr<bool> Flushed(Epoch epoch) override {
    absl::StatusOr<bool> flushed = sink_->Flushed(epoch);
    Note(flushed.status()).IgnoreError();
    return flushed;
  }

  std::vector<SegmentRef> Segments() const override { return sink_->Segments(); }
  void Snapshot(StateWriter& state) const override { sink_->Snapshot(state); }
  absl::StatusOr<bool> Published() override { return sink_->Published(); }
  absl::Status OnDurable(Epoch epoch, Term term) override {
    return Note(sink_->OnDurable(epoch, term));
  }
  absl::Status Close() override { return Note(sink_->Close()); }

 private:
  // Each failure ends the task, so none is counted twice.
  absl::Status Note(absl::Status status) {
    if (!status.ok()) errors_->Add();
    return status;
  }

  const std::unique_ptr<Sink> sink_;
  const std::string table_;
  Counter* records_ = nullptr;
  Counter* errors_ = nullptr;
};

}  // namespace

std::unique_ptr<Sink> Metered(const SinkSpec& spec, std::unique_ptr<Sink> sink) {
  return std::make_unique<MeteredSink>(std::move(sink), spec.table.name);
}

}  // namespace millrace
