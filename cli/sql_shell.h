// The shell of `millrace sql`: statements from a terminal, a pipe or a file, one after the other.
// Not thread-safe.
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <string>

#include "cli/shell/statement_buffer.h"
#include "cli/statement_runner.h"
#include "coordinator/planner/script_compiler.h"

namespace millrace {

struct SqlShellOptions {
  std::string coordinator;  // Empty: INSERTs run in this process too.
  int parallelism = 1;
  bool on_terminal = false;  // There is somebody to talk to.
  Settings settings;
  std::map<std::string, std::string> variables;
  std::string history_file;
};

class SqlShell {
 public:
  explicit SqlShell(SqlShellOptions options);

  // Judges the settings that were given beside the statements. The exit status if they are wrong,
  // else 0.
  int Begin();

  // Each of these gives an exit status: 0, 1 if a job has failed, 2 for a wrong statement. On a
  // terminal an error ends nothing, elsewhere it ends the shell.
  int RunText(const std::string& text, const std::string& file);
  int RunPipe(std::istream& in);
  int RunTerminal();

  // Whether QUIT, or a signal, has asked for the end.
  bool has_ended() const { return ended_; }

 private:
  int RunWholeStatements(StatementBuffer& buffer, const std::string& file);
  int RunStatement(const ShellStatement& statement, const StatementBuffer& buffer,
                   const std::string& file);
  // What the shell understands itself. Whether it was such a word.
  bool RunShellWord(const std::string& statement);
  int RunCompiled(CompiledScript compiled);
  int RunJob(const JobGraph& graph);
  int Show(const absl::StatusOr<StatementEnd>& end, bool is_query);
  int Fail(const std::string& message, int status) const;
  void ShowNotes(const CompiledScript& compiled) const;

  const SqlShellOptions options_;
  SqlSession session_;
  ShellSettings settings_;
  StatementRunner runner_;
  bool ended_ = false;
};

}  // namespace millrace
