// millrace validate FILE...: what is wrong with scripts, without a cluster and without running
// them.

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/script_file.h"
#include "cli/validate/script_findings.h"

namespace millrace {
namespace {

struct ValidateOptions {
  std::vector<std::string> files;
  std::string format = "text";
  std::vector<std::string> settings;
  std::vector<std::string> variables;
};

int FailUsage(const absl::Status& status) {
  std::cerr << status.message() << "\n";
  return 2;
}

// 1 if there are errors; warnings alone are none.
int Validate(const ValidateOptions& options) {
  const auto settings = ParsePairs(options.settings);
  if (!settings.ok()) return FailUsage(settings.status());
  const auto variables = ParsePairs(options.variables);
  if (!variables.ok()) return FailUsage(variables.status());
  std::vector<ScriptFinding> findings;
  for (const std::string& file : options.files) {
    absl::StatusOr<std::string> text = ReadScript(file);
    if (!text.ok()) return FailUsage(text.status());
    std::vector<ScriptFinding> of_file = CheckScript({.file = file == "-" ? "<stdin>" : file,
                                                      .text = *std::move(text),
                                                      .settings = *settings,
                                                      .variables = *variables});
    findings.insert(findings.end(), std::make_move_iterator(of_file.begin()),
                    std::make_move_iterator(of_file.end()));
  }
  std::cout << (options.format == "json" ? ScriptFindingsJson(findings)
                                         : ScriptFindingsText(findings));
  return HasScriptErrors(findings) ? 1 : 0;
}

}  // namespace

void AddValidateCommand(CLI::App& app, Run& run) {
  const auto options = std::make_shared<ValidateOptions>();
  CLI::App* command = app.add_subcommand(
      "validate", "Parse, bind and plan SQL scripts without a cluster; 1 if any has errors");
  command->add_option("files", options->files, "SQL files, - for standard input")->required();
  command->add_option("--format", options->format, "text, or json for editors")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  AddScriptValues(*command, options->settings, options->variables);
  command->callback([options, &run] { run = [options] { return Validate(*options); }; });
}

}  // namespace millrace
