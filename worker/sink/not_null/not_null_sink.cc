#include "worker/sink/not_null/not_null_sink.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

class NotNullSink final : public Sink {
 public:
  NotNullSink(std::unique_ptr<Sink> sink, const TableDescription& table, std::vector<int> columns)
      : sink_(std::move(sink)), table_(table), columns_(std::move(columns)) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    return sink_->Open(context, restored);
  }

  absl::StatusOr<Progress> Append(Batch batch) override {
    RETURN_IF_ERROR(Check(batch));
    return sink_->Append(std::move(batch));
  }

  absl::StatusOr<Progress> Resume() override { return sink_->Resume(); }
  void OnWatermark(EventTime watermark) override { sink_->OnWatermark(watermark); }
  absl::Status Seal(Epoch epoch) override { return sink_->Seal(epoch); }
  absl::StatusOr<bool> Flushed(Epoch epoch) override { return sink_->Flushed(epoch); }
  std::vector<SegmentRef> Segments() const override { return sink_->Segments(); }
  void Snapshot(StateWriter& state) const override { sink_->Snapshot(state); }
  absl::Status OnDurable(Epoch epoch, Term term) override { return sink_->OnDurable(epoch, term); }
  absl::StatusOr<bool> Published() override { return sink_->Published(); }
  absl::Status Close() override { return sink_->Close(); }

 private:
  absl::Status Check(const Batch& batch) const {
    for (const int column : columns_) {
      if (batch.column(column)->null_count() == 0) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("column '", table_.schema.field(column).name, "' of table ", table_.name,
                       " is NOT NULL, but a row has NULL for it. Filter such rows, or declare the "
                       "column without "
                       "NOT NULL"));
    }
    return absl::OkStatus();
  }

  const std::unique_ptr<Sink> sink_;
  const TableDescription table_;
  const std::vector<int> columns_;  // That are NOT NULL.
};

}  // namespace

std::unique_ptr<Sink> NotNullEnforced(const SinkSpec& spec, std::unique_ptr<Sink> sink) {
  std::vector<int> columns;
  for (int i = 0; i < spec.table.schema.size(); ++i) {
    if (!spec.table.schema.field(i).type.nullable()) columns.push_back(i);
  }
  if (columns.empty()) return sink;
  return std::make_unique<NotNullSink>(std::move(sink), spec.table, std::move(columns));
}

}  // namespace millrace
