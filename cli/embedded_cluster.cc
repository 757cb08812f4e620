#include "cli/embedded_cluster.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/base/status_macros.h"
#include "common/config/coordinator_config.h"
#include "common/config/worker_config.h"
#include "common/io/file_system.h"
#include "common/rpc/channel.h"
#include "common/rpc/grpc_status.h"

namespace millrace {
namespace {

constexpr int64_t kAnyParallelism = 32768;  // No script asks for more slots.

std::string TemporaryFolder() {
  std::error_code error;
  const std::string folder = std::filesystem::temp_directory_path(error).string();
  if (!error) return folder;
  const char* const wanted = std::getenv("TMPDIR");  // It is none, as Create is going to say.
  return wanted != nullptr ? wanted : "/tmp";
}

}  // namespace

ScratchFolder::ScratchFolder()
    : path_(absl::StrCat(TemporaryFolder(), "/millrace-run-",
                         absl::Hex(SystemSeed(), absl::kZeroPad16))) {}

absl::Status ScratchFolder::Create() const {
  if (::mkdir(path_.c_str(), S_IRWXU) == 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot create folder ", path_, ": ", std::strerror(errno),
                   ". Set TMPDIR to a folder that this user may write to"));
}

ScratchFolder::~ScratchFolder() { PosixFileSystem().RemoveTree(path_).IgnoreError(); }

absl::StatusOr<std::unique_ptr<EmbeddedCluster>> EmbeddedCluster::Start(
    const EmbeddedClusterOptions& options) {
  auto cluster = std::make_unique<EmbeddedCluster>();
  RETURN_IF_ERROR(cluster->Open(options));
  return cluster;
}

absl::Status EmbeddedCluster::Open(const EmbeddedClusterOptions& options) {
  if (options.state_dir.empty()) RETURN_IF_ERROR(scratch_.Create());
  const std::string& folder = options.state_dir.empty() ? scratch_.path() : options.state_dir;
  CoordinatorConfig coordinator;
  coordinator.rpc_address = "127.0.0.1:0";
  coordinator.http_address = "127.0.0.1:0";
  coordinator.data_dir = absl::StrCat(folder, "/coordinator");
  coordinator.checkpoint_dir = absl::StrCat(folder, "/checkpoints");
  if (!options.savepoint_dir.empty()) coordinator.savepoint_dir = options.savepoint_dir;
  ASSIGN_OR_RETURN(coordinator_,
                   Coordinator::Start(coordinator, {.metrics = &metrics_,
                                                    .ephemeral = options.state_dir.empty()}));
  WorkerConfig worker;
  worker.id = "embedded";
  worker.coordinator = coordinator_->rpc_address();
  worker.exchange_address = "127.0.0.1:0";
  worker.http_address = "127.0.0.1:0";
  worker.data_dir = absl::StrCat(folder, "/worker");
  worker.slots = kAnyParallelism;
  ASSIGN_OR_RETURN(worker_, Worker::Start(worker, {.metrics = &metrics_,
                                                   .print_to_stdout = true,
                                                   .collected = options.collected}));
  stub_ = v1::JobService::NewStub(NewChannel(coordinator_->rpc_address()));
  return absl::OkStatus();
}

absl::StatusOr<v1::Job> EmbeddedCluster::GetJob(const std::string& id) {
  grpc::ClientContext context;
  v1::GetJobRequest request;
  request.set_job_id(id);
  v1::GetJobResponse response;
  RETURN_IF_ERROR(FromGrpcStatus(stub_->GetJob(&context, request, &response)));
  return response.job();
}

absl::StatusOr<std::string> FindRestorePoint(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path given = fs::absolute(path, error).lexically_normal();
  if (!fs::exists(given, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--restore ", path, ": there is nothing; is the path right?"));
  }
  const fs::path checkpoints = given / "checkpoints";
  if (!fs::is_directory(checkpoints, error)) return given.string();
  std::vector<std::string> jobs;
  for (const auto& entry : fs::directory_iterator(checkpoints, error)) {
    if (fs::is_directory(entry.path() / "manifests", error)) jobs.push_back(entry.path().string());
  }
  if (jobs.size() == 1) return jobs.front();
  return absl::InvalidArgumentError(absl::StrCat(
      "--restore ", path, ": ",
      jobs.empty() ? "no job has a checkpoint" : "several jobs have checkpoints", " in ",
      checkpoints.string(), jobs.empty() ? "" : "; give the folder of one of them"));
}

}  // namespace millrace
