#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.h"
#include "common/base/version.h"

namespace millrace {

void AddVersionCommand(CLI::App& app, Run& run) {
  app.add_subcommand("version", "Print the version")->callback([&run] {
    run = [] {
      std::cout << "millrace " << kVersion << "\n";
      return 0;
    };
  });
}

}  // namespace millrace
