// Runs the jobs of a shell's statements: in a cluster of its own, inside this process, or, what an
// INSERT is, in the cluster of a coordinator. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "cli/embedded_cluster.h"
#include "cli/shell/result_queue.h"
#include "cli/shell/result_view.h"
#include "common/plan/job_graph.h"

namespace millrace {

// How a statement's job ended.
struct StatementEnd {
  std::string state;  // "FINISHED"; "SUBMITTED" if nobody waits for it.
  std::string job_id;
  bool interrupted = false;  // By Ctrl-C.
  bool terminated = false;   // By SIGTERM: the shell is to end too.
};

class StatementRunner {
 public:
  // Empty: there is no cluster but the own one.
  explicit StatementRunner(std::string coordinator) : coordinator_(std::move(coordinator)) {}

  // Runs a query in the own cluster until it ends or is interrupted; its rows go to `view`. An
  // error is why the job failed.
  absl::StatusOr<StatementEnd> Query(JobGraph graph, ResultView& view);

  // Runs an INSERT until it ends or is interrupted. In the coordinator's cluster it is only
  // submitted, unless `wait`.
  absl::StatusOr<StatementEnd> Insert(const JobGraph& graph, bool wait);

 private:
  absl::Status StartCluster();
  absl::StatusOr<StatementEnd> InsertInCluster(const JobGraph& graph, bool wait);
  absl::StatusOr<std::string> Submit(v1::JobService::Stub& jobs, const JobGraph& graph);
  template <typename Look, typename Interrupt>
  absl::StatusOr<StatementEnd> Await(v1::JobService::Stub& jobs, const std::string& job_id,
                                     Look look, Interrupt interrupt);

  const std::string coordinator_;
  ResultQueue results_;
  std::unique_ptr<EmbeddedCluster> cluster_;  // From the first statement that needs it on.
};

}  // namespace millrace
