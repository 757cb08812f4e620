#include "coordinator/server/submission.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/grpc_status.h"
#include "common/wire/plan_wire.h"
#include "coordinator/checkpoint/savepoint_restore.h"
#include "coordinator/planner/script_compiler.h"

namespace millrace {
namespace {

// An answer tells the first ones: an error has to fit into the metadata of a call (kMaxErrorBytes).
constexpr size_t kMostDiagnostics = 100;

v1::SqlDiagnostics DiagnosticsToProto(const std::vector<SqlDiagnostic>& diagnostics,
                                      std::string_view text) {
  v1::SqlDiagnostics message;
  for (const SqlDiagnostic& diagnostic : diagnostics) {
    const SourcePosition begin = PositionOf(diagnostic.span.offset, text);
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
  const size_t count = std::min(script.diagnostics.size(), kMostDiagnostics);
  const std::vector<SqlDiagnostic> told(script.diagnostics.begin(),
                                        script.diagnostics.begin() + static_cast<ptrdiff_t>(count));
  std::string message = RenderDiagnostics(told, script.text);
  if (const size_t more = script.diagnostics.size() - count; more > 0) {
    absl::StrAppend(&message, "\n", more, " more errors follow");
  }
  absl::Status status = absl::InvalidArgumentError(message);
  AddDetail(status, DiagnosticsToProto(told, script.text));
  return status;
}

template <typename Request>
ScriptSource SourceOf(const Request& request) {
  return {.sql = request.sql(),
          .settings = {request.settings().begin(), request.settings().end()},
          .variables = {request.variables().begin(), request.variables().end()}};
}

absl::Status InPlace(const std::string& path, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

// The script or plan of the request, or the plan that the savepoint was made of.
absl::StatusOr<Submission> ReadProgram(const v1::SubmitJobRequest& request,
                                       const Manifest& savepoint) {
  if (request.program_case() != v1::SubmitJobRequest::PROGRAM_NOT_SET) {
    return ReadSubmission(request);
  }
  RETURN_IF_ERROR(Validate(savepoint.graph));
  return Submission{.job = JobSubmission{.request_id = request.request_id(),
                                         .name = request.name(),
                                         .graph = savepoint.graph}};
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
      for (ScriptNote& note : script.notes) submission.notes.push_back(std::move(note.message));
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

absl::StatusOr<Submission> ReadRestore(const v1::RestoreJobRequest& request,
                                       const SavepointSources& sources) {
  if (request.savepoint_path().empty()) {
    return absl::InvalidArgumentError("the request names no savepoint (savepoint_path)");
  }
  ASSIGN_OR_RETURN(const std::string path,
                   ResolveSavepoint(sources.places, request.savepoint_path()));
  ASSIGN_OR_RETURN(const Savepoint savepoint, ReadSavepoint(*sources.files, *sources.codec, path));
  const JobViewPtr former = sources.board->Find(savepoint.manifest.job);
  const bool is_active = former != nullptr && !HasEnded(former->state);
  RETURN_IF_ERROR(
      InPlace(path, CheckMayRestore(savepoint.manifest, is_active, sources.clock->Wall())));

  ASSIGN_OR_RETURN(Submission submission, ReadProgram(request.submission(), savepoint.manifest));
  if (!submission.job.has_value()) {
    return absl::InvalidArgumentError(
        "nothing was restored: the script has no INSERT INTO and no SELECT");
  }
  const JobGraph& graph = submission.job->graph;
  const absl::StatusOr<Manifest> fitted =
      FitToJob(savepoint.manifest, graph, request.allow_non_restored_state());
  RETURN_IF_ERROR(InPlace(path, fitted.status()));
  for (const std::string& name : OperatorsWithoutState(*fitted, graph)) {
    submission.notes.push_back(absl::StrCat("'", name,
                                            "' finds no state of its own in the "
                                            "savepoint and begins empty"));
  }
  submission.job->restore = {.path = path,
                             .allow_non_restored_state = request.allow_non_restored_state()};
  return submission;
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
