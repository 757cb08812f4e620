// millrace coordinator, worker, standalone: the roles of a cluster.

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/script_file.h"
#include "cli/signals.h"
#include "common/config/coordinator_config.h"
#include "common/config/worker_config.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "coordinator/server/coordinator.h"
#include "worker/server/worker.h"

namespace millrace {
namespace {

// How often a role looks whether it has to end by itself.
constexpr absl::Duration kLook = absl::Milliseconds(200);

struct RoleOptions {
  std::string config;
  std::vector<std::string> settings;
  bool insecure = false;

  absl::StatusOr<SettingSources> Sources() const {
    absl::StatusOr<std::map<std::string, std::string>> flags = ParsePairs(settings);
    if (!flags.ok()) return flags.status();
    if (insecure) (*flags)["cluster.insecure"] = "true";
    return SettingSources{
        .file = config, .environment = ProcessEnvironment(), .flags = std::move(*flags)};
  }
};

int FailUsage(const absl::Status& status) {
  std::cerr << "millrace: " << status.message() << "\n";
  return 2;
}

int FailStart(const absl::Status& status) {
  LOG_ERROR("cannot start", {{"reason", std::string(status.message())}});
  return 1;
}

template <typename Config>
void InitLogOf(const Config& config) {
  LogLevel level = LogLevel::kInfo;
  if (config.log_level == "debug") level = LogLevel::kDebug;
  if (config.log_level == "warning") level = LogLevel::kWarning;
  if (config.log_level == "error") level = LogLevel::kError;
  InitLog({.level = level,
           .format = config.log_format == "json" ? LogFormat::kJson : LogFormat::kText});
}

int RunCoordinator(const RoleOptions& options) {
  const auto sources = options.Sources();
  if (!sources.ok()) return FailUsage(sources.status());
  const auto config = LoadCoordinatorConfig(*sources);
  if (!config.ok()) return FailUsage(config.status());
  InitLogOf(*config);
  MetricRegistry metrics;
  auto coordinator = Coordinator::Start(*config, {.metrics = &metrics});
  if (!coordinator.ok()) return FailStart(coordinator.status());
  while (!WaitForSignal(kLook)) {
    if (!(*coordinator)->WaitUntilFenced(absl::ZeroDuration()).ok()) return 1;
  }
  coordinator->reset();
  LOG_INFO("coordinator ends; jobs go on when it is started again");
  return 0;
}

// Until a signal, or until the coordinator refuses the worker: false.
bool ServeWorker(Worker& worker) {
  while (!WaitForSignal(kLook)) {
    if (!worker.WaitUntilRefused(absl::ZeroDuration()).ok()) return false;
  }
  return true;
}

// The jobs take a last checkpoint and move to other workers. Whoever cannot wait for that sends a
// second signal, which is as good as kill -9: nothing is lost by it but time.
void LeaveCluster(Worker& worker) {
  worker.Leave();
  while (!worker.WaitUntilLeft(kLook)) {
    if (!WaitForSignal(absl::ZeroDuration())) continue;
    LOG_WARNING("ended at once by a second signal; jobs go on from their last checkpoint");
    std::_Exit(1);
  }
}

int RunWorker(const RoleOptions& options) {
  const auto sources = options.Sources();
  if (!sources.ok()) return FailUsage(sources.status());
  const auto config = LoadWorkerConfig(*sources);
  if (!config.ok()) return FailUsage(config.status());
  InitLogOf(*config);
  MetricRegistry metrics;
  auto worker = Worker::Start(*config, {.metrics = &metrics});
  if (!worker.ok()) return FailStart(worker.status());
  if (!ServeWorker(**worker)) return 1;
  LeaveCluster(**worker);
  worker->reset();
  LOG_INFO("worker ended");
  return 0;
}

int RunStandalone(const RoleOptions& options) {
  const auto sources = options.Sources();
  if (!sources.ok()) return FailUsage(sources.status());
  const auto coordinator_config = LoadCoordinatorConfig(*sources);
  if (!coordinator_config.ok()) return FailUsage(coordinator_config.status());
  auto worker_config = LoadWorkerConfig(*sources);
  if (!worker_config.ok()) return FailUsage(worker_config.status());
  InitLogOf(*coordinator_config);
  MetricRegistry metrics;
  auto coordinator = Coordinator::Start(*coordinator_config, {.metrics = &metrics});
  if (!coordinator.ok()) return FailStart(coordinator.status());
  worker_config->coordinator = (*coordinator)->rpc_address();
  auto worker = Worker::Start(*worker_config, {.metrics = &metrics});
  if (!worker.ok()) return FailStart(worker.status());
  if (!ServeWorker(**worker)) return 1;
  (*coordinator)->Drain();
  LeaveCluster(**worker);
  // First, so that it does not take the worker's end for a loss, which would count as a restart.
  coordinator->reset();
  worker->reset();
  LOG_INFO("coordinator and worker ended; jobs go on when they are started again");
  return 0;
}

void AddRole(CLI::App& app, Run& run, const char* name, const char* help,
             int (*act)(const RoleOptions&)) {
  const auto options = std::make_shared<RoleOptions>();
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("--config", options->config, "YAML file");
  command->add_option("--set", options->settings,
                      "Setting SECTION.KEY=VALUE; wins over all others");
  command->add_flag("--insecure", options->insecure,
                    "Allow addresses beyond loopback without TLS and authentication");
  command->callback([options, act, &run] {
    run = [options, act] {
      HoldSignals();
      return act(*options);
    };
  });
}

}  // namespace

void AddCoordinatorCommand(CLI::App& app, Run& run) {
  AddRole(app, run, "coordinator", "Run the coordinator of a cluster", RunCoordinator);
}

void AddWorkerCommand(CLI::App& app, Run& run) {
  AddRole(app, run, "worker", "Run a worker of a cluster", RunWorker);
}

void AddStandaloneCommand(CLI::App& app, Run& run) {
  AddRole(app, run, "standalone", "Run coordinator and worker in one process", RunStandalone);
}

}  // namespace millrace
