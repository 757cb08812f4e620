#include "worker/sink/throttle/throttled_sink.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "common/base/status_macros.h"
#include "common/plan/option_reader.h"

namespace millrace {
namespace {

constexpr char kRate[] = "sink.rate-limit.rows-per-second";
constexpr char kDuration[] = "sink.rate-limit.duration";

struct RateLimit {
  double rows_per_second = 0;
  absl::Duration duration = absl::InfiniteDuration();
};

class ThrottledSink final : public Sink {
 public:
  ThrottledSink(std::unique_ptr<Sink> sink, const RateLimit& limit)
      : sink_(std::move(sink)), limit_(limit) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    clock_ = context.clock;
    io_ = context.io;
    wake_ = context.wake;
    const absl::Duration now = clock_->Monotonic();
    free_at_ = now;
    limit_ends_ = now + limit_.duration;
    return sink_->Open(context, restored);
  }

  absl::StatusOr<Progress> Append(Batch batch) override {
    const absl::Duration needed =
        absl::Seconds(static_cast<double>(batch.num_rows()) / limit_.rows_per_second);
    free_at_ = std::min(std::max(free_at_, clock_->Monotonic()) + needed, limit_ends_);
    ASSIGN_OR_RETURN(const Progress progress, sink_->Append(std::move(batch)));
    sink_done_ = progress == Progress::kDone;
    return sink_done_ ? AwaitTurn() : progress;
  }

  absl::StatusOr<Progress> Resume() override {
    if (!sink_done_) {
      ASSIGN_OR_RETURN(const Progress progress, sink_->Resume());
      sink_done_ = progress == Progress::kDone;
      if (!sink_done_) return progress;
    }
    return AwaitTurn();
  }

  void OnWatermark(EventTime watermark) override { sink_->OnWatermark(watermark); }
  absl::Status Seal(Epoch epoch) override { return sink_->Seal(epoch); }
  absl::StatusOr<bool> Flushed(Epoch epoch) override { return sink_->Flushed(epoch); }
  std::vector<SegmentRef> Segments() const override { return sink_->Segments(); }
  void Snapshot(StateWriter& state) const override { sink_->Snapshot(state); }
  absl::Status OnDurable(Epoch epoch, Term term) override { return sink_->OnDurable(epoch, term); }
  absl::StatusOr<bool> Published() override { return sink_->Published(); }
  absl::Status Close() override { return sink_->Close(); }

 private:
  Progress AwaitTurn() {
    const absl::Duration now = clock_->Monotonic();
    if (now >= free_at_) return Progress::kDone;
    if (wake_at_ <= now) {
      wake_at_ = free_at_;
      io_->PostAfter(free_at_ - now, wake_);
    }
    return Progress::kBlockedIo;
  }

  const std::unique_ptr<Sink> sink_;
  const RateLimit limit_;
  const Clock* clock_ = nullptr;
  Executor* io_ = nullptr;
  std::function<void()> wake_;
  absl::Duration limit_ends_;
  absl::Duration free_at_;                              // When the rows taken so far are due.
  absl::Duration wake_at_ = -absl::InfiniteDuration();  // Of the wake-up under way.
  bool sink_done_ = true;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sink>> Throttled(const SinkSpec& spec, std::unique_ptr<Sink> sink) {
  const OptionReader options(spec.table);
  if (!options.Find(kRate).has_value()) return sink;
  ASSIGN_OR_RETURN(const int64_t rate, options.IntegerFrom(1, kRate, 1));
  RateLimit limit{.rows_per_second = static_cast<double>(rate)};
  if (options.Find(kDuration).has_value()) {
    ASSIGN_OR_RETURN(const int64_t millis, options.DurationMs(kDuration, 0));
    limit.duration = absl::Milliseconds(millis);
  }
  return std::make_unique<ThrottledSink>(std::move(sink), limit);
}

}  // namespace millrace
