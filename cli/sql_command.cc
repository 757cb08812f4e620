// millrace sql: the shell.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/script_file.h"
#include "cli/signals.h"
#include "cli/sql_shell.h"
#include "common/base/cores.h"
#include "common/log/log.h"

namespace millrace {
namespace {

struct SqlOptions {
  std::string coordinator;
  int parallelism = CoreCount();
  std::string statements;
  std::string file;
  std::string init_file;
  bool verbose = false;
  std::vector<std::string> settings;
  std::vector<std::string> variables;
};

int FailUsage(const absl::Status& status) {
  std::cerr << status.message() << "\n";
  return 2;
}

// In the user's folder for state (XDG Base Directory Specification); empty if there is none.
std::string HistoryFile() {
  namespace fs = std::filesystem;
  const char* const state = std::getenv("XDG_STATE_HOME");
  const char* const home = std::getenv("HOME");
  fs::path folder;
  if (state != nullptr && *state == '/') {
    folder = state;
  } else if (home != nullptr && *home == '/') {
    folder = fs::path(home) / ".local" / "state";
  } else {
    return "";
  }
  folder /= "millrace";
  std::error_code error;
  fs::create_directories(folder, error);
  return error ? "" : (folder / "sql_history").string();
}

int RunFile(SqlShell& shell, const std::string& file) {
  const absl::StatusOr<std::string> text = ReadScript(file);
  if (!text.ok()) return FailUsage(text.status());
  return shell.RunText(*text, file == "-" ? "" : file);
}

int RunShell(const SqlOptions& options) {
  HoldSignals();
  InitLog({.level = options.verbose ? LogLevel::kInfo : LogLevel::kError});
  SqlShellOptions shell_options{.coordinator = options.coordinator,
                                .parallelism = options.parallelism};
  const auto settings = ParsePairs(options.settings);
  if (!settings.ok()) return FailUsage(settings.status());
  const auto variables = ParsePairs(options.variables);
  if (!variables.ok()) return FailUsage(variables.status());
  shell_options.settings = *settings;
  shell_options.variables = *variables;
  const bool has_text = !options.statements.empty() || !options.file.empty();
  shell_options.on_terminal = !has_text && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  if (shell_options.on_terminal) shell_options.history_file = HistoryFile();

  SqlShell shell(std::move(shell_options));
  int status = shell.Begin();
  if (status == 0 && !options.init_file.empty()) status = RunFile(shell, options.init_file);
  if (status != 0 || shell.has_ended()) return status;
  if (!options.statements.empty()) return shell.RunText(options.statements, "");
  if (!options.file.empty()) return RunFile(shell, options.file);
  const bool on_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  return on_terminal ? shell.RunTerminal() : shell.RunPipe(std::cin);
}

}  // namespace

void AddSqlCommand(CLI::App& app, Run& run) {
  const auto options = std::make_shared<SqlOptions>();
  CLI::App* command = app.add_subcommand("sql", "A shell for SQL, also for pipes and files");
  command
      ->add_option("--coordinator", options->coordinator,
                   "Submit INSERTs to this coordinator; default: all runs in this process")
      ->envname("MILLRACE_COORDINATOR");
  command->add_option("-p,--parallelism", options->parallelism, "Tasks per stage")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  auto* statements =
      command->add_option("-e,--execute", options->statements, "Run these statements and end");
  command->add_option("-f,--file", options->file, "Run the statements of a file and end")
      ->excludes(statements);
  command->add_option("-i,--init", options->init_file, "Run the statements of a file first");
  command->add_flag("--verbose", options->verbose, "Show the log of the embedded cluster");
  AddScriptValues(*command, options->settings, options->variables);
  command->callback([options, &run] { run = [options] { return RunShell(*options); }; });
}

}  // namespace millrace
