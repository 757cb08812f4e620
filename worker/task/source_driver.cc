#include "worker/task/source_driver.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_primitive.h"
#include "arrow/type.h"
#include "common/base/check.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"

namespace millrace {
namespace {

constexpr std::string_view kSplitWatermarks = "task.split_watermarks";
constexpr std::string_view kOutputWatermark = "task.watermark";

// A restored split's watermark: "<split name>\n<8 bytes>" repeated; names have no line feed.
std::string EncodeWatermark(EventTime watermark) {
  const int64_t millis = watermark.millis();
  std::string bytes(sizeof millis, '\0');
  std::memcpy(bytes.data(), &millis, sizeof millis);
  return bytes;
}

absl::StatusOr<EventTime> DecodeWatermark(std::string_view bytes) {
  int64_t millis = 0;
  if (bytes.size() != sizeof millis)
    return absl::DataLossError("a watermark in the checkpoint is damaged");
  std::memcpy(&millis, bytes.data(), sizeof millis);
  return EventTime(millis);
}

absl::Status RestoreWatermarks(const StateReader& restored, const std::vector<std::string>& names,
                               SplitWatermarks& watermarks) {
  EventTime output = EventTime::Max();
  for (const std::string& bytes : restored.Get(kOutputWatermark)) {
    ASSIGN_OR_RETURN(const EventTime watermark, DecodeWatermark(bytes));
    output = std::min(output, watermark);
  }
  if (output != EventTime::Max()) watermarks.RestoreOutput(output);
  for (const std::string& bytes : restored.Get(kSplitWatermarks)) {
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      if (end == std::string_view::npos || rest.size() < end + 9) {
        return absl::DataLossError("the watermarks of splits in the checkpoint are damaged");
      }
      ASSIGN_OR_RETURN(const EventTime watermark, DecodeWatermark(rest.substr(end + 1, 8)));
      for (size_t i = 0; i < names.size(); ++i) {
        if (names[i] == rest.substr(0, end)) watermarks.Restore(static_cast<int>(i), watermark);
      }
      rest.remove_prefix(end + 9);
    }
  }
  return absl::OkStatus();
}

// The greatest value of a timestamp column, in milliseconds; Min() if it has none.
EventTime GreatestTimestamp(const arrow::Array& column) {
  const auto& times = static_cast<const arrow::TimestampArray&>(column);
  int64_t greatest = EventTime::Min().millis();
  if (times.null_count() == 0) {
    const int64_t* values = times.raw_values();
    for (int64_t i = 0; i < times.length(); ++i) greatest = std::max(greatest, values[i]);
  } else {
    for (int64_t i = 0; i < times.length(); ++i) {
      if (times.IsValid(i)) greatest = std::max(greatest, times.Value(i));
    }
  }
  return EventTime(greatest);
}

// The column that the watermark is computed from, if that is a time in milliseconds: the event time
// of `at - INTERVAL '5' SECOND` is `at`.
std::optional<int> TimeColumn(const Expression& expression) {
  if (expression.kind() == ExpressionKind::kColumn) {
    const bool is_time = expression.type().IsTimestamp() && expression.type().precision() <= 3;
    return is_time ? std::optional(expression.index()) : std::nullopt;
  }
  for (const ExpressionPtr& argument : expression.arguments()) {
    if (const std::optional<int> column = TimeColumn(*argument)) return column;
  }
  return std::nullopt;
}

}  // namespace

SourceDriver::SourceDriver(const SourceSpec& spec, std::unique_ptr<Source> source,
                           std::unique_ptr<Decoder> decoder, BadRecordPolicy policy)
    : spec_(spec),
      source_(std::move(source)),
      decoder_(std::move(decoder)),
      policy_(std::move(policy)) {
  CHECK((policy_.on_error == OnError::kDeadLetter) == (policy_.dead_letters != nullptr));
}

absl::Status SourceDriver::Open(const TaskContext& context, const StateReader* restored) {
  clock_ = context.clock;
  RETURN_IF_ERROR(source_->Open(context, restored));
  const std::vector<std::string>& names = source_->split_names();
  statuses_.resize(names.size());
  absl::Duration idle_timeout = absl::ZeroDuration();
  if (spec_.watermark.has_value()) {
    idle_timeout = absl::Milliseconds(spec_.watermark->idle_timeout_ms);
    ASSIGN_OR_RETURN(watermark_evaluator_,
                     Evaluator::Create(spec_.table.schema, {spec_.watermark->watermark}));
    watermark_evaluator_->UseClock(*clock_);
    time_column_ = TimeColumn(*spec_.watermark->watermark);
  }
  watermarks_.emplace(static_cast<int>(names.size()), idle_timeout);
  if (restored != nullptr) RETURN_IF_ERROR(RestoreWatermarks(*restored, names, *watermarks_));
  meter_.emplace(*context.metrics, *clock_, spec_.table.name, names);
  return absl::OkStatus();
}

absl::StatusOr<bool> SourceDriver::HasRoom() {
  if (policy_.dead_letters == nullptr) return true;
  return policy_.dead_letters->HasRoom();
}

absl::StatusOr<SourceDriver::Input> SourceDriver::Poll() {
  Input input;
  if (finished_) return Input{.wait = SourceWait::kFinished};
  FAILPOINT("source.before_poll");
  ASSIGN_OR_RETURN(SourcePoll poll, source_->Poll(Batch::kTargetRows));
  for (SourceData& data : poll.data) {
    input.records += meter_->OnRead(data);
    ASSIGN_OR_RETURN(Batch batch, Decode(data));
    ASSIGN_OR_RETURN(const EventTime watermark, WatermarkOf(batch));
    watermarks_->OnRecords(data.split, watermark, clock_->Monotonic());
    if (batch.num_rows() == 0) continue;
    MeterEmitted(data, batch);
    input.elements.push_back(std::move(batch));
  }
  meter_->OnPolled(!poll.data.empty());
  for (size_t i = 0; i < statuses_.size(); ++i) {
    statuses_[i] = source_->split_status(static_cast<int>(i));
    meter_->SetLag(i, statuses_[i].lag_records);
  }
  finished_ = poll.wait == SourceWait::kFinished;
  input.wait = poll.wait;
  AppendWatermark(finished_, input.elements);
  return input;
}

absl::StatusOr<Batch> SourceDriver::Decode(const SourceData& data) {
  if (const auto* batch = std::get_if<Batch>(&data.rows)) return *batch;
  CHECK(decoder_ != nullptr);
  ASSIGN_OR_RETURN(DecodeResult decoded, decoder_->Decode(std::get<Slab>(data.rows)));
  if (!decoded.bad_records.empty()) RETURN_IF_ERROR(OnBadRecords(data, decoded.bad_records));
  return std::move(decoded.batch);
}

absl::Status SourceDriver::OnBadRecords(const SourceData& data,
                                        const std::vector<BadRecord>& bad_records) {
  const Slab& slab = std::get<Slab>(data.rows);
  const BadRecord& first = bad_records.front();
  const int64_t position =
      slab.positions.empty() ? first.index : slab.positions[static_cast<size_t>(first.index)];
  meter_->OnBadRecords(static_cast<int64_t>(bad_records.size()));
  if (policy_.on_error == OnError::kFail) {
    return absl::InvalidArgumentError(absl::StrCat(
        "table ", spec_.table.name, ": ", source_->PlaceOf(data.split, position),
        " cannot be read: ", first.reason,
        ". Correct the producer, or set 'on-error' = 'skip' to count and skip such records, or "
        "'dead-letter' to keep them in a topic"));
  }
  const std::string& split = source_->split_names()[static_cast<size_t>(data.split)];
  const bool kept = policy_.on_error == OnError::kDeadLetter;
  LOG_WARNING(kept ? "records that cannot be read go to the dead-letter topic"
                   : "skipped records that cannot be read",
              {{"table", spec_.table.name},
               {"split", split},
               {"records", bad_records.size()},
               {"first_position", position},
               {"first_reason", first.reason}});
  if (!kept) return absl::OkStatus();
  meter_->OnDeadLetters(static_cast<int64_t>(bad_records.size()));
  return policy_.dead_letters->Add(split, slab, bad_records);
}

absl::StatusOr<EventTime> SourceDriver::WatermarkOf(const Batch& batch) {
  if (watermark_evaluator_ == nullptr || batch.num_rows() == 0) return EventTime::Min();
  ASSIGN_OR_RETURN(const auto columns, watermark_evaluator_->Evaluate(batch));
  return GreatestTimestamp(*columns[0]);
}

// Of the last row, which stands for the batch: no loop over rows for a number that people look at.
void SourceDriver::MeterEmitted(const SourceData& data, const Batch& batch) {
  if (time_column_.has_value()) {
    const auto& times = static_cast<const arrow::TimestampArray&>(*batch.column(*time_column_));
    const int64_t last = times.length() - 1;
    if (times.IsValid(last)) meter_->OnEmitted(EventTime(times.Value(last)));
  } else if (const auto* slab = std::get_if<Slab>(&data.rows)) {
    if (!slab->timestamps_ms.empty()) meter_->OnEmitted(EventTime(slab->timestamps_ms.back()));
  }
}

void SourceDriver::AppendWatermark(bool finished, std::vector<Element>& elements) {
  SplitWatermarks::Outcome outcome = watermarks_->Update(statuses_, clock_->Monotonic());
  if (finished) {
    outcome.watermark = EventTime::Max();
    outcome.idle = false;
  }
  if (outcome.idle == false && idle_) elements.push_back(IdleStatus{false});
  if (outcome.watermark.has_value()) elements.push_back(Watermark{*outcome.watermark});
  if (outcome.idle == true) elements.push_back(IdleStatus{true});
  idle_ = outcome.idle.value_or(idle_);
}

void SourceDriver::Snapshot(StateWriter& state) const {
  source_->Snapshot(state);
  std::string watermarks;
  const std::vector<std::string>& names = source_->split_names();
  for (size_t i = 0; i < names.size(); ++i) {
    absl::StrAppend(&watermarks, names[i], "\n",
                    EncodeWatermark(watermarks_->watermark(static_cast<int>(i))));
  }
  state.Put(kSplitWatermarks, std::move(watermarks));
  state.Put(kOutputWatermark, EncodeWatermark(watermarks_->output()));
}

EventTime SourceDriver::watermark() const {
  return finished_ ? EventTime::Max() : watermarks_->output();
}

const std::string* SourceDriver::slowest_split() const {
  const std::optional<int> slowest = watermarks_->slowest();
  if (watermark_evaluator_ == nullptr || finished_ || !slowest.has_value()) return nullptr;
  return &source_->split_names()[static_cast<size_t>(*slowest)];
}

}  // namespace millrace
