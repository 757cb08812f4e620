#include "worker/windows/zoned_windows.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_primitive.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/record_batch.h"
#include "common/base/byte_order.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/columnar/time_zone.h"
#include "worker/windows/sliced_windows.h"

namespace millrace {
namespace {

using Array = std::shared_ptr<arrow::Array>;

constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

// Values of a timestamp column, NULL where its are.
template <typename Convert>
absl::StatusOr<Array> ConvertTimes(const Array& column, Convert convert) {
  const auto& times = static_cast<const arrow::TimestampArray&>(*column);
  arrow::TimestampBuilder builder(times.type(), arrow::default_memory_pool());
  RETURN_IF_ERROR(FromArrow(builder.Reserve(times.length())));
  for (int64_t row = 0; row < times.length(); ++row) {
    if (times.IsNull(row)) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(convert(times.Value(row)));
    }
  }
  return FromArrow(builder.Finish());
}

// `batch` with one more column, a timestamp column like `index`.
absl::StatusOr<Batch> WithTimes(const Batch& batch, int index, Array times) {
  const auto& records = batch.columns();
  ASSIGN_OR_RETURN(auto changed,
                   FromArrow(records->AddColumn(
                       records->num_columns(), records->schema()->field(index), std::move(times))));
  return Batch(std::move(changed), batch.row_kinds());
}

absl::StatusOr<Batch> WithColumn(const Batch& batch, int index, Array column) {
  const auto& records = batch.columns();
  ASSIGN_OR_RETURN(auto changed, FromArrow(records->SetColumn(
                                     index, records->schema()->field(index), std::move(column))));
  return Batch(std::move(changed), batch.row_kinds());
}

// Turns the last column, window_time, back into instants.
class InstantOutput final : public Output {
 public:
  InstantOutput(const TimeZone& zone, Output& out) : zone_(zone), out_(out) {}

  void Emit(Batch batch) override {
    const int last = batch.num_columns() - 1;
    absl::StatusOr<Array> instants = ConvertTimes(
        batch.column(last), [this](int64_t local) { return zone_.EpochMillis(local); });
    absl::StatusOr<Batch> changed = instants.ok() ? WithColumn(batch, last, *std::move(instants))
                                                  : absl::StatusOr<Batch>(instants.status());
    if (changed.ok()) {
      out_.Emit(*std::move(changed));
    } else {
      status_.Update(changed.status());
    }
  }
  bool full() const override { return out_.full(); }

  const absl::Status& status() const { return status_; }

 private:
  const TimeZone& zone_;
  Output& out_;
  absl::Status status_;
};

// What both axes have in common.
class OtherAxis : public Operator {
 public:
  OtherAxis(const WindowSpec& spec, const Schema& input, TimeZone zone,
            std::unique_ptr<Operator> windows)
      : spec_(spec),
        // Windows that rows bring along are named by local times already.
        has_instants_(input.field(spec.time_column).type.kind() == TypeKind::kTimestampLtz),
        zone_(std::move(zone)),
        windows_(std::move(windows)) {}

  absl::StatusOr<Progress> Resume(Output& out) override {
    return Emitting(out, [this](Output& to) { return windows_->Resume(to); });
  }

  void Snapshot(StateWriter& state) const override { windows_->Snapshot(state); }

 protected:
  // Calls the windows with an output that they may use.
  template <typename Call>
  absl::StatusOr<Progress> Emitting(Output& out, Call call) {
    if (!has_instants_ || zone_.is_utc()) return call(out);
    InstantOutput instants(zone_, out);
    absl::StatusOr<Progress> progress = call(instants);
    if (progress.ok() && !instants.status().ok()) return instants.status();
    return progress;
  }

  const WindowSpec spec_;
  const bool has_instants_;
  const TimeZone zone_;
  const std::unique_ptr<Operator> windows_;
};

class LocalWindows final : public OtherAxis {
 public:
  using OtherAxis::OtherAxis;

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    return windows_->Open(context, restored);
  }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    if (has_instants_) {
      ASSIGN_OR_RETURN(
          Array local, ConvertTimes(batch.column(spec_.time_column), [this](int64_t instant) {
            // Times that no window can hold are refused by the windows.
            return SlicedWindows::InReach(instant) ? zone_.LocalMillis(instant) : instant;
          }));
      ASSIGN_OR_RETURN(batch, WithTimes(batch, spec_.time_column, std::move(local)));
    }
    return Emitting(out, [&](Output& to) { return windows_->OnBatch(std::move(batch), to); });
  }

  absl::StatusOr<Progress> OnWatermark(EventTime watermark, Output& out) override {
    const EventTime local(zone_.CompleteLocalMillis(watermark.millis()));
    if (local <= reached_) return Progress::kDone;
    reached_ = local;
    return Emitting(out, [&](Output& to) { return windows_->OnWatermark(local, to); });
  }

 private:
  EventTime reached_ = EventTime::Min();
};

class ProcessingTimeWindows final : public OtherAxis {
 public:
  using OtherAxis::OtherAxis;

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    clock_ = context.clock;
    RETURN_IF_ERROR(windows_->Open(context, restored));
    if (restored == nullptr) return absl::OkStatus();
    ASSIGN_OR_RETURN(reached_ms_, Latest(*restored, kReached));
    ASSIGN_OR_RETURN(open_until_ms_, Latest(*restored, kOpenUntil));
    // Whatever ended meanwhile is overdue.
    if (open_until_ms_ != kNever) next_ = absl::InfinitePast();
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    const int64_t now = LocalNow(clock_->Wall());
    ASSIGN_OR_RETURN(Array times, RepeatedTime(batch, now));
    ASSIGN_OR_RETURN(batch, WithTimes(batch, spec_.time_column, std::move(times)));
    open_until_ms_ = std::max(open_until_ms_, LastEndOf(now));
    if (next_ == absl::InfiniteFuture()) next_ = TimeOf(NextEndAfter(now));
    return Emitting(out, [&](Output& to) { return windows_->OnBatch(std::move(batch), to); });
  }

  // Event time has no say here, but its end is that of the input.
  absl::StatusOr<Progress> OnWatermark(EventTime watermark, Output& out) override {
    if (watermark != EventTime::Max()) return Progress::kDone;
    next_ = absl::InfiniteFuture();
    return Emitting(out, [&](Output& to) { return windows_->OnWatermark(watermark, to); });
  }

  absl::Time NextTime() const override { return next_; }

  absl::StatusOr<Progress> OnTime(absl::Time now, Output& out) override {
    const int64_t epoch_ms = absl::ToUnixMillis(now);
    // The millisecond that the clock shows is not over: a row may still come to it.
    reached_ms_ = std::max(reached_ms_, zone_.CompleteLocalMillis(epoch_ms - 1));
    next_ = reached_ms_ + 1 >= open_until_ms_ ? absl::InfiniteFuture()
                                              : TimeOf(NextEndAfter(reached_ms_ + 1));
    // A clock that is put back an hour shows ends again that are not complete before it is over.
    if (next_ <= now) next_ = now + absl::Seconds(1);
    return Emitting(out,
                    [&](Output& to) { return windows_->OnWatermark(EventTime(reached_ms_), to); });
  }

  void Snapshot(StateWriter& state) const override {
    OtherAxis::Snapshot(state);
    state.Put(kReached, Encoded(reached_ms_));
    state.Put(kOpenUntil, Encoded(open_until_ms_));
  }

 private:
  static constexpr std::string_view kReached = "processing_time";
  static constexpr std::string_view kOpenUntil = "open_until";
  // Sessions are looked at so often while they are open.
  static constexpr int64_t kLooksPerGap = 100;

  static std::string Encoded(int64_t value) {
    std::string bytes(sizeof value, '\0');
    StoreLittle(bytes.data(), static_cast<uint64_t>(value));
    return bytes;
  }

  // The latest of what the former tasks wrote.
  static absl::StatusOr<int64_t> Latest(const StateReader& restored, std::string_view name) {
    int64_t latest = kNever;
    for (const std::string& bytes : restored.Get(name)) {
      if (bytes.size() != sizeof latest) {
        return absl::DataLossError(absl::StrCat("'", std::string(name),
                                                "' in the checkpoint is damaged; restore from "
                                                "another checkpoint"));
      }
      latest = std::max(latest, static_cast<int64_t>(LoadLittle<uint64_t>(bytes.data())));
    }
    return latest;
  }

  // The time of rows that come now: behind all that has fired, whatever the clock of another
  // machine had shown before a restore.
  int64_t LocalNow(absl::Time now) const {
    const int64_t local = zone_.LocalMillis(absl::ToUnixMillis(now));
    return reached_ms_ == kNever ? local : std::max(local, reached_ms_ + 1);
  }

  absl::StatusOr<Array> RepeatedTime(const Batch& batch, int64_t time) const {
    arrow::TimestampBuilder builder(batch.column(spec_.time_column)->type(),
                                    arrow::default_memory_pool());
    RETURN_IF_ERROR(FromArrow(builder.Reserve(batch.num_rows())));
    for (int64_t row = 0; row < batch.num_rows(); ++row) builder.UnsafeAppend(time);
    return FromArrow(builder.Finish());
  }

  // The last end of the windows that hold `time`.
  int64_t LastEndOf(int64_t time) const {
    if (spec_.kind == WindowKind::kSession) return time + spec_.size_ms;
    const SlicedWindows sliced(spec_);
    return sliced.LastWindowOf(sliced.SliceOf(time));
  }

  // The first time behind `time` at which a window may end.
  int64_t NextEndAfter(int64_t time) const {
    if (spec_.kind == WindowKind::kSession) {
      return time + std::clamp<int64_t>(spec_.size_ms / kLooksPerGap, 10, 1000);
    }
    const SlicedWindows sliced(spec_);
    return sliced.FirstWindowOf(sliced.SliceOf(time));
  }

  absl::Time TimeOf(int64_t local_ms) const {
    return absl::FromUnixMillis(zone_.EpochMillis(local_ms));
  }

  const Clock* clock_ = nullptr;
  int64_t reached_ms_ = kNever;     // Up to here windows have fired.
  int64_t open_until_ms_ = kNever;  // The last end of a window with rows.
  absl::Time next_ = absl::InfiniteFuture();
};

}  // namespace

std::optional<AxisInput> InputOnAxisOf(const WindowSpec& spec, const Schema& input) {
  const bool local = !spec.time_zone.empty() &&
                     input.field(spec.time_column).type.kind() == TypeKind::kTimestampLtz;
  if (!spec.processing_time && !local) return std::nullopt;
  std::vector<Field> fields = input.fields();
  fields.push_back(input.field(spec.time_column));
  AxisInput result{.columns = Schema(std::move(fields)), .window = spec};
  result.window.time_column = input.size();
  return result;
}

absl::StatusOr<std::unique_ptr<Operator>> OnAxisOf(const WindowSpec& spec, const Schema& input,
                                                   std::unique_ptr<Operator> windows) {
  TimeZone zone;
  if (!spec.time_zone.empty()) {
    ASSIGN_OR_RETURN(zone, TimeZone::Load(spec.time_zone));
  }
  if (spec.processing_time) {
    return std::make_unique<ProcessingTimeWindows>(spec, input, std::move(zone),
                                                   std::move(windows));
  }
  if (spec.time_zone.empty()) return windows;
  return std::make_unique<LocalWindows>(spec, input, std::move(zone), std::move(windows));
}

}  // namespace millrace
