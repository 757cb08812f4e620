#include "coordinator/server/http_routes.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/metrics/process_metrics.h"
#include "coordinator/server/job_messages.h"
#include "google/protobuf/util/json_util.h"
#include "proto/job.pb.h"

namespace millrace {
namespace {

constexpr char kJson[] = "application/json";

HttpResponse JsonAnswer(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string body;
  const auto status = google::protobuf::util::MessageToJsonString(message, &body, options);
  if (!status.ok()) return {.status = 500, .body = absl::StrCat(status.ToString(), "\n")};
  return {.content_type = kJson, .body = absl::StrCat(body, "\n")};
}

HttpResponse Jobs(const JobBoard& board) {
  v1::ListJobsResponse response;
  for (const JobViewPtr& view : board.List()) *response.add_jobs() = JobToProto(*view);
  return JsonAnswer(response);
}

HttpResponse OneJob(const JobBoard& board, const std::string& id) {
  const JobViewPtr view = board.Find(JobId(id));
  if (view != nullptr) return JsonAnswer(JobToProto(*view));
  return {.status = 404,
          .content_type = kJson,
          .body = absl::StrCat("{\"error\":", JsonQuote(absl::StrCat("there is no job '", id, "'")),
                               "}\n")};
}

}  // namespace

std::vector<HttpRoute> CoordinatorRoutes(MetricRegistry& metrics, const JobBoard& board,
                                         std::vector<DiskFolder> folders,
                                         std::function<bool()> is_ready) {
  return {
      {"/metrics",
       [&metrics, folders = std::move(folders)](const HttpRequest&) -> HttpResponse {
         PublishProcessMetrics(metrics.root(), "coordinator");
         for (const DiskFolder& folder : folders) PublishDiskMetrics(metrics.root(), folder);
         return {.content_type = kMetricsContentType, .body = metrics.Expose()};
       }},
      {"/healthz", [](const HttpRequest&) -> HttpResponse { return {.body = "ok\n"}; }},
      {"/readyz",
       [is_ready = std::move(is_ready)](const HttpRequest&) -> HttpResponse {
         if (is_ready()) return {.body = "ready\n"};
         return {.status = 503, .body = "about to end\n"};
       }},
      {"/api/v1/jobs", [&board](const HttpRequest&) { return Jobs(board); }},
      {"/api/v1/jobs/",
       [&board](const HttpRequest& request) { return OneJob(board, request.remainder); }},
  };
}

}  // namespace millrace
