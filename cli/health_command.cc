// millrace health: whether a coordinator or worker lives or is ready, for health checks of
// containers, whose image has no other client.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/probe/http_probe.h"
#include "cli/probe/rpc_probe.h"
#include "cli/script_file.h"
#include "common/base/status_macros.h"
#include "common/config/coordinator_config.h"
#include "common/config/worker_config.h"

namespace millrace {
namespace {

struct HealthOptions {
  std::string role = "coordinator";
  std::string address;
  std::string config;
  std::vector<std::string> settings;
  std::string timeout = "2s";
  bool ready = false;
  bool grpc = false;
};

// Where the role serves, by the sources from which it has its own configuration.
absl::StatusOr<std::string> ConfiguredAddress(const HealthOptions& options) {
  ASSIGN_OR_RETURN(auto flags, ParsePairs(options.settings));
  const SettingSources sources = {
      .file = options.config, .environment = ProcessEnvironment(), .flags = std::move(flags)};
  if (options.role == "worker") {
    ASSIGN_OR_RETURN(const WorkerConfig config, LoadWorkerConfig(sources));
    return config.http_address;
  }
  ASSIGN_OR_RETURN(const CoordinatorConfig config, LoadCoordinatorConfig(sources));
  return options.grpc ? config.rpc_address : config.http_address;
}

struct Question {
  ListenAddress address;
  absl::Duration timeout;
};

absl::StatusOr<Question> QuestionOf(const HealthOptions& options) {
  if (options.grpc && options.role == "worker") {
    return absl::InvalidArgumentError("--grpc asks a coordinator; a worker answers by HTTP");
  }
  Question question;
  if (!absl::ParseDuration(options.timeout, &question.timeout) ||
      question.timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--timeout ", options.timeout, ": expected a duration such as 500ms or 2s"));
  }
  std::string address = options.address;
  if (address.empty()) {
    ASSIGN_OR_RETURN(address, ConfiguredAddress(options));
  }
  ASSIGN_OR_RETURN(question.address, ParseListenAddress(address));
  question.address = ReachableAddress(question.address);
  if (question.address.port == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("port 0 of ", address, " stands for any free one: say which with --address"));
  }
  return question;
}

// One line: what was answered. An error if that is not a yes.
absl::StatusOr<std::string> Ask(const HealthOptions& options, const Question& question) {
  if (options.grpc) {
    RETURN_IF_ERROR(ProbeRpcHealth(question.address.ToString(), question.timeout));
    return absl::StrCat("serving: grpc://", question.address.ToString());
  }
  const std::string target = options.ready ? "/readyz" : "/healthz";
  ASSIGN_OR_RETURN(const HttpAnswer answer, ProbeHttp(question.address, target, question.timeout));
  const std::string said = std::string(absl::StripAsciiWhitespace(answer.body));
  const std::string where = absl::StrCat("http://", question.address.ToString(), target);
  if (answer.status == 200) return absl::StrCat(said, ": ", where);
  return absl::FailedPreconditionError(absl::StrCat(where, " answers ", answer.status, ": ", said));
}

int CheckHealth(const HealthOptions& options) {
  const absl::StatusOr<Question> question = QuestionOf(options);
  if (!question.ok()) {
    std::cerr << "millrace: " << question.status().message() << "\n";
    return 2;
  }
  const absl::StatusOr<std::string> answer = Ask(options, *question);
  if (answer.ok()) {
    std::cout << *answer << "\n";
    return 0;
  }
  std::cerr << options.role << (options.ready ? " not ready: " : " not healthy: ")
            << answer.status().message() << "\n";
  return 1;
}

}  // namespace

void AddHealthCommand(CLI::App& app, Run& run) {
  const auto options = std::make_shared<HealthOptions>();
  CLI::App* const command = app.add_subcommand(
      "health", "Ask a coordinator or worker whether it lives; exit status 0: yes, 1: no");
  command->add_option("role", options->role, "coordinator or worker")
      ->check(CLI::IsMember({"coordinator", "worker"}))
      ->capture_default_str();
  command->add_option("--address", options->address,
                      "host:port to ask; default: where the role's configuration has it listen");
  command->add_flag("--ready", options->ready, "Ask whether it is ready for work (/readyz)");
  CLI::Option* const grpc = command->add_flag(
      "--grpc", options->grpc, "Ask the coordinator's gRPC health service instead of HTTP");
  grpc->excludes("--ready");
  command->add_option("--timeout", options->timeout, "How long to wait")->capture_default_str();
  command->add_option("--config", options->config, "YAML file of the role");
  command->add_option("--set", options->settings, "Setting SECTION.KEY=VALUE of the role");
  command->callback([options, &run] { run = [options] { return CheckHealth(*options); }; });
}

}  // namespace millrace
