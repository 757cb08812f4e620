// millrace job ..., millrace explain: clients of the JobService.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/job_table.h"
#include "cli/script_file.h"
#include "common/base/random.h"
#include "common/rpc/channel.h"
#include "proto/job.grpc.pb.h"

namespace millrace {
namespace {

// What the subcommands share: the cluster to talk to, and how to print.
struct Client {
  std::string address = "127.0.0.1:7070";
  std::string output = "table";
  std::string job;
  std::string script;
  std::string name;
  std::string request_id;
  std::vector<std::string> settings;
  std::vector<std::string> variables;
  bool wait = false;
  std::string to;    // Where a savepoint is to be made.
  std::string from;  // Where one is.
  bool no_savepoint = false;
  bool allow_non_restored_state = false;

  std::unique_ptr<v1::JobService::Stub> Stub() const {
    return v1::JobService::NewStub(NewChannel(address));
  }

  bool json() const { return output == "json"; }
};

// Prints the error where a person looks, with the SQL diagnostics if there are any.
int Fail(const Client& client, const grpc::Status& status) {
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    std::cerr << "cannot reach the coordinator at " << client.address << ": "
              << status.error_message()
              << "\nIs it running? Give its address with --coordinator.\n";
    return 1;
  }
  std::cerr << status.error_message() << "\n";
  return status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ? 2 : 1;
}

int FailUsage(const absl::Status& status) {
  std::cerr << status.message() << "\n";
  return 2;
}

template <typename Request>
absl::Status FillProgram(const Client& client, Request& request) {
  absl::StatusOr<std::string> sql = ReadScript(client.script);
  if (!sql.ok()) return sql.status();
  request.set_sql(*sql);
  const auto settings = ParsePairs(client.settings);
  if (!settings.ok()) return settings.status();
  const auto variables = ParsePairs(client.variables);
  if (!variables.ok()) return variables.status();
  for (const auto& [key, value] : *settings) (*request.mutable_settings())[key] = value;
  for (const auto& [key, value] : *variables) (*request.mutable_variables())[key] = value;
  return absl::OkStatus();
}

// Until the job ends, or the stream does; `last` is the job then.
grpc::Status WatchTo(const Client& client, v1::Job& last) {
  grpc::ClientContext context;
  v1::WatchJobRequest request;
  request.set_job_id(client.job);
  const auto stream = client.Stub()->WatchJob(&context, request);
  v1::WatchJobResponse response;
  while (stream->Read(&response)) {
    std::cout << (client.json() ? ToJson(response.job()) : JobLine(response.job())) << std::flush;
    last = response.job();
  }
  return stream->Finish();
}

int Watch(const Client& client) {
  v1::Job last;
  const grpc::Status status = WatchTo(client, last);
  if (!status.ok()) return Fail(client, status);
  return last.state() == v1::JOB_STATE_FAILED ? 1 : 0;
}

// What is here is meant as it is here; all else is the coordinator's to find.
std::string PathForCoordinator(const std::string& given) {
  std::error_code error;
  const bool is_here = !given.empty() && std::filesystem::exists(given, error);
  return is_here ? std::filesystem::absolute(given, error).lexically_normal().string() : given;
}

void FillSubmission(const Client& client, v1::SubmitJobRequest& request) {
  request.set_request_id(client.request_id.empty()
                             ? absl::StrCat("cli-", absl::Hex(SystemSeed(), absl::kZeroPad16))
                             : client.request_id);
  request.set_name(client.name);
}

// Prints what came of a submission; `response` is of SubmitJob or RestoreJob.
template <typename Response>
int ShowSubmitted(Client client, const Response& response) {
  for (const std::string& note : response.notes()) std::cerr << "note: " << note << "\n";
  if (!client.json()) {
    for (const std::string& result : response.results()) std::cout << result << "\n";
  }
  client.job = response.job().job_id();
  if (client.job.empty()) {
    std::cerr << "no job was submitted: the script has no INSERT INTO and no SELECT\n";
    return 0;
  }
  std::cout << (client.json() ? ToJson(response.job()) : client.job + "\n") << std::flush;
  return client.wait ? Watch(client) : 0;
}

int Submit(const Client& client) {
  v1::SubmitJobRequest request;
  FillSubmission(client, request);
  const absl::Status filled = FillProgram(client, request);
  if (!filled.ok()) return FailUsage(filled);
  grpc::ClientContext context;
  v1::SubmitJobResponse response;
  const grpc::Status status = client.Stub()->SubmitJob(&context, request, &response);
  return status.ok() ? ShowSubmitted(client, response) : Fail(client, status);
}

int Restore(const Client& client) {
  v1::RestoreJobRequest request;
  request.set_savepoint_path(PathForCoordinator(client.from));
  request.set_allow_non_restored_state(client.allow_non_restored_state);
  FillSubmission(client, *request.mutable_submission());
  if (client.script.empty() && !(client.settings.empty() && client.variables.empty())) {
    return FailUsage(absl::InvalidArgumentError(
        "--set and --var are for a script: give the job's script beside --from"));
  }
  if (!client.script.empty()) {
    const absl::Status filled = FillProgram(client, *request.mutable_submission());
    if (!filled.ok()) return FailUsage(filled);
  }
  grpc::ClientContext context;
  v1::RestoreJobResponse response;
  const grpc::Status status = client.Stub()->RestoreJob(&context, request, &response);
  return status.ok() ? ShowSubmitted(client, response) : Fail(client, status);
}

// Comes back once the savepoint is complete.
int TakeSavepoint(const Client& client) {
  grpc::ClientContext context;
  v1::SavepointJobRequest request;
  request.set_job_id(client.job);
  request.set_savepoint_dir(PathForCoordinator(client.to));
  v1::SavepointJobResponse response;
  const grpc::Status status = client.Stub()->SavepointJob(&context, request, &response);
  if (!status.ok()) return Fail(client, status);
  std::cout << (client.json() ? ToJson(response) : response.path() + "\n");
  return 0;
}

int List(const Client& client) {
  grpc::ClientContext context;
  v1::ListJobsResponse response;
  const grpc::Status status = client.Stub()->ListJobs(&context, {}, &response);
  if (!status.ok()) return Fail(client, status);
  std::cout << (client.json() ? ToJson(response) : JobTable(response));
  return 0;
}

// Get and Cancel have the same shape: a job id in, a job out.
template <typename Request, typename Response>
int OneJob(const Client& client,
           grpc::Status (v1::JobService::Stub::*call)(grpc::ClientContext*, const Request&,
                                                      Response*)) {
  grpc::ClientContext context;
  Request request;
  request.set_job_id(client.job);
  Response response;
  const grpc::Status status = (client.Stub().get()->*call)(&context, request, &response);
  if (!status.ok()) return Fail(client, status);
  std::cout << (client.json() ? ToJson(response.job()) : JobDetails(response.job()));
  return 0;
}

// Comes back once the job has ended: then its last checkpoint, and its savepoint, are complete.
int Stop(const Client& client) {
  grpc::ClientContext context;
  v1::StopJobRequest request;
  request.set_job_id(client.job);
  request.set_savepoint(!client.no_savepoint);
  request.set_savepoint_dir(PathForCoordinator(client.to));
  v1::StopJobResponse response;
  grpc::Status status = client.Stub()->StopJob(&context, request, &response);
  if (!status.ok()) return Fail(client, status);
  v1::Job last;
  status = WatchTo(client, last);
  if (!status.ok()) return Fail(client, status);
  if (client.no_savepoint) return last.state() == v1::JOB_STATE_FAILED ? 1 : 0;
  // The last one may be older than the stop.
  const bool is_saved = last.state() == v1::JOB_STATE_STOPPED && last.has_savepoint() &&
                        last.savepoint().epoch() == last.last_checkpoint().epoch();
  if (is_saved) {
    if (!client.json()) std::cout << last.savepoint().path() << "\n";
    return 0;
  }
  std::cerr << "no savepoint was made of " << client.job << ", it is " << JobStateName(last.state())
            << (last.message().empty() ? "" : ": ") << last.message() << "\n";
  return 1;
}

int Explain(const Client& client) {
  v1::ExplainJobRequest request;
  const absl::Status filled = FillProgram(client, request);
  if (!filled.ok()) return FailUsage(filled);
  grpc::ClientContext context;
  v1::ExplainJobResponse response;
  const grpc::Status status = client.Stub()->ExplainJob(&context, request, &response);
  if (!status.ok()) return Fail(client, status);
  std::cout << (client.json() ? ToJson(response) : response.text());
  return 0;
}

CLI::App* AddClientCommand(CLI::App& parent, const std::string& name, const std::string& help,
                           const std::shared_ptr<Client>& client) {
  CLI::App* command = parent.add_subcommand(name, help);
  command->add_option("--coordinator", client->address, "Address of the coordinator's gRPC port")
      ->envname("MILLRACE_COORDINATOR")
      ->capture_default_str();
  command->add_option("-o,--output", client->output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  return command;
}

void AddScriptOptions(CLI::App& command, const std::shared_ptr<Client>& client) {
  command.add_option("script", client->script, "SQL file, - for standard input")->required();
  AddScriptValues(command, client->settings, client->variables);
}

void AddSubmitOptions(CLI::App& command, const std::shared_ptr<Client>& client) {
  command.add_option("--name", client->name, "Name of the job");
  command.add_option("--request-id", client->request_id,
                     "The same id gives the same job, however often it is submitted");
  command.add_flag("--wait", client->wait, "Watch the job until it ends");
}

void AddRestoreCommand(CLI::App& job, const std::shared_ptr<Client>& client, Run& run) {
  CLI::App* restore = AddClientCommand(
      job, "restore", "Submit a job that begins from a savepoint of another one", client);
  restore
      ->add_option("--from", client->from,
                   "Path of a savepoint, or of the checkpoints of a job that has ended")
      ->required();
  restore->add_option("script", client->script,
                      "SQL file, - for standard input; default: the plan of the savepoint's job");
  AddScriptValues(*restore, client->settings, client->variables);
  AddSubmitOptions(*restore, client);
  restore->add_flag("-n,--allow-non-restored-state", client->allow_non_restored_state,
                    "Leave state behind that no operator of the new job takes");
  restore->callback([client, &run] { run = [client] { return Restore(*client); }; });
}

}  // namespace

void AddJobCommands(CLI::App& app, Run& run) {
  CLI::App* job = app.add_subcommand("job", "Submit, look at and end jobs of a cluster");
  job->require_subcommand(1);
  const auto client = std::make_shared<Client>();

  CLI::App* submit = AddClientCommand(*job, "submit", "Run a SQL script as a job", client);
  AddScriptOptions(*submit, client);
  AddSubmitOptions(*submit, client);
  submit->callback([client, &run] { run = [client] { return Submit(*client); }; });
  AddRestoreCommand(*job, client, run);

  AddClientCommand(*job, "list", "List all jobs, newest first", client)->callback([client, &run] {
    run = [client] { return List(*client); };
  });

  const auto add_one = [&](const char* name, const char* help, int (*act)(const Client&)) {
    CLI::App* command = AddClientCommand(*job, name, help, client);
    command->add_option("job", client->job, "Id of the job")->required();
    command->callback([client, act, &run] { run = [client, act] { return act(*client); }; });
    return command;
  };
  const auto add_place = [&](CLI::App* command) {
    command->add_option("--to", client->to,
                        "Folder for the savepoint, within the coordinator's "
                        "checkpoint.savepoint_dir; default: that one");
  };
  add_one("show", "Show one job",
          [](const Client& c) { return OneJob(c, &v1::JobService::Stub::GetJob); });
  CLI::App* stop = add_one("stop", "Stop with a savepoint, and wait until that is done", Stop);
  add_place(stop);
  stop->add_flag("--no-savepoint", client->no_savepoint,
                 "Take a last checkpoint only, also if no task runs");
  add_place(
      add_one("savepoint", "Make a savepoint of a running job, which goes on", TakeSavepoint));
  add_one("cancel", "Stop at once, without a checkpoint",
          [](const Client& c) { return OneJob(c, &v1::JobService::Stub::CancelJob); });
  add_one("watch", "Print every change of a job until it ends", Watch);
}

void AddExplainCommand(CLI::App& app, Run& run) {
  const auto client = std::make_shared<Client>();
  CLI::App* explain =
      AddClientCommand(app, "explain", "Show the plans of a script without running it", client);
  AddScriptOptions(*explain, client);
  explain->callback([client, &run] { run = [client] { return Explain(*client); }; });
}

}  // namespace millrace
