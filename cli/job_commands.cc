// millrace job ..., millrace explain: clients of the JobService.

#include <CLI/CLI.hpp>
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

int Watch(const Client& client) {
  grpc::ClientContext context;
  v1::WatchJobRequest request;
  request.set_job_id(client.job);
  const auto stream = client.Stub()->WatchJob(&context, request);
  v1::WatchJobResponse response;
  v1::JobState last = v1::JOB_STATE_UNSPECIFIED;
  while (stream->Read(&response)) {
    std::cout << (client.json() ? ToJson(response.job()) : JobLine(response.job())) << std::flush;
    last = response.job().state();
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return Fail(client, status);
  return last == v1::JOB_STATE_FAILED ? 1 : 0;
}

int Submit(Client client) {
  v1::SubmitJobRequest request;
  request.set_request_id(client.request_id.empty()
                             ? absl::StrCat("cli-", absl::Hex(SystemSeed(), absl::kZeroPad16))
                             : client.request_id);
  request.set_name(client.name);
  const absl::Status filled = FillProgram(client, request);
  if (!filled.ok()) return FailUsage(filled);
  grpc::ClientContext context;
  v1::SubmitJobResponse response;
  const grpc::Status status = client.Stub()->SubmitJob(&context, request, &response);
  if (!status.ok()) return Fail(client, status);
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

// Comes back once the job has ended: then its last checkpoint is complete.
int Stop(const Client& client) {
  grpc::ClientContext context;
  v1::StopJobRequest request;
  request.set_job_id(client.job);
  v1::StopJobResponse response;
  const grpc::Status status = client.Stub()->StopJob(&context, request, &response);
  return status.ok() ? Watch(client) : Fail(client, status);
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
  command.add_option("--set", client->settings, "Setting KEY=VALUE, as SET before the script");
  command.add_option("--var", client->variables, "Value NAME=VALUE for ${NAME} in the script");
}

}  // namespace

void AddJobCommands(CLI::App& app, Run& run) {
  CLI::App* job = app.add_subcommand("job", "Submit, look at and end jobs of a cluster");
  job->require_subcommand(1);
  const auto client = std::make_shared<Client>();

  CLI::App* submit = AddClientCommand(*job, "submit", "Run a SQL script as a job", client);
  AddScriptOptions(*submit, client);
  submit->add_option("--name", client->name, "Name of the job");
  submit->add_option("--request-id", client->request_id,
                     "The same id gives the same job, however often it is submitted");
  submit->add_flag("--wait", client->wait, "Watch the job until it ends");
  submit->callback([client, &run] { run = [client] { return Submit(*client); }; });

  AddClientCommand(*job, "list", "List all jobs, newest first", client)->callback([client, &run] {
    run = [client] { return List(*client); };
  });

  const auto add_one = [&](const char* name, const char* help, int (*act)(const Client&)) {
    CLI::App* command = AddClientCommand(*job, name, help, client);
    command->add_option("job", client->job, "Id of the job")->required();
    command->callback([client, act, &run] { run = [client, act] { return act(*client); }; });
  };
  add_one("show", "Show one job",
          [](const Client& c) { return OneJob(c, &v1::JobService::Stub::GetJob); });
  add_one("stop", "Take a last checkpoint, stop, and wait until that is done", Stop);
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
