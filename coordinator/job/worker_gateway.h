// What coordinator and workers say to each other about jobs, as plain values: the server puts them
// on the wire, tests and the simulation do without one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "common/base/event_time.h"
#include "common/base/ids.h"
#include "common/checkpoint/manifest.h"
#include "common/plan/job_graph.h"
#include "coordinator/cluster/worker_registry.h"

namespace millrace {

// Which attempt of which job a message is about, and who says so.
struct AttemptName {
  Term term;
  JobId job;
  Attempt attempt;
};

struct PlacedTask {
  TaskId task;
  WorkerId worker;
  std::string exchange_address;
};

// The tasks of one attempt, all of them: a worker opens its own and learns where the others are.
struct DeployCommand {
  AttemptName attempt;
  std::shared_ptr<const JobGraph> graph;
  std::vector<PlacedTask> placements;
  std::string checkpoint_folder;            // The job's.
  std::shared_ptr<const Manifest> restore;  // Null: a first start.
  std::string lineage;                      // Of the job's checkpoints.
};
struct StartCommand {
  AttemptName attempt;
};
struct CancelCommand {
  AttemptName attempt;
};
struct TriggerCommand {
  AttemptName attempt;
  Epoch epoch;
  bool final = false;
};
struct AbortCommand {
  AttemptName attempt;
  Epoch epoch;
};
struct DurableCommand {
  AttemptName attempt;
  Epoch epoch;
};

// To a worker that leaves: nothing of it is needed any more.
struct DismissCommand {};

using WorkerCommand = std::variant<DeployCommand, StartCommand, CancelCommand, TriggerCommand,
                                   AbortCommand, DurableCommand, DismissCommand>;

// The way to the workers. Thread-safe; neither call blocks or calls back before it returns.
class WorkerGateway {
 public:
  virtual ~WorkerGateway() = default;

  // In order for one session. Lost if the session has ended or ends: its loss is the news.
  virtual void Send(SessionId session, const WorkerCommand& command) = 0;

  // Ends a session that the coordinator has given up.
  virtual void Close(SessionId session, const std::string& reason) = 0;
};

// How far a task has come, by its worker's last heartbeat.
struct TaskProgressReport {
  JobId job;
  Attempt attempt;
  TaskId task;
  int64_t records_in = 0;
  int64_t records_out = 0;
  EventTime watermark = EventTime::Min();
  std::string slowest_split;  // Of a source with a watermark: the split that holds it back.
};

}  // namespace millrace
