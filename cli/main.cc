// The one binary: coordinator, worker, both in one process, and the tools.

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "cli/commands.h"
#include "common/base/failpoint.h"

namespace {

// For tests of what a crash at a certain place does (common/base/failpoint.h).
bool ArmFailpointsOfEnvironment() {
  const char* const specification = std::getenv("MILLRACE_FAILPOINTS");
  if (specification == nullptr) return true;
  const absl::Status armed = millrace::ArmFailpoints(specification);
  if (!armed.ok()) std::cerr << "millrace: MILLRACE_FAILPOINTS: " << armed.message() << "\n";
  return armed.ok();
}

}  // namespace

int main(int argc, char** argv) {
  // What goes wrong in gRPC comes back as a status; its own lines would say it a second time.
  setenv("GRPC_VERBOSITY", "NONE", /*replace=*/0);

  CLI::App app("Millrace: streaming SQL over Kafka, exactly once, without a JVM.", "millrace");
  app.require_subcommand(1);
  millrace::Run run;

  // The roles of a cluster.
  millrace::AddCoordinatorCommand(app, run);
  millrace::AddWorkerCommand(app, run);
  millrace::AddStandaloneCommand(app, run);

  // A script, and a shell, in a cluster of their own, inside this process.
  millrace::AddRunCommand(app, run);
  millrace::AddSqlCommand(app, run);

  // Tools that talk to a cluster.
  millrace::AddJobCommands(app, run);
  millrace::AddExplainCommand(app, run);
  millrace::AddHealthCommand(app, run);

  // Tools on their own.
  millrace::AddValidateCommand(app, run);
  millrace::AddCheckpointCommands(app, run);
  millrace::AddDoctorCommand(app, run);
  millrace::AddDatagenCommand(app, run);
  millrace::AddReferenceCommand(app, run);
  millrace::AddVersionCommand(app, run);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (!ArmFailpointsOfEnvironment()) return 2;
  return run();
}
