// A task: one parallel instance of a chain, driven by one loop.
//
// A task is cooperative. It runs on one executor (a core), a slice at a time, and comes back
// whenever it has to wait: for input, for credit, for a system outside. Wake() makes it run again.
// Everything that concerns a task reaches it as a command in its mailbox, so that nothing inside
// needs a lock.
//
//   created -> Open (may block; on the io executor) -> Start -> reading -> final barrier -> durable
//   -> finished
//
// A failed or cancelled task stops where it is; what it holds is released on the io executor, since
// closing connections may block.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/checkpoint/manifest.h"
#include "common/log/log_scope.h"
#include "worker/contract/element.h"
#include "worker/contract/frozen_state.h"
#include "worker/contract/operator.h"
#include "worker/state/task_state.h"
#include "worker/task/chain.h"
#include "worker/task/checkpoint_meter.h"
#include "worker/task/input_gate.h"
#include "worker/task/source_driver.h"
#include "worker/task/task_meter.h"

namespace millrace {

enum class TaskEvent : uint8_t {
  kOpen = 1,
  kInputEnded = 2,
  kFinished = 3,
  kCancelled = 4,
  kFailed = 5
};

// What a task has to say. Called on the task's executor, or on the io executor while it opens and
// closes. Must not block.
class TaskListener {
 public:
  virtual ~TaskListener() = default;
  virtual void OnTaskEvent(TaskId task, TaskEvent event, const absl::Status& status) = 0;
  // The task's part of the checkpoint is taken, and its sinks have flushed. `moved`: records were
  // read since the last one.
  virtual void OnTaskSnapshot(Epoch epoch, TaskSnapshot snapshot,
                              std::unique_ptr<FrozenState> frozen, bool moved) = 0;
};

// What a task is made of. Exactly one of `source` and `gate` is set. The order is that in which one
// uses another: the chain uses the state, all use the metrics.
struct TaskParts {
  std::unique_ptr<MetricScope> metrics;
  std::unique_ptr<TaskState> state;  // Null: no keyed state.
  std::unique_ptr<SourceDriver> source;
  std::string source_state_id;
  std::unique_ptr<InputGate> gate;
  std::unique_ptr<Chain> chain;
};

struct TaskEnvironment {
  TaskId id;
  Executor* executor = nullptr;  // Single-threaded.
  Executor* io = nullptr;
  const Clock* clock = nullptr;
  TaskListener* listener = nullptr;
  LogFields log_fields = nullptr;  // Of every line that is written on behalf of the task.
};

struct TaskProgress {
  TaskId task;
  int64_t records_in = 0;  // A source: read, also those that became no row.
  int64_t records_out = 0;
  EventTime watermark = EventTime::Min();
  std::string slowest_split;  // Of a source with a watermark: the split that holds it back.
};

class Task : public std::enable_shared_from_this<Task> {
 public:
  // `open` builds and opens the parts; it runs on the io executor.
  using OpenParts = absl::AnyInvocable<absl::StatusOr<TaskParts>()>;

  explicit Task(const TaskEnvironment& environment);

  // All of these are thread-safe and return at once.
  void Open(OpenParts open);
  void Start();
  void TriggerCheckpoint(Barrier barrier);  // Tasks with a source only; others wait for barriers.
  void AbortCheckpoint(Epoch epoch);
  void OnDurable(Epoch epoch, Term term);
  void Cancel();
  void Wake();
  TaskProgress progress() const;

 private:
  struct StartCommand {};
  struct TriggerCommand {
    Barrier barrier;
    absl::Duration at;
  };
  struct AbortCommand {
    Epoch epoch;
  };
  struct DurableCommand {
    Epoch epoch;
    Term term;
  };
  struct CancelCommand {};
  struct OpenedCommand {
    TaskParts parts;
  };
  struct ClosedCommand {
    absl::Status status;
  };
  // What was frozen has been made durable.
  struct WrittenCommand {
    absl::Duration took;
  };
  using Command = std::variant<OpenedCommand, StartCommand, TriggerCommand, AbortCommand,
                               DurableCommand, CancelCommand, ClosedCommand, WrittenCommand>;

  enum class Phase : uint8_t { kOpening, kOpen, kRunning, kClosing, kEnded };
  // Why a slice ended: more to do, or what the task waits for.
  enum class Wait : uint8_t { kNone, kInput, kOutput, kIo };

  void Post(Command command);
  void RunSlice();
  absl::Status RunCommands();
  absl::Status RunCommand(Command command);
  void OnOpened(TaskParts parts);
  void OnTriggerCommand(const TriggerCommand& command);
  absl::Status OnDurableCommand(const DurableCommand& command);
  void Close();
  absl::StatusOr<Wait> Step();
  absl::StatusOr<Wait> StepInput();
  absl::StatusOr<Wait> PollSource();
  absl::StatusOr<Wait> PollGate();
  absl::StatusOr<bool> Published();
  absl::Status TakeSnapshot(const Barrier& barrier);
  absl::Status DeliverSnapshot();
  std::unique_ptr<FrozenState> Freeze(Epoch epoch);
  absl::Duration Now() const { return environment_.clock->Monotonic(); }
  void ScheduleTick();
  void ScheduleTimer();
  void End(TaskEvent event, const absl::Status& status);
  void PublishProgress();

  const TaskEnvironment environment_;
  std::atomic<bool> scheduled_ = false;
  absl::Duration ready_since_;  // Written by who sets `scheduled_`, read before it is cleared.
  absl::Mutex mutex_;
  std::deque<Command> mailbox_ ABSL_GUARDED_BY(mutex_);

  // The rest belongs to the executor's thread.
  Phase phase_ = Phase::kOpening;
  TaskParts parts_;
  // All that is written to: the source's dead letters, the chain's sink. Of `parts_`.
  struct OpenSink {
    Sink* sink;
    std::string state_id;
  };
  std::vector<OpenSink> sinks_;
  TaskMeter meter_;
  CheckpointMeter checkpoint_meter_;
  std::deque<Element> input_;  // Read, not yet in the chain.
  std::optional<Barrier> trigger_;
  std::optional<Epoch> final_epoch_;  // The last epoch: nothing is read after its barrier.
  bool finishing_ = false;            // It is durable: only its publication is waited for.
  bool input_ended_ = false;
  bool cancelled_ = false;
  bool moved_ = false;
  bool ticking_ = false;
  absl::Time timer_at_ = absl::InfiniteFuture();  // The earliest one that is posted.
  FlowCount in_;
  int64_t records_read_ = 0;  // By the source, good or bad.

  // A snapshot that waits for the sinks to flush.
  struct PendingSnapshot {
    Epoch epoch;
    TaskSnapshot snapshot;
    std::unique_ptr<FrozenState> frozen;
    bool moved = false;
  };
  std::optional<PendingSnapshot> pending_;

  const std::string* slowest_split_ = nullptr;  // As it was published.

  // Read by progress() from other threads.
  mutable absl::Mutex slowest_mutex_;
  std::string shared_slowest_split_ ABSL_GUARDED_BY(slowest_mutex_);
  std::atomic<int64_t> shared_records_in_ = 0;
  std::atomic<int64_t> shared_records_out_ = 0;
  std::atomic<int64_t> shared_watermark_ms_ = EventTime::Min().millis();
};

}  // namespace millrace
