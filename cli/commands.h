// The subcommands of the one binary. Each adds itself to the command line and, if chosen, runs and
// gives the exit status: 0 ok, 1 failed, 2 usage or SQL error.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace millrace {

// What the chosen subcommand is to do, set by its callback.
using Run = std::function<int()>;

void AddCoordinatorCommand(CLI::App& app, Run& run);
void AddWorkerCommand(CLI::App& app, Run& run);
void AddStandaloneCommand(CLI::App& app, Run& run);
void AddRunCommand(CLI::App& app, Run& run);
void AddSqlCommand(CLI::App& app, Run& run);
void AddJobCommands(CLI::App& app, Run& run);
void AddExplainCommand(CLI::App& app, Run& run);
void AddValidateCommand(CLI::App& app, Run& run);
void AddHealthCommand(CLI::App& app, Run& run);
void AddCheckpointCommands(CLI::App& app, Run& run);
void AddDoctorCommand(CLI::App& app, Run& run);
void AddDatagenCommand(CLI::App& app, Run& run);
void AddReferenceCommand(CLI::App& app, Run& run);
void AddVersionCommand(CLI::App& app, Run& run);

// --set and --var, which all commands that take scripts share.
void AddScriptValues(CLI::App& command, std::vector<std::string>& settings,
                     std::vector<std::string>& variables);

}  // namespace millrace
