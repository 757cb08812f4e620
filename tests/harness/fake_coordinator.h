// The deciding half of a coordinator in one thread: a JobManager over faulty files and a faulty
// store, fake workers, and time that moves when the test says so.
//
//   FakeCoordinator cluster;
//   cluster.workers.Connect("a", 2);
//   const JobId job = cluster.Submit(CountClicks());
//   cluster.Advance(absl::Seconds(1));
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/metrics/metrics.h"
#include "coordinator/job/job_manager.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_store.h"
#include "tests/harness/fake_workers.h"
#include "tests/harness/manual_executor.h"
#include "tests/harness/memory_files.h"
#include "tests/harness/plain_codec.h"
#include "tests/harness/plain_job_codec.h"

namespace millrace {

class FakeCoordinator {
 public:
  FakeClock clock;
  MemoryFiles files;
  FakeStore store;
  FakeWorkers workers;
  bool heartbeats = true;
  absl::Status fenced;

  FakeCoordinator() { Start(); }

  // kill -9 and a new process: what was not durable is gone, the workers have lost their sessions.
  void Restart() {
    workers.Detach();
    store.Reopen();
    Start();
  }

  JobManager& manager() { return *process_->manager; }
  JobBoard& board() { return process_->board; }
  MetricRegistry& metrics() { return process_->metrics; }

  // Everything that can happen without time passing.
  void Settle() {
    bool busy = true;
    while (busy) {
      busy = process_->decisions.RunOne();
      busy |= process_->io.RunOne();
      busy |= workers.Deliver();
    }
  }

  // In steps of 10 ms, with a heartbeat every 500 ms.
  void Advance(absl::Duration by) {
    const absl::Duration end = clock.Monotonic() + by;
    Settle();
    while (clock.Monotonic() < end) {
      clock.Advance(absl::Milliseconds(10));
      if (heartbeats && clock.Monotonic() >= next_heartbeat_) {
        next_heartbeat_ = clock.Monotonic() + absl::Milliseconds(500);
        workers.Heartbeat();
      }
      Settle();
    }
  }

  absl::StatusOr<JobViewPtr> TrySubmit(JobGraph graph, const std::string& request_id = "") {
    return Ask([&](JobManager::Answer answer) {
      manager().Submit({.request_id = request_id, .graph = std::move(graph)}, std::move(answer));
    });
  }
  JobId Submit(JobGraph graph, const std::string& request_id = "") {
    const auto view = TrySubmit(std::move(graph), request_id);
    CHECK_OK(view.status());
    return (*view)->id;
  }
  absl::StatusOr<JobViewPtr> Stop(const JobId& job) {
    return Ask([&](JobManager::Answer answer) { manager().RequestStop(job, std::move(answer)); });
  }
  absl::StatusOr<JobViewPtr> Cancel(const JobId& job) {
    return Ask([&](JobManager::Answer answer) { manager().RequestCancel(job, std::move(answer)); });
  }

  JobViewPtr View(const JobId& job) { return board().Find(job); }
  std::string StateOf(const JobId& job) { return std::string(Name(View(job)->state)); }

 private:
  struct Process {
    explicit Process(FakeClock& clock) : decisions(clock), io(clock) {}
    MetricRegistry metrics;
    JobBoard board;
    std::unique_ptr<JobManager> manager;
    ManualExecutor decisions;
    ManualExecutor io;
  };

  void Start() {
    process_ = std::make_unique<Process>(clock);
    auto manager =
        JobManager::Create({.decisions = &process_->decisions,
                            .io = &process_->io,
                            .clock = &clock,
                            .store = &store,
                            .files = &files,
                            .job_codec = &job_codec_,
                            .checkpoint_codec = &checkpoint_codec_,
                            .gateway = &workers,
                            .metrics = &process_->metrics.root(),
                            .board = &process_->board,
                            .registry = {.cluster_id = "test"},
                            .checkpoint_dir = "/checkpoints",
                            .savepoint_dir = "/savepoints",
                            .seed = static_cast<uint64_t>(store.term().value()),
                            .on_fenced = [this](const absl::Status& status) { fenced = status; }});
    CHECK_OK(manager.status());
    process_->manager = *std::move(manager);
    workers.Attach(*process_->manager);
    process_->manager->Begin([] {});
    Settle();
  }

  template <typename Call>
  absl::StatusOr<JobViewPtr> Ask(Call call) {
    std::optional<absl::StatusOr<JobViewPtr>> answer;
    call([&](absl::StatusOr<JobViewPtr> view) { answer = std::move(view); });
    Settle();
    CHECK(answer.has_value());
    return *answer;
  }

  PlainCodec checkpoint_codec_;
  PlainJobCodec job_codec_;
  std::unique_ptr<Process> process_;
  absl::Duration next_heartbeat_;
};

}  // namespace millrace
