#include "worker/task/task.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "worker/task/snapshot_writer.h"

namespace millrace {
namespace {

// Steps before a task lets others have the core. A step handles about one batch.
constexpr int kStepsPerSlice = 16;

// How often a source that waits looks at the clock, for idleness and lag.
constexpr absl::Duration kTick = absl::Milliseconds(200);

}  // namespace

Task::Task(const TaskEnvironment& environment) : environment_(environment) {}

void Task::Open(OpenParts open) {
  environment_.io->Post([self = shared_from_this(), open = std::move(open)]() mutable {
    absl::StatusOr<TaskParts> parts = open();
    if (parts.ok()) {
      self->Post(OpenedCommand{std::move(*parts)});
    } else {
      self->Post(ClosedCommand{parts.status()});
    }
  });
}

void Task::Start() { Post(StartCommand{}); }
void Task::TriggerCheckpoint(Barrier barrier) { Post(TriggerCommand{barrier}); }
void Task::AbortCheckpoint(Epoch epoch) { Post(AbortCommand{epoch}); }
void Task::OnDurable(Epoch epoch, Term term) { Post(DurableCommand{epoch, term}); }
void Task::Cancel() { Post(CancelCommand{}); }

void Task::Post(Command command) {
  {
    absl::MutexLock lock(&mutex_);
    mailbox_.push_back(std::move(command));
  }
  Wake();
}

void Task::Wake() {
  if (scheduled_.exchange(true)) return;
  environment_.executor->Post([self = shared_from_this()] { self->RunSlice(); });
}

void Task::RunSlice() {
  scheduled_ =
      false;  // Before anything is looked at: what comes from now on schedules another slice.
  meter_.Switch(TaskMeter::Activity::kBusy, environment_.clock->Monotonic());
  absl::Status status = RunCommands();
  Wait wait = Wait::kNone;
  for (int step = 0; status.ok() && wait == Wait::kNone && step < kStepsPerSlice; ++step) {
    if (phase_ != Phase::kRunning) {
      wait = Wait::kInput;
      break;
    }
    absl::StatusOr<Wait> next = Step();
    status = next.status();
    if (next.ok()) wait = *next;
  }
  if (!status.ok()) End(TaskEvent::kFailed, status);
  PublishProgress();
  const bool waits_for_room = wait == Wait::kOutput || wait == Wait::kIo;
  meter_.Switch(waits_for_room ? TaskMeter::Activity::kBackpressured : TaskMeter::Activity::kIdle,
                environment_.clock->Monotonic());
  if (status.ok() && wait == Wait::kNone) Wake();
}

absl::Status Task::RunCommands() {
  while (true) {
    std::optional<Command> command;
    {
      absl::MutexLock lock(&mutex_);
      if (mailbox_.empty()) return absl::OkStatus();
      command.emplace(std::move(mailbox_.front()));
      mailbox_.pop_front();
    }
    RETURN_IF_ERROR(RunCommand(std::move(*command)));
  }
}

absl::Status Task::RunCommand(Command command) {
  if (phase_ == Phase::kEnded) return absl::OkStatus();
  if (auto* opened = std::get_if<OpenedCommand>(&command)) {
    parts_ = std::move(opened->parts);
    meter_ = TaskMeter(*parts_.metrics);
    phase_ = Phase::kOpen;
    if (cancelled_) {
      End(TaskEvent::kCancelled, absl::OkStatus());
    } else {
      environment_.listener->OnTaskEvent(environment_.id, TaskEvent::kOpen, absl::OkStatus());
    }
  } else if (std::holds_alternative<StartCommand>(command)) {
    if (phase_ == Phase::kOpen) phase_ = Phase::kRunning;
  } else if (const auto* trigger = std::get_if<TriggerCommand>(&command)) {
    if (phase_ == Phase::kRunning && parts_.source != nullptr) trigger_ = trigger->barrier;
  } else if (const auto* abort = std::get_if<AbortCommand>(&command)) {
    if (trigger_.has_value() && trigger_->epoch <= abort->epoch) trigger_.reset();
    if (parts_.gate != nullptr) parts_.gate->CancelCheckpoint(abort->epoch);
    if (pending_.has_value() && pending_->epoch <= abort->epoch) pending_.reset();
    // Sources tell those behind them, who may hear of it from their own worker later.
    if (phase_ == Phase::kRunning && parts_.source != nullptr) {
      return parts_.chain->Forward(CancelBarrier{abort->epoch});
    }
  } else if (const auto* durable = std::get_if<DurableCommand>(&command)) {
    return OnDurableCommand(*durable);
  } else if (std::holds_alternative<CancelCommand>(command)) {
    // What is still being opened or closed is waited for: it holds connections and files.
    cancelled_ = true;
    const bool waits = phase_ == Phase::kOpening || phase_ == Phase::kClosing;
    if (!waits) End(TaskEvent::kCancelled, absl::OkStatus());
  } else if (const auto* closed = std::get_if<ClosedCommand>(&command)) {
    if (cancelled_) {
      End(TaskEvent::kCancelled, absl::OkStatus());
    } else if (!closed->status.ok()) {
      return closed->status;
    } else {
      End(TaskEvent::kFinished, absl::OkStatus());
    }
  }
  return absl::OkStatus();
}

absl::Status Task::OnDurableCommand(const DurableCommand& command) {
  if (phase_ != Phase::kRunning) return absl::OkStatus();
  if (parts_.source != nullptr) parts_.source->OnDurable(command.epoch);
  if (parts_.state != nullptr) parts_.state->OnDurable(command.epoch);
  Sink* sink = parts_.chain->sink();
  if (sink != nullptr) RETURN_IF_ERROR(sink->OnDurable(command.epoch, command.term));
  if (!final_epoch_.has_value() || command.epoch < *final_epoch_) return absl::OkStatus();
  // Everything is read, written and durable. The peers may be gone already, so errors of the
  // channels mean nothing now.
  parts_.chain->Forward(EndOfInput{}).IgnoreError();
  phase_ = Phase::kClosing;
  environment_.io->Post([self = shared_from_this(), sink] {
    self->Post(ClosedCommand{sink != nullptr ? sink->Close() : absl::OkStatus()});
  });
  return absl::OkStatus();
}

absl::StatusOr<Task::Wait> Task::Step() {
  if (pending_.has_value()) RETURN_IF_ERROR(DeliverSnapshot());
  ASSIGN_OR_RETURN(const Progress progress, parts_.chain->Advance());
  switch (progress) {
    case Progress::kYield:
      return Wait::kNone;
    case Progress::kBlockedOutput:
      return Wait::kOutput;
    case Progress::kBlockedIo:
      return Wait::kIo;
    case Progress::kDone:
      return StepInput();
  }
  return absl::InternalError("unknown progress");
}

// The chain is empty: the one place where a barrier may pass.
absl::StatusOr<Task::Wait> Task::StepInput() {
  if (!input_.empty()) {
    Element element = std::move(input_.front());
    input_.pop_front();
    if (const auto* barrier = std::get_if<Barrier>(&element)) {
      RETURN_IF_ERROR(TakeSnapshot(*barrier));
    } else if (std::holds_alternative<CancelBarrier>(element)) {
      RETURN_IF_ERROR(parts_.chain->Forward(element));
    } else if (std::holds_alternative<EndOfInput>(element)) {
      input_ended_ = true;
    } else {
      if (const auto* batch = std::get_if<Batch>(&element)) records_in_ += batch->num_rows();
      parts_.chain->Push(std::move(element));
    }
    return Wait::kNone;
  }
  if (trigger_.has_value()) {
    const Barrier barrier = *trigger_;
    trigger_.reset();
    RETURN_IF_ERROR(TakeSnapshot(barrier));
  }
  if (final_epoch_.has_value() || input_ended_) return Wait::kInput;
  if (parts_.chain->output_full()) return Wait::kOutput;
  if (parts_.source != nullptr) return PollSource();
  ASSIGN_OR_RETURN(std::vector<Element> elements, parts_.gate->Poll());
  for (Element& element : elements) input_.push_back(std::move(element));
  return input_.empty() ? Wait::kInput : Wait::kNone;
}

absl::StatusOr<Task::Wait> Task::PollSource() {
  ASSIGN_OR_RETURN(SourceDriver::Input input, parts_.source->Poll());
  for (Element& element : input.elements) input_.push_back(std::move(element));
  moved_ = moved_ || input.rows > 0;
  if (input.wait == SourceWait::kFinished) {
    input_ended_ = true;
    environment_.listener->OnTaskEvent(environment_.id, TaskEvent::kInputEnded, absl::OkStatus());
    return Wait::kNone;
  }
  if (input.wait == SourceWait::kMore || !input_.empty()) return Wait::kNone;
  ScheduleTick();
  return Wait::kInput;
}

absl::Status Task::TakeSnapshot(const Barrier& barrier) {
  TaskSnapshot snapshot{.task = environment_.id, .finished = input_ended_};
  if (parts_.gate != nullptr) snapshot.input_watermarks = parts_.gate->watermarks();
  ASSIGN_OR_RETURN(snapshot.operators, parts_.chain->Snapshot(barrier));
  if (parts_.source != nullptr) {
    OperatorSnapshot source{.state_id = parts_.source_state_id};
    SnapshotWriter writer(source);
    parts_.source->Snapshot(writer);
    snapshot.operators.insert(snapshot.operators.begin(), std::move(source));
  }
  std::unique_ptr<FrozenState> frozen;
  if (parts_.state != nullptr) frozen = parts_.state->Freeze(barrier.epoch);
  if (barrier.final) final_epoch_ = barrier.epoch;
  pending_.emplace(PendingSnapshot{.epoch = barrier.epoch,
                                   .snapshot = std::move(snapshot),
                                   .frozen = std::move(frozen),
                                   .moved = std::exchange(moved_, false)});
  return DeliverSnapshot();
}

absl::Status Task::DeliverSnapshot() {
  Sink* sink = parts_.chain->sink();
  if (sink != nullptr) {
    ASSIGN_OR_RETURN(const bool flushed, sink->Flushed(pending_->epoch));
    if (!flushed) return absl::OkStatus();
    OperatorSnapshot snapshot{.state_id = parts_.chain->sink_state_id(),
                              .segments = sink->Segments()};
    SnapshotWriter writer(snapshot);
    sink->Snapshot(writer);
    if (!snapshot.values.empty() || !snapshot.segments.empty()) {
      pending_->snapshot.operators.push_back(std::move(snapshot));
    }
  }
  environment_.listener->OnTaskSnapshot(pending_->epoch, std::move(pending_->snapshot),
                                        std::move(pending_->frozen), pending_->moved);
  pending_.reset();
  return absl::OkStatus();
}

void Task::ScheduleTick() {
  if (ticking_) return;
  ticking_ = true;
  environment_.executor->PostAfter(kTick, [weak = weak_from_this()] {
    if (const std::shared_ptr<Task> self = weak.lock()) {
      self->ticking_ = false;
      self->Wake();
    }
  });
}

void Task::End(TaskEvent event, const absl::Status& status) {
  if (phase_ == Phase::kEnded) return;
  phase_ = Phase::kEnded;
  pending_.reset();
  input_.clear();
  meter_ = TaskMeter();  // Its series go with the parts.
  // What the parts hold is released on the io executor; only then is the task over for its
  // listener.
  environment_.io->Post(
      [self = shared_from_this(), parts = std::move(parts_), event, status]() mutable {
        // Moved, not assigned to: what uses others goes before them (TaskParts).
        { const TaskParts released = std::move(parts); }
        self->environment_.listener->OnTaskEvent(self->environment_.id, event, status);
      });
}

void Task::PublishProgress() {
  if (parts_.chain == nullptr) return;
  const int64_t records_out = parts_.chain->records_out();
  meter_.CountRows(records_in_ - reported_in_, records_out - reported_out_);
  reported_in_ = records_in_;
  reported_out_ = records_out;
  const EventTime watermark =
      parts_.source != nullptr ? parts_.source->watermark() : parts_.gate->watermark();
  meter_.SetWatermark(watermark);
  shared_records_in_ = records_in_;
  shared_records_out_ = records_out;
  shared_watermark_ms_ = watermark.millis();
}

TaskProgress Task::progress() const {
  return {.task = environment_.id,
          .records_in = shared_records_in_,
          .records_out = shared_records_out_,
          .watermark = EventTime(shared_watermark_ms_)};
}

}  // namespace millrace
