#include "cli/sql_shell.h"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/shell/line_editor.h"
#include "cli/signals.h"

namespace millrace {
namespace {

constexpr const char* kPrompt = "millrace> ";
constexpr const char* kMorePrompt = "       -> ";

constexpr const char* kHelp = R"(Statements end with ';' and may go over several lines.

  CREATE TABLE | VIEW ...   known until the shell ends
  SELECT ...                shows its rows while they come; Ctrl-C ends it
  INSERT INTO ... SELECT    runs as a job: in this process until it ends, or, with --coordinator,
                            in the cluster
  EXPLAIN statement         its plans
  SHOW TABLES | VIEWS | FUNCTIONS | CREATE TABLE t, DESCRIBE t
  SET ['key' = 'value'], RESET ['key']
  CLEAR, HELP, QUIT or EXIT

  SET 'sql-client.execution.result-mode' = 'table' | 'changelog' | 'tableau'

Tab completes words, Ctrl-R searches the history, Ctrl-C drops what was typed, Ctrl-D ends.
)";

std::string WordOf(const std::string& statement) {
  return absl::AsciiStrToUpper(absl::StripAsciiWhitespace(statement));
}

bool IsShellSetting(const std::string& note) {
  const std::vector<std::string> keys = ShellSettingKeys();
  return std::any_of(keys.begin(), keys.end(), [&](const std::string& key) {
    return absl::StartsWith(note, absl::StrCat("'", key, "'"));
  });
}

const Schema& ResultSchema(const JobGraph& graph) {
  for (const Stage& stage : graph.stages) {
    const auto* sink = std::get_if<SinkSpec>(&stage.operators.back().spec);
    if (sink != nullptr) return sink->table.schema;
  }
  static const Schema& none = *new Schema();
  return none;
}

bool IsQuery(const JobGraph& graph) {
  return std::any_of(graph.stages.begin(), graph.stages.end(), [](const Stage& stage) {
    const auto* sink = std::get_if<SinkSpec>(&stage.operators.back().spec);
    return sink != nullptr && sink->table.options.at("connector") == "collect";
  });
}

}  // namespace

SqlShell::SqlShell(SqlShellOptions options)
    : options_(std::move(options)), runner_(options_.coordinator) {}

int SqlShell::Begin() {
  const CompiledScript judged = CompileScript({.settings = options_.settings});
  if (!judged.diagnostics.empty()) return Fail(judged.diagnostics.front().message, 2);
  const absl::StatusOr<ShellSettings> settings = ShellSettingsOf(options_.settings);
  if (!settings.ok()) return Fail(std::string(settings.status().message()), 2);
  settings_ = *settings;
  session_.settings = options_.settings;
  ShowNotes(judged);
  return 0;
}

int SqlShell::RunText(const std::string& text, const std::string& file) {
  StatementBuffer buffer;
  buffer.AddLine(text);
  const int status = RunWholeStatements(buffer, file);
  if (status != 0 || ended_) return status;
  const std::optional<ShellStatement> rest = buffer.Rest();
  return rest.has_value() ? RunStatement(*rest, buffer, file) : 0;
}

int SqlShell::RunPipe(std::istream& in) {
  StatementBuffer buffer;
  std::string line;
  const auto read = [&] {
    const LetSignalEnd interrupt(SIGINT);
    const LetSignalEnd terminate(SIGTERM);
    return static_cast<bool>(std::getline(in, line));
  };
  while (!ended_ && read()) {
    buffer.AddLine(line);
    const int status = RunWholeStatements(buffer, "");
    if (status != 0) return status;
  }
  const std::optional<ShellStatement> rest = buffer.Rest();
  return rest.has_value() && !ended_ ? RunStatement(*rest, buffer, "") : 0;
}

int SqlShell::RunTerminal() {
  StatementBuffer buffer;
  const std::unique_ptr<LineEditor> editor =
      LineEditor::Open(options_.history_file, [&](std::string_view line) {
        return Complete(absl::StrCat(std::string(buffer.begun()), std::string(line)), session_);
      });
  // A statement that runs takes the signal itself, and ends its job first; so do the threads of the
  // cluster that it starts.
  const auto read = [&](const char* prompt, std::string& line) {
    const LetSignalEnd terminate(SIGTERM);
    return editor->Read(prompt, line);
  };
  std::cout << "Millrace SQL. HELP; says what there is, QUIT; ends.\n";
  while (!ended_) {
    const bool is_within = buffer.is_within_statement();
    std::string line;
    const LineEditor::Outcome outcome = read(is_within ? kMorePrompt : kPrompt, line);
    if (outcome == LineEditor::Outcome::kEnd) {
      std::cout << "\n";
      break;
    }
    if (outcome == LineEditor::Outcome::kInterrupted) {
      buffer.Drop();
      continue;
    }
    if (!is_within && RunShellWord(line)) continue;
    buffer.AddLine(line);
    while (!ended_) {
      const std::optional<ShellStatement> statement = buffer.Next();
      if (!statement.has_value()) break;
      editor->Remember(absl::StrCat(statement->text, ";"));
      RunStatement(*statement, buffer, "");
    }
  }
  return 0;
}

int SqlShell::RunWholeStatements(StatementBuffer& buffer, const std::string& file) {
  while (!ended_) {
    const std::optional<ShellStatement> statement = buffer.Next();
    if (!statement.has_value()) return 0;
    const int status = RunStatement(*statement, buffer, file);
    if (status != 0) return status;
  }
  return 0;
}

int SqlShell::RunStatement(const ShellStatement& statement, const StatementBuffer& buffer,
                           const std::string& file) {
  if (RunShellWord(statement.text)) return 0;
  // An interrupt that came late was meant for the statement before; else one ends them all.
  while (const int signal = TakeSignal(absl::ZeroDuration())) {
    ended_ = ended_ || signal == SIGTERM || !options_.on_terminal;
  }
  if (ended_) return 1;
  SqlSession before = session_;
  CompiledScript compiled = CompileInSession({.sql = statement.text,
                                              .variables = options_.variables,
                                              .default_parallelism = options_.parallelism},
                                             session_);
  if (!compiled.diagnostics.empty()) {
    if (options_.on_terminal) {
      return Fail(RenderDiagnostics(compiled.diagnostics, compiled.text, file), 2);
    }
    for (SqlDiagnostic& diagnostic : compiled.diagnostics) {
      diagnostic.span.offset += static_cast<uint32_t>(statement.offset);
    }
    return Fail(RenderDiagnostics(compiled.diagnostics, buffer.text(), file), 2);
  }
  const absl::StatusOr<ShellSettings> settings = ShellSettingsOf(session_.settings);
  if (!settings.ok()) {
    session_ = std::move(before);
    return Fail(std::string(settings.status().message()), 2);
  }
  settings_ = *settings;
  return RunCompiled(std::move(compiled));
}

bool SqlShell::RunShellWord(const std::string& statement) {
  const std::string word = WordOf(statement);
  if (word == "QUIT" || word == "EXIT") {
    ended_ = true;
  } else if (word == "HELP") {
    std::cout << kHelp << std::flush;
  } else if (word == "CLEAR") {
    if (options_.on_terminal) std::cout << "\x1b[H\x1b[2J" << std::flush;
  } else {
    return false;
  }
  return true;
}

int SqlShell::RunCompiled(CompiledScript compiled) {
  ShowNotes(compiled);
  for (const std::string& result : compiled.results) std::cout << result << "\n";
  if (!compiled.job.has_value()) {
    if (options_.on_terminal && compiled.results.empty()) std::cout << "ok\n";
    std::cout << std::flush;
    return 0;
  }
  return RunJob(*compiled.job);
}

int SqlShell::RunJob(const JobGraph& graph) {
  if (!IsQuery(graph)) {
    return Show(runner_.Insert(graph, settings_.waits_for_inserts), /*is_query=*/false);
  }
  const std::unique_ptr<ResultView> view = NewResultView(
      {.schema = ResultSchema(graph), .settings = settings_, .on_terminal = options_.on_terminal},
      std::cout);
  return Show(runner_.Query(graph, *view), /*is_query=*/true);
}

int SqlShell::Show(const absl::StatusOr<StatementEnd>& end, bool is_query) {
  if (!end.ok()) return Fail(std::string(end.status().message()), 1);
  if (end->terminated) {
    ended_ = true;
    return 1;
  }
  const bool is_submitted = end->state == "SUBMITTED";
  if (is_submitted) {
    std::cout << "job " << end->job_id << std::endl;
  } else if (options_.on_terminal && (!is_query || end->interrupted)) {
    std::cout << (is_query ? "the query is " : "the job is ") << end->state << std::endl;
  }
  return end->interrupted && !options_.on_terminal ? 1 : 0;
}

int SqlShell::Fail(const std::string& message, int status) const {
  std::cout << std::flush;
  std::cerr << message << std::endl;
  return status;
}

void SqlShell::ShowNotes(const CompiledScript& compiled) const {
  for (const ScriptNote& note : compiled.notes) {
    if (!IsShellSetting(note.message)) std::cerr << "note: " << note.message << "\n";
  }
}

}  // namespace millrace
