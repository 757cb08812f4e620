#include "worker/task/task.h"

#include <algorithm>
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
constexpr absl::Duration kSourceTick = absl::Milliseconds(200);

// How often any other task that waits does, so that the time it waits is counted while it passes
// and not all at once when it is over.
constexpr absl::Duration kTick = absl::Seconds(1);

}  // namespace

Task::Task(const TaskEnvironment& environment) : environment_(environment) {}

void Task::Open(OpenParts open) {
  environment_.io->Post([self = shared_from_this(), open = std::move(open)]() mutable {
    const LogScope log_scope(self->environment_.log_fields);
    absl::StatusOr<TaskParts> parts = open();
    if (parts.ok()) {
      self->Post(OpenedCommand{std::move(*parts)});
    } else {
      self->Post(ClosedCommand{parts.status()});
    }
  });
}

void Task::Start() { Post(StartCommand{}); }
void Task::TriggerCheckpoint(Barrier barrier) { Post(TriggerCommand{barrier, Now()}); }
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
  ready_since_ = Now();
  environment_.executor->Post([self = shared_from_this()] { self->RunSlice(); });
}

void Task::RunSlice() {
  const LogScope log_scope(environment_.log_fields);
  const absl::Duration began = Now();
  meter_.OnTakenUp(began - ready_since_);
  scheduled_ =
      false;  // Before anything is looked at: what comes from now on schedules another slice.
  meter_.Switch(TaskMeter::Activity::kBusy, began);
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
                Now());
  if (!status.ok()) return;
  if (wait == Wait::kNone) {
    Wake();
  } else if (phase_ == Phase::kRunning) {
    ScheduleTick();
    if (wait == Wait::kInput) ScheduleTimer();
  }
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
    OnOpened(std::move(opened->parts));
  } else if (std::holds_alternative<StartCommand>(command)) {
    if (phase_ == Phase::kOpen) phase_ = Phase::kRunning;
  } else if (const auto* trigger = std::get_if<TriggerCommand>(&command)) {
    OnTriggerCommand(*trigger);
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
  } else if (const auto* written = std::get_if<WrittenCommand>(&command)) {
    checkpoint_meter_.OnWritten(written->took);
  }
  return absl::OkStatus();
}

void Task::OnOpened(TaskParts parts) {
  parts_ = std::move(parts);
  if (DeadLetters* letters = parts_.source ? parts_.source->dead_letters() : nullptr) {
    sinks_.push_back({&letters->sink(), letters->state_id()});
  }
  if (parts_.chain->sink() != nullptr) {
    sinks_.push_back({parts_.chain->sink(), parts_.chain->sink_state_id()});
  }
  meter_ = TaskMeter(*parts_.metrics);
  checkpoint_meter_ = CheckpointMeter(*parts_.metrics, {.inputs = parts_.gate != nullptr,
                                                        .sink = !sinks_.empty(),
                                                        .state = parts_.state != nullptr});
  phase_ = Phase::kOpen;
  if (cancelled_) {
    End(TaskEvent::kCancelled, absl::OkStatus());
  } else {
    environment_.listener->OnTaskEvent(environment_.id, TaskEvent::kOpen, absl::OkStatus());
  }
}

// Every task is told, for the start of the checkpoint's time; those without a source wait for
// barriers.
void Task::OnTriggerCommand(const TriggerCommand& command) {
  if (phase_ != Phase::kRunning) return;
  checkpoint_meter_.OnTriggered(command.barrier.epoch, command.at);
  if (parts_.source != nullptr) trigger_ = command.barrier;
}

absl::Status Task::OnDurableCommand(const DurableCommand& command) {
  if (phase_ != Phase::kRunning) return absl::OkStatus();
  if (parts_.source != nullptr) parts_.source->OnDurable(command.epoch);
  if (parts_.state != nullptr) parts_.state->OnDurable(command.epoch);
  for (const OpenSink& each : sinks_) {
    RETURN_IF_ERROR(each.sink->OnDurable(command.epoch, command.term));
  }
  if (final_epoch_.has_value() && command.epoch >= *final_epoch_) finishing_ = true;
  return absl::OkStatus();
}

// Everything is read, written, durable and published. The peers may be gone already, so errors of
// the channels mean nothing now.
void Task::Close() {
  parts_.chain->Forward(EndOfInput{}).IgnoreError();
  phase_ = Phase::kClosing;
  environment_.io->Post([self = shared_from_this(), sinks = sinks_] {
    absl::Status status;
    for (const OpenSink& each : sinks) status.Update(each.sink->Close());
    self->Post(ClosedCommand{status});
  });
}

absl::StatusOr<Task::Wait> Task::Step() {
  if (pending_.has_value()) RETURN_IF_ERROR(DeliverSnapshot());
  ASSIGN_OR_RETURN(const bool published, Published());
  if (finishing_) {
    if (published) Close();
    return Wait::kInput;
  }
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

// Of all sinks, for each has to be asked for its errors.
absl::StatusOr<bool> Task::Published() {
  bool all = true;
  for (const OpenSink& each : sinks_) {
    ASSIGN_OR_RETURN(const bool published, each.sink->Published());
    all = all && published;
  }
  return all;
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
      if (const auto* batch = std::get_if<Batch>(&element)) in_.Add(*batch);
      parts_.chain->Push(std::move(element), parts_.gate != nullptr ? parts_.gate->input() : 0);
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
  if (parts_.chain->NextTime() <= environment_.clock->Wall()) {
    RETURN_IF_ERROR(parts_.chain->OnTime(environment_.clock->Wall()));
    moved_ = true;  // What a window gave has to be published, though nothing was read.
    return Wait::kNone;
  }
  if (parts_.source != nullptr) return PollSource();
  return PollGate();
}

absl::StatusOr<Task::Wait> Task::PollGate() {
  ASSIGN_OR_RETURN(std::vector<Element> elements, parts_.gate->Poll());
  for (Element& element : elements) input_.push_back(std::move(element));
  if (const std::optional<Epoch> epoch = parts_.gate->aligning()) {
    checkpoint_meter_.OnBarrier(*epoch, Now());
  }
  return input_.empty() ? Wait::kInput : Wait::kNone;
}

absl::StatusOr<Task::Wait> Task::PollSource() {
  ASSIGN_OR_RETURN(const bool has_room, parts_.source->HasRoom());
  if (!has_room) return Wait::kIo;
  ASSIGN_OR_RETURN(SourceDriver::Input input, parts_.source->Poll());
  for (Element& element : input.elements) input_.push_back(std::move(element));
  records_read_ += input.records;
  moved_ = moved_ || input.records > 0;
  if (input.wait == SourceWait::kFinished) {
    input_ended_ = true;
    environment_.listener->OnTaskEvent(environment_.id, TaskEvent::kInputEnded, absl::OkStatus());
    return Wait::kNone;
  }
  const bool has_more = input.wait == SourceWait::kMore || !input_.empty();
  return has_more ? Wait::kNone : Wait::kInput;
}

absl::Status Task::TakeSnapshot(const Barrier& barrier) {
  checkpoint_meter_.OnAligned(barrier.epoch, Now());
  TaskSnapshot snapshot{.task = environment_.id, .finished = input_ended_};
  if (parts_.gate != nullptr) snapshot.input_watermarks = parts_.gate->watermarks();
  ASSIGN_OR_RETURN(snapshot.operators, parts_.chain->Snapshot(barrier));
  if (parts_.source != nullptr) {
    OperatorSnapshot source{.state_id = parts_.source_state_id};
    SnapshotWriter writer(source);
    parts_.source->Snapshot(writer);
    if (DeadLetters* const letters = parts_.source->dead_letters()) {
      RETURN_IF_ERROR(letters->sink().Seal(barrier.epoch));
    }
    snapshot.operators.insert(snapshot.operators.begin(), std::move(source));
  }
  std::unique_ptr<FrozenState> frozen = Freeze(barrier.epoch);
  checkpoint_meter_.OnFrozen(Now());
  if (barrier.final) final_epoch_ = barrier.epoch;
  pending_.emplace(PendingSnapshot{.epoch = barrier.epoch,
                                   .snapshot = std::move(snapshot),
                                   .frozen = std::move(frozen),
                                   .moved = std::exchange(moved_, false)});
  return DeliverSnapshot();
}

std::unique_ptr<FrozenState> Task::Freeze(Epoch epoch) {
  if (parts_.state == nullptr) return nullptr;
  return std::make_unique<TimedFrozenState>(parts_.state->Freeze(epoch), *environment_.clock,
                                            [weak = weak_from_this()](absl::Duration took) {
                                              if (const std::shared_ptr<Task> self = weak.lock())
                                                self->Post(WrittenCommand{took});
                                            });
}

absl::Status Task::DeliverSnapshot() {
  for (const OpenSink& each : sinks_) {
    ASSIGN_OR_RETURN(const bool flushed, each.sink->Flushed(pending_->epoch));
    if (!flushed) return absl::OkStatus();
  }
  if (!sinks_.empty()) checkpoint_meter_.OnFlushed(Now());
  for (const OpenSink& each : sinks_) {
    OperatorSnapshot snapshot{.state_id = each.state_id, .segments = each.sink->Segments()};
    SnapshotWriter writer(snapshot);
    each.sink->Snapshot(writer);
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
  const absl::Duration tick = parts_.source != nullptr ? kSourceTick : kTick;
  environment_.executor->PostAfter(tick, [weak = weak_from_this()] {
    if (const std::shared_ptr<Task> self = weak.lock()) {
      self->ticking_ = false;
      self->Wake();
    }
  });
}

// A timer that turns out to be too early, since the wall clock was set, is followed by another one;
// if it is too late, a tick comes before it.
void Task::ScheduleTimer() {
  const absl::Time next = parts_.chain->NextTime();
  const bool fires = !input_ended_ && !final_epoch_.has_value();
  if (!fires || next >= timer_at_) return;
  timer_at_ = next;
  const absl::Duration wait = std::max(next - environment_.clock->Wall(), absl::ZeroDuration());
  environment_.executor->PostAfter(wait, [weak = weak_from_this(), next] {
    const std::shared_ptr<Task> self = weak.lock();
    if (self == nullptr) return;
    if (self->timer_at_ == next) self->timer_at_ = absl::InfiniteFuture();
    self->Wake();
  });
}

void Task::End(TaskEvent event, const absl::Status& status) {
  if (phase_ == Phase::kEnded) return;
  phase_ = Phase::kEnded;
  pending_.reset();
  sinks_.clear();
  input_.clear();
  meter_ = TaskMeter();  // Its series go with the parts.
  checkpoint_meter_ = CheckpointMeter();
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
  meter_.CountUpTo(in_, parts_.chain->out());
  const EventTime watermark =
      parts_.source != nullptr ? parts_.source->watermark() : parts_.gate->watermark();
  meter_.SetWatermark(watermark);
  // Of a source also those that became no row: the coordinator takes a checkpoint when it sees
  // them.
  shared_records_in_ = parts_.source != nullptr ? records_read_ : in_.records;
  shared_records_out_ = parts_.chain->out().records;
  shared_watermark_ms_ = watermark.millis();
  const std::string* const slowest =
      parts_.source != nullptr ? parts_.source->slowest_split() : nullptr;
  if (slowest == slowest_split_) return;
  slowest_split_ = slowest;
  absl::MutexLock lock(&slowest_mutex_);
  shared_slowest_split_ = slowest != nullptr ? *slowest : "";
}

TaskProgress Task::progress() const {
  absl::MutexLock lock(&slowest_mutex_);
  return {.task = environment_.id,
          .records_in = shared_records_in_,
          .records_out = shared_records_out_,
          .watermark = EventTime(shared_watermark_ms_),
          .slowest_split = shared_slowest_split_};
}

}  // namespace millrace
