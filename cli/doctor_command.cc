// millrace doctor: whether this machine and what is around it are fit to run Millrace.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/doctor/checks.h"
#include "cli/doctor/gather.h"
#include "cli/doctor/report.h"
#include "cli/script_file.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

struct DoctorOptions {
  std::string role = "all";
  std::string config;
  std::vector<std::string> settings;
  bool insecure = false;
  std::string kafka;
  std::vector<std::string> kafka_properties;
  std::string coordinator;
  std::string timeout = "5s";
  std::string output = "table";
};

absl::StatusOr<DoctorQuestions> QuestionsOf(const DoctorOptions& options) {
  DoctorQuestions questions = {
      .sources = {.file = options.config, .environment = ProcessEnvironment()},
      .coordinator_role = options.role != "worker",
      .worker_role = options.role != "coordinator",
      .kafka = options.kafka,
      .coordinator = options.coordinator};
  ASSIGN_OR_RETURN(questions.sources.flags, ParsePairs(options.settings));
  if (options.insecure) questions.sources.flags["cluster.insecure"] = "true";
  ASSIGN_OR_RETURN(questions.kafka_properties, ParsePairs(options.kafka_properties));
  if (!absl::ParseDuration(options.timeout, &questions.timeout) ||
      questions.timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--timeout ", options.timeout, ": expected a duration such as 500ms or 2s"));
  }
  return questions;
}

int Examine(const DoctorOptions& options) {
  const absl::StatusOr<DoctorQuestions> questions = QuestionsOf(options);
  if (!questions.ok()) {
    std::cerr << "millrace: " << questions.status().message() << "\n";
    return 2;
  }
  const std::vector<Finding> findings = Diagnose(GatherFacts(*questions));
  std::cout << (options.output == "json" ? FindingsJson(findings) : FindingsTable(findings));
  return AnyFails(findings) ? 1 : 0;
}

}  // namespace

void AddDoctorCommand(CLI::App& app, Run& run) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App* const command = app.add_subcommand(
      "doctor", "Check this machine, Kafka and the coordinator; exit status 1 if anything fails");
  command->add_option("--role", options->role, "What this machine is to run")
      ->check(CLI::IsMember({"coordinator", "worker", "all"}))
      ->capture_default_str();
  command->add_option("--config", options->config, "YAML file of the roles");
  command->add_option("--set", options->settings,
                      "Setting SECTION.KEY=VALUE; wins over all others");
  command->add_flag("--insecure", options->insecure, "As for the roles");
  command->add_option("--kafka", options->kafka, "Check the Kafka cluster at HOST:PORT,...")
      ->envname("MILLRACE_KAFKA");
  command->add_option("-X,--kafka-property", options->kafka_properties,
                      "Property NAME=VALUE of the Kafka client, e.g. security.protocol=SSL");
  command->add_option("--coordinator", options->coordinator,
                      "Check the coordinator whose gRPC port is HOST:PORT");
  command->add_option("--timeout", options->timeout, "How long to wait for each answer")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->callback([options, &run] { run = [options] { return Examine(*options); }; });
}

}  // namespace millrace
