// millrace reference: the reference pages of docs/, as this build has them.

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.h"
#include "cli/reference/reference_pages.h"

namespace millrace {

void AddReferenceCommand(CLI::App& app, Run& run) {
  CLI::App* const reference =
      app.add_subcommand("reference", "Print a reference page of this build, in Markdown");
  reference->require_subcommand(1);
  for (const ReferencePage& page : ReferencePages()) {
    reference->add_subcommand(page.name, page.about)->callback([&page, &run] {
      run = [&page] {
        std::cout << page.text();
        return 0;
      };
    });
  }
  reference->add_subcommand("example", "A configuration file with every setting and its default")
      ->callback([&run] {
        run = [] {
          std::cout << ExampleConfiguration();
          return 0;
        };
      });
}

}  // namespace millrace
