#include "coordinator/server/submission.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/rpc/grpc_status.h"
#include "common/wire/plan_wire.h"
#include "coordinator/planner/script_compiler.h"

namespace millrace {
namespace {

v1::SqlDiagnostics DiagnosticsToProto(const CompiledScript& script) {
  v1::SqlDiagnostics message;
  for (const SqlDiagnostic& diagnostic : script.diagnostics) {
    const SourcePosition begin = PositionOf(diagnostic.span.offset, script.text);
    v1::SqlDiagnostic& detail = *message.add_diagnostics();
    detail.set_line(begin.line);
    detail.set_column(begin.column);
    detail.set_length(static_cast<int32_t>(diagnostic.span.length));
    detail.set_code(diagnostic.code);
    detail.set_message(diagnostic.message);
    detail.set_hint(diagnostic.hint);
  }
  return message;
}

// Whatever is wrong with a script is the caller's to change: UNIMPLEMENTED would speak of the call.
absl::Status StatusOf(const CompiledScript& script) {
  if (script.diagnostics.empty()) return absl::OkStatus();
  absl::Status status = absl::InvalidArgumentError(script.status().message());
  AddDetail(status, DiagnosticsToProto(script));
  return status;
}

template <typename Request>
ScriptSource SourceOf(const Request& request) {
  return {.sql = request.sql(),
          .settings = {request.settings().begin(), request.settings().end()},
          .variables = {request.variables().begin(), request.variables().end()}};
}

absl::StatusOr<JobGraph> ReadPlan(const v1::JobGraph& message) {
  ASSIGN_OR_RETURN(JobGraph graph, JobGraphFromProto(message));
  RETURN_IF_ERROR(Validate(graph));
  return graph;
}

}  // namespace

absl::StatusOr<Submission> ReadSubmission(const v1::SubmitJobRequest& request) {
  Submission submission;
  JobSubmission job{.request_id = request.request_id(),
                    .name = request.name(),
                    .sql = request.sql(),
                    .settings = {request.settings().begin(), request.settings().end()}};
  switch (request.program_case()) {
    case v1::SubmitJobRequest::kGraph: {
      ASSIGN_OR_RETURN(job.graph, ReadPlan(request.graph()));
      submission.job = std::move(job);
      return submission;
    }
    case v1::SubmitJobRequest::kSql: {
      CompiledScript script = CompileScript(SourceOf(request));
      RETURN_IF_ERROR(StatusOf(script));
      submission.results = std::move(script.results);
      submission.notes = std::move(script.notes);
      if (script.job.has_value()) {
        job.graph = *std::move(script.job);
        submission.job = std::move(job);
      }
      return submission;
    }
    case v1::SubmitJobRequest::PROGRAM_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("the request has neither a script (sql) nor a plan (graph)");
}

absl::StatusOr<v1::ExplainJobResponse> Explain(const v1::ExplainJobRequest& request) {
  const ScriptSource source = SourceOf(request);
  const CompiledScript script = CompileScript(source);
  RETURN_IF_ERROR(StatusOf(script));
  v1::ExplainJobResponse response;
  ASSIGN_OR_RETURN(const std::string text, ExplainScript(source));
  response.set_text(text);
  if (script.job.has_value()) *response.mutable_graph() = JobGraphToProto(*script.job);
  return response;
}

}  // namespace millrace
