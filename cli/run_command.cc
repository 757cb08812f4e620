// millrace run job.sql: the script in an embedded cluster, a coordinator and a worker in this
// process.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/commands.h"
#include "cli/embedded_cluster.h"
#include "cli/job_table.h"
#include "cli/script_file.h"
#include "cli/signals.h"
#include "common/base/clock.h"
#include "common/base/cores.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/io/file_system.h"
#include "common/log/log.h"
#include "common/rpc/grpc_status.h"
#include "proto/job.grpc.pb.h"

namespace millrace {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(20);
constexpr absl::Duration kLastCheckpoint = absl::Seconds(10);
constexpr absl::Duration kWorkerComes = absl::Seconds(2);  // For the embedded worker to register.

struct RunOptions {
  std::string script;
  int parallelism = CoreCount();
  std::string state_dir;
  std::string restore;
  std::string duration;
  std::string output = "table";
  bool quiet = false;
  bool verbose = false;
  std::vector<std::string> settings;
  std::vector<std::string> variables;
};

int FailUsage(const absl::Status& status) {
  std::cerr << status.message() << "\n";
  return status.code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
}

// One script in one embedded cluster.
class EmbeddedRun {
 public:
  explicit EmbeddedRun(const RunOptions& options) : options_(options) {}

  absl::Status Prepare();
  // The exit status.
  int Execute();

 private:
  absl::Status CheckStateDir();
  void ForgetScript();
  std::string GivenText() const;
  absl::Status Start();
  absl::Status Submit();
  template <typename Response>
  void TakeAnswer(const Response& response);
  absl::StatusOr<v1::Job> GetJob() { return cluster_->GetJob(job_id_); }
  int WatchUntilEnd();
  int Ended(const v1::Job& job);
  int EndEarly();
  int AwaitCheckpoint();

  const RunOptions& options_;
  std::string sql_;
  std::map<std::string, std::string> settings_;
  std::map<std::string, std::string> variables_;
  std::optional<absl::Duration> limit_;
  std::string restore_path_;
  bool is_new_ = false;     // The state folder was begun by this run.
  bool had_ended_ = false;  // The job had ended before this run.

  std::unique_ptr<EmbeddedCluster> cluster_;
  std::string job_id_;
};

absl::Status EmbeddedRun::Prepare() {
  ASSIGN_OR_RETURN(sql_, ReadScript(options_.script));
  ASSIGN_OR_RETURN(settings_, ParsePairs(options_.settings));
  ASSIGN_OR_RETURN(variables_, ParsePairs(options_.variables));
  settings_.emplace("parallelism.default", absl::StrCat(options_.parallelism));
  settings_.emplace("millrace.result-format", options_.output);
  if (!options_.duration.empty()) {
    absl::Duration limit;
    if (!absl::ParseDuration(options_.duration, &limit) || limit <= absl::ZeroDuration()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--for ", options_.duration, ": expected a duration such as 10s or 2m"));
    }
    limit_ = limit;
  }
  return CheckStateDir();
}

// A state folder belongs to one script: going on with another one would mix up two jobs.
absl::Status EmbeddedRun::CheckStateDir() {
  if (options_.state_dir.empty()) return absl::OkStatus();
  if (options_.state_dir == options_.restore) {
    return absl::InvalidArgumentError(
        absl::StrCat("--restore ", options_.restore,
                     " is the --state-dir itself, which goes on by itself; give "
                     "the new job a --state-dir of its own"));
  }
  FileSystem& files = PosixFileSystem();
  RETURN_IF_ERROR(files.CreateDirectories(options_.state_dir));
  const std::string path = absl::StrCat(options_.state_dir, "/script.sql");
  const std::string given_path = absl::StrCat(options_.state_dir, "/given.txt");
  const absl::StatusOr<std::string> before = files.Read(path);
  if (absl::IsNotFound(before.status())) {
    is_new_ = true;
    RETURN_IF_ERROR(WriteFile(files, given_path, GivenText()));
    return WriteFile(files, path, sql_);
  }
  RETURN_IF_ERROR(before.status());
  if (*before != sql_) {
    return absl::InvalidArgumentError(
        absl::StrCat("--state-dir ", options_.state_dir, " holds the state of another script (",
                     path, "). Give another folder, or remove this one to begin anew"));
  }
  const absl::StatusOr<std::string> given = files.Read(given_path);
  if (given.ok() && *given != GivenText()) {
    std::cerr << "note: the job goes on with the settings and variables that it was begun with ("
              << given_path << "); other ones need another --state-dir\n";
  }
  return absl::OkStatus();
}

// A script that has become no job has no state: a corrected one may take its place.
void EmbeddedRun::ForgetScript() {
  if (!is_new_) return;
  PosixFileSystem().Remove(absl::StrCat(options_.state_dir, "/script.sql")).IgnoreError();
}

// As on the command line, one a line.
std::string EmbeddedRun::GivenText() const {
  std::string text;
  for (const auto& [key, value] : settings_)
    absl::StrAppend(&text, "--set ", key, "=", value, "\n");
  for (const auto& [key, value] : variables_) {
    absl::StrAppend(&text, "--var ", key, "=", value, "\n");
  }
  return text;
}

absl::Status EmbeddedRun::Submit() {
  v1::SubmitJobRequest request;
  // The same script again is the same job: with a state folder it goes on where it was.
  request.set_request_id(absl::StrCat("run-", absl::Hex(HashKey(sql_), absl::kZeroPad16)));
  request.set_sql(sql_);
  for (const auto& [key, value] : settings_) (*request.mutable_settings())[key] = value;
  for (const auto& [key, value] : variables_) (*request.mutable_variables())[key] = value;
  grpc::ClientContext context;
  if (restore_path_.empty()) {
    v1::SubmitJobResponse response;
    RETURN_IF_ERROR(FromGrpcStatus(cluster_->jobs().SubmitJob(&context, request, &response)));
    TakeAnswer(response);
    return absl::OkStatus();
  }
  v1::RestoreJobRequest restore;
  restore.set_savepoint_path(restore_path_);
  *restore.mutable_submission() = std::move(request);
  v1::RestoreJobResponse response;
  RETURN_IF_ERROR(FromGrpcStatus(cluster_->jobs().RestoreJob(&context, restore, &response)));
  TakeAnswer(response);
  return absl::OkStatus();
}

template <typename Response>
void EmbeddedRun::TakeAnswer(const Response& response) {
  for (const std::string& result : response.results()) std::cout << result << "\n";
  std::cout << std::flush;
  if (!options_.quiet) {
    for (const std::string& note : response.notes()) std::cerr << "note: " << note << "\n";
  }
  job_id_ = response.job().job_id();
  had_ended_ = HasEnded(response.job().state());
}

absl::Status EmbeddedRun::Start() {
  EmbeddedClusterOptions cluster{.state_dir = options_.state_dir};
  if (!options_.restore.empty()) {
    ASSIGN_OR_RETURN(restore_path_, FindRestorePoint(options_.restore));
    cluster.savepoint_dir = std::filesystem::path(restore_path_).parent_path().string();
  }
  ASSIGN_OR_RETURN(cluster_, EmbeddedCluster::Start(cluster));
  return Submit();
}

int EmbeddedRun::Execute() {
  absl::Status status = Start();
  if (!status.ok() || job_id_.empty()) ForgetScript();
  if (!status.ok()) return FailUsage(status);
  return job_id_.empty() ? 0 : WatchUntilEnd();
}

int EmbeddedRun::WatchUntilEnd() {
  const absl::Duration began = SystemClock().Monotonic();
  std::string shown;
  while (true) {
    const absl::StatusOr<v1::Job> job = GetJob();
    if (!job.ok()) return FailUsage(job.status());
    if (HasEnded(job->state())) return Ended(*job);
    const bool worker_comes = job->state() == v1::JOB_STATE_SCHEDULING &&
                              SystemClock().Monotonic() - began < kWorkerComes;
    // What it says while it deploys again was said when it failed.
    const bool is_news = job->state() != v1::JOB_STATE_DEPLOYING && !worker_comes;
    if (is_news && job->message() != shown) {
      shown = job->message();
      if (!shown.empty() && !options_.quiet) {
        std::cerr << JobStateName(job->state()) << ": " << shown << "\n";
      }
    }
    const bool over = limit_.has_value() && SystemClock().Monotonic() - began > *limit_;
    if (WaitForSignal(kLook) || over) {
      return options_.state_dir.empty() ? EndEarly() : AwaitCheckpoint();
    }
  }
}

// The exit status, after saying what there is to say.
int EmbeddedRun::Ended(const v1::Job& job) {
  const bool failed = job.state() == v1::JOB_STATE_FAILED;
  if (failed) {
    std::cerr << job.name() << " failed: " << job.message() << "\n";
  } else if (!job.message().empty()) {
    std::cerr << JobStateName(job.state()) << ": " << job.message() << "\n";
  }
  if (had_ended_ && !options_.quiet) {
    std::cerr << "note: the job in " << options_.state_dir << " had ended before ("
              << JobStateName(job.state()) << "); remove the folder to begin anew\n";
  }
  return failed || !job.message().empty() ? 1 : 0;
}

// Nothing is kept: the job takes its last checkpoint, so that its sinks finish what they have
// begun.
int EmbeddedRun::EndEarly() {
  grpc::ClientContext context;
  v1::StopJobRequest request;
  request.set_job_id(job_id_);
  v1::StopJobResponse response;
  const absl::Status asked = FromGrpcStatus(cluster_->jobs().StopJob(&context, request, &response));
  if (!asked.ok()) return FailUsage(asked);
  const absl::Duration deadline = SystemClock().Monotonic() + kLastCheckpoint;
  std::string now = JobStateName(response.job().state());
  while (SystemClock().Monotonic() < deadline) {
    const absl::StatusOr<v1::Job> job = GetJob();
    if (job.ok() && HasEnded(job->state())) return Ended(*job);
    if (job.ok()) now = absl::StrCat(JobStateName(job->state()), " ", job->message());
    if (WaitForSignal(kLook)) break;
  }
  std::cerr << "ended without a last checkpoint, the job was " << now << "\n";
  return 1;
}

// The job is left as it is, with a checkpoint behind everything that was read until now: the next
// run goes on from there.
int EmbeddedRun::AwaitCheckpoint() {
  const Epoch wanted = cluster_->coordinator().RequestCheckpoint(JobId(job_id_));
  const absl::Duration deadline = SystemClock().Monotonic() + kLastCheckpoint;
  std::string now = "not running";
  while (wanted > Epoch(0) && SystemClock().Monotonic() < deadline) {
    const absl::StatusOr<v1::Job> job = GetJob();
    if (job.ok() && HasEnded(job->state())) return Ended(*job);
    if (job.ok() && job->last_checkpoint().epoch() >= wanted.value()) {
      if (!options_.quiet) {
        std::cerr << "stopped; the same command goes on from the checkpoint in "
                  << options_.state_dir << "\n";
      }
      return 0;
    }
    if (job.ok()) now = absl::StrCat(JobStateName(job->state()), " ", job->message());
    if (WaitForSignal(kLook)) break;
  }
  std::cerr << "stopped without a new checkpoint, the job was " << now
            << "; the same command goes on from the last one in " << options_.state_dir
            << ", or from the beginning if there is none\n";
  return 1;
}

int RunScript(const RunOptions& options) {
  HoldSignals();
  InitLog({.level = options.verbose ? LogLevel::kInfo : LogLevel::kError});
  EmbeddedRun run(options);
  const absl::Status prepared = run.Prepare();
  if (!prepared.ok()) return FailUsage(prepared);
  return run.Execute();
}

}  // namespace

void AddRunCommand(CLI::App& app, Run& run) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      app.add_subcommand("run", "Run a SQL script in this process, with a cluster of its own");
  command->add_option("script", options->script, "SQL file, - for standard input")->required();
  command->add_option("-p,--parallelism", options->parallelism, "Tasks per stage")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--state-dir", options->state_dir,
                      "Folder for checkpoints; the same command goes on from there");
  command->add_option("--restore", options->restore,
                      "Begin from a savepoint, from a job's checkpoints, or from those in another "
                      "--state-dir; with any parallelism");
  command->add_option("--for", options->duration, "End after this time, e.g. 10s");
  command->add_option("-o,--output", options->output, "How rows of a bare SELECT are printed")
      ->check(CLI::IsMember({"table", "json", "csv", "changelog"}))
      ->capture_default_str();
  command->add_flag("--quiet", options->quiet, "Print rows and errors only");
  command->add_flag("--verbose", options->verbose, "Show the log of the embedded cluster");
  AddScriptValues(*command, options->settings, options->variables);
  command->callback([options, &run] { run = [options] { return RunScript(*options); }; });
}

}  // namespace millrace
