#include "cli/statement_runner.h"

#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/job_table.h"
#include "cli/signals.h"
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/rpc/grpc_status.h"
#include "common/wire/plan_wire.h"

namespace millrace {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(20);
constexpr absl::Duration kEndsWithin = absl::Seconds(10);  // Of a job that was told to end.

// The rows of a query come as cells, whatever they are shown as.
void CollectCells(JobGraph& graph) {
  for (Stage& stage : graph.stages) {
    for (OperatorNode& node : stage.operators) {
      auto* sink = std::get_if<SinkSpec>(&node.spec);
      if (sink != nullptr) sink->table.options["collect.format"] = "cells";
    }
  }
}

absl::StatusOr<v1::Job> GetJob(v1::JobService::Stub& jobs, const std::string& id) {
  grpc::ClientContext context;
  v1::GetJobRequest request;
  request.set_job_id(id);
  v1::GetJobResponse response;
  RETURN_IF_ERROR(FromGrpcStatus(jobs.GetJob(&context, request, &response)));
  return response.job();
}

absl::Status Cancel(v1::JobService::Stub& jobs, const std::string& id) {
  grpc::ClientContext context;
  v1::CancelJobRequest request;
  request.set_job_id(id);
  v1::CancelJobResponse response;
  return FromGrpcStatus(jobs.CancelJob(&context, request, &response));
}

// With a last checkpoint, so that sinks finish what they have begun.
absl::Status Stop(v1::JobService::Stub& jobs, const std::string& id) {
  grpc::ClientContext context;
  v1::StopJobRequest request;
  request.set_job_id(id);
  v1::StopJobResponse response;
  return FromGrpcStatus(jobs.StopJob(&context, request, &response));
}

}  // namespace

absl::Status StatementRunner::StartCluster() {
  if (cluster_ != nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(cluster_, EmbeddedCluster::Start({.collected = [this](std::string_view lines) {
                     results_.Write(lines);
                   }}));
  return absl::OkStatus();
}

absl::StatusOr<std::string> StatementRunner::Submit(v1::JobService::Stub& jobs,
                                                    const JobGraph& graph) {
  v1::SubmitJobRequest request;
  request.set_request_id(absl::StrCat("sql-", absl::Hex(SystemSeed(), absl::kZeroPad16)));
  *request.mutable_graph() = JobGraphToProto(graph);
  grpc::ClientContext context;
  v1::SubmitJobResponse response;
  RETURN_IF_ERROR(FromGrpcStatus(jobs.SubmitJob(&context, request, &response)));
  return response.job().job_id();
}

// Calls `look` now and then, and `interrupt` once for a signal; a second signal is not waited for.
template <typename Look, typename Interrupt>
absl::StatusOr<StatementEnd> StatementRunner::Await(v1::JobService::Stub& jobs,
                                                    const std::string& job_id, Look look,
                                                    Interrupt interrupt) {
  StatementEnd end{.job_id = job_id};
  absl::Duration deadline = absl::InfiniteDuration();
  while (true) {
    ASSIGN_OR_RETURN(const v1::Job job, GetJob(jobs, job_id));
    look();
    end.state = JobStateName(job.state());
    if (HasEnded(job.state())) {
      if (job.state() != v1::JOB_STATE_FAILED) return end;
      return absl::AbortedError(absl::StrCat(job.name(), " failed: ", job.message()));
    }
    const int signal = TakeSignal(kLook);
    if (signal == 0 && SystemClock().Monotonic() < deadline) continue;
    end.terminated = end.terminated || signal == SIGTERM;
    if (end.interrupted) return end;
    end.interrupted = true;
    deadline = SystemClock().Monotonic() + kEndsWithin;
    RETURN_IF_ERROR(interrupt());
  }
}

absl::StatusOr<StatementEnd> StatementRunner::Query(JobGraph graph, ResultView& view) {
  RETURN_IF_ERROR(StartCluster());
  CollectCells(graph);
  results_.Open();
  v1::JobService::Stub& jobs = cluster_->jobs();
  const absl::StatusOr<std::string> job_id = Submit(jobs, graph);
  if (!job_id.ok()) return job_id.status();
  const auto look = [&] {
    view.Add(ParseChanges(results_.Take()));
    view.Refresh();
  };
  absl::StatusOr<StatementEnd> end = Await(jobs, *job_id, look, [&] {
    look();
    results_.Close();  // Else a task that waits to write could not be cancelled.
    return Cancel(jobs, *job_id);
  });
  look();
  results_.Close();
  view.Finish();
  return end;
}

absl::StatusOr<StatementEnd> StatementRunner::Insert(const JobGraph& graph, bool wait) {
  if (!coordinator_.empty()) return InsertInCluster(graph, wait);
  RETURN_IF_ERROR(StartCluster());
  v1::JobService::Stub& jobs = cluster_->jobs();
  ASSIGN_OR_RETURN(const std::string job_id, Submit(jobs, graph));
  return Await(
      jobs, job_id, [] {}, [&] { return Stop(jobs, job_id); });
}

absl::StatusOr<StatementEnd> StatementRunner::InsertInCluster(const JobGraph& graph, bool wait) {
  const std::unique_ptr<v1::JobService::Stub> jobs =
      v1::JobService::NewStub(NewChannel(coordinator_));
  const absl::StatusOr<std::string> job_id = Submit(*jobs, graph);
  if (absl::IsUnavailable(job_id.status())) {
    return absl::UnavailableError(absl::StrCat("cannot reach the coordinator at ", coordinator_,
                                               ": ", job_id.status().message(),
                                               "\nIs it running? Give its address with "
                                               "--coordinator, or none to run in this process"));
  }
  if (!job_id.ok()) return job_id.status();
  if (!wait) return StatementEnd{.state = "SUBMITTED", .job_id = *job_id};
  return Await(
      *jobs, *job_id, [] {}, [&] { return Cancel(*jobs, *job_id); });
}

}  // namespace millrace
