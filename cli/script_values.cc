// The options that give a script its settings and variables.

#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace millrace {

void AddScriptValues(CLI::App& command, std::vector<std::string>& settings,
                     std::vector<std::string>& variables) {
  command.add_option("--set", settings, "Setting KEY=VALUE, as SET before the script");
  command.add_option("-D,--var", variables, "Value NAME=VALUE for ${NAME} in the script");
}

}  // namespace millrace
