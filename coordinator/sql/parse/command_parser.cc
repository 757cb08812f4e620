#include "coordinator/sql/parse/command_parser.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_join.h"
#include "coordinator/sql/parse/call_parser.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/table_element_parser.h"

namespace millrace {
namespace {

void ParseNothing(CommandBuilder&) {}

void ParseAnalyzeTable(CommandBuilder& command) {
  command.Name("a table name");
  if (command.cursor().AtWord("PARTITION")) command.Partition(/*values_optional=*/true);
  command.Expect({"COMPUTE", "STATISTICS"});
  if (!command.Accept({"FOR"}) || command.Accept({"ALL", "COLUMNS"})) return;
  command.Expect({"COLUMNS"});
  do {
    command.SimpleName("a column name");
  } while (command.AcceptComma());
}

void ParseProcedureCall(CommandBuilder& command) {
  TokenCursor& cursor = command.cursor();
  ObjectName name = ParseObjectName(cursor, "a procedure name");
  if (!cursor.At(TokenKind::kLeftParenthesis)) cursor.FailExpected("'('");
  command.Add(ParseCallArguments(cursor, std::move(name)));
}

void ParseCompileAndExecutePlan(CommandBuilder& command) {
  command.Text("a file in quotes");
  command.Expect({"FOR"});
  command.InsertOrStatementSet();
}

void ParseCompilePlan(CommandBuilder& command) {
  command.Text("a file in quotes");
  command.IfNotExists();
  command.Expect({"FOR"});
  command.InsertOrStatementSet();
}

void ParseExecutePlan(CommandBuilder& command) { command.Text("a file in quotes"); }

void ParseJar(CommandBuilder& command) { command.Text("a path in quotes"); }

void ParseCreateCatalog(CommandBuilder& command) {
  command.IfNotExists();
  command.SimpleName("a catalog name");
  command.Comment();
  command.With();
}

void ParseCreateDatabase(CommandBuilder& command) {
  command.IfNotExists();
  command.Name("a database name");
  command.Comment();
  command.With();
}

void ParseModelColumns(CommandBuilder& command) {
  TokenCursor& cursor = command.cursor();
  command.Symbol(TokenKind::kLeftParenthesis, "'('");
  do {
    std::optional<PrimaryKeyClause> key;
    command.Add(ParseColumn(cursor, &key));
    if (key.has_value()) cursor.Fail(key->span, "MR1107", "a model has no PRIMARY KEY");
  } while (command.AcceptComma());
  command.Symbol(TokenKind::kRightParenthesis, "',' or ')'");
}

void ParseCreateModel(CommandBuilder& command) {
  command.IfNotExists();
  command.Name("a model name");
  if (command.Accept({"INPUT"})) ParseModelColumns(command);
  if (command.Accept({"OUTPUT"})) ParseModelColumns(command);
  command.Comment();
  command.With();
  if (command.Accept({"AS"})) command.Query();
}

void ParseAlias(CommandBuilder& command) {
  TokenCursor& cursor = command.cursor();
  if (command.Accept({"AS"}) || AtIdentifier(cursor)) command.SimpleName("an alias");
}

void ParseWhere(CommandBuilder& command) {
  if (command.Accept({"WHERE"})) command.Expression();
}

void ParseDelete(CommandBuilder& command) {
  command.Name("a table name");
  command.Hints();
  ParseAlias(command);
  ParseWhere(command);
}

void ParseUpdate(CommandBuilder& command) {
  command.Name("a table name");
  command.Hints();
  ParseAlias(command);
  command.Expect({"SET"});
  do {
    command.SimpleName("a column name");
    command.Symbol(TokenKind::kEqual, "'='");
    command.Expression();
  } while (command.AcceptComma());
  ParseWhere(command);
}

void ParseDescribed(CommandBuilder& command) {
  if (command.cursor().AtWord("EXTENDED") && AtIdentifier(command.cursor(), 1)) {
    command.Accept({"EXTENDED"});
  }
  command.Name("a name");
}

void ParseJob(CommandBuilder& command) { command.Text("a job in quotes"); }

void ParseStopJob(CommandBuilder& command) {
  ParseJob(command);
  if (command.Accept({"WITH", "SAVEPOINT"})) command.Accept({"WITH", "DRAIN"});
}

void ParseDropped(CommandBuilder& command) {
  command.IfExists();
  command.Name("a name");
}

void ParseDropDatabase(CommandBuilder& command) {
  ParseDropped(command);
  if (!command.Accept({"RESTRICT"})) command.Accept({"CASCADE"});
}

void ParseModule(CommandBuilder& command) { command.SimpleName("a module name"); }

void ParseLoadModule(CommandBuilder& command) {
  ParseModule(command);
  command.With();
}

void ParseUseModules(CommandBuilder& command) {
  do {
    ParseModule(command);
  } while (command.AcceptComma());
}

void ParseShown(CommandBuilder& command) { command.Name("a name"); }

void ParseShowPartitions(CommandBuilder& command) {
  command.Name("a table name");
  if (command.cursor().AtWord("PARTITION")) command.Partition();
}

// [FROM|IN database] [[NOT] LIKE|ILIKE 'pattern']
void ParseShowFilter(CommandBuilder& command) {
  if (command.Accept({"FROM"}) || command.Accept({"IN"})) command.Name("a database name");
  TokenCursor& cursor = command.cursor();
  if (cursor.AtWord("NOT") && cursor.AtAnyWord({"LIKE", "ILIKE"}, 1)) command.Accept({"NOT"});
  if (command.Accept({"LIKE"}) || command.Accept({"ILIKE"})) command.Text("a pattern in quotes");
}

struct CommandForm {
  std::initializer_list<std::string_view> words;
  void (*parse)(CommandBuilder&);
};

const CommandForm kCommands[] = {
    {{"ALTER", "CATALOG"}, ParseAlterCatalog},
    {{"ALTER", "DATABASE"}, ParseAlterDatabase},
    {{"ALTER", "FUNCTION"}, ParseAlterFunction},
    {{"ALTER", "MATERIALIZED", "TABLE"}, ParseAlterMaterializedTable},
    {{"ALTER", "MODEL"}, ParseAlterModel},
    {{"ALTER", "TABLE"}, ParseAlterTable},
    {{"ALTER", "TEMPORARY", "FUNCTION"}, ParseAlterFunction},
    {{"ALTER", "TEMPORARY", "SYSTEM", "FUNCTION"}, ParseAlterFunction},
    {{"ALTER", "VIEW"}, ParseAlterView},
    {{"ADD", "JAR"}, ParseJar},
    {{"ANALYZE", "TABLE"}, ParseAnalyzeTable},
    {{"CALL"}, ParseProcedureCall},
    {{"COMPILE", "AND", "EXECUTE", "PLAN"}, ParseCompileAndExecutePlan},
    {{"COMPILE", "PLAN"}, ParseCompilePlan},
    {{"CREATE", "CATALOG"}, ParseCreateCatalog},
    {{"CREATE", "DATABASE"}, ParseCreateDatabase},
    {{"CREATE", "MATERIALIZED", "TABLE"}, ParseCreateMaterializedTable},
    {{"CREATE", "MODEL"}, ParseCreateModel},
    {{"CREATE", "TEMPORARY", "MODEL"}, ParseCreateModel},
    {{"DELETE", "FROM"}, ParseDelete},
    {{"DROP", "CATALOG"}, ParseDropped},
    {{"DROP", "DATABASE"}, ParseDropDatabase},
    {{"DROP", "MATERIALIZED", "TABLE"}, ParseDropped},
    {{"DROP", "MODEL"}, ParseDropped},
    {{"DROP", "TEMPORARY", "MODEL"}, ParseDropped},
    {{"EXECUTE", "PLAN"}, ParseExecutePlan},
    {{"LOAD", "MODULE"}, ParseLoadModule},
    {{"REMOVE", "JAR"}, ParseJar},
    {{"SHOW", "CREATE", "CATALOG"}, ParseModule},
    {{"SHOW", "CREATE", "MATERIALIZED", "TABLE"}, ParseShown},
    {{"SHOW", "CREATE", "MODEL"}, ParseShown},
    {{"SHOW", "FULL", "MODULES"}, ParseNothing},
    {{"SHOW", "JARS"}, ParseNothing},
    {{"SHOW", "JOBS"}, ParseNothing},
    {{"SHOW", "MATERIALIZED", "TABLES"}, ParseShowFilter},
    {{"SHOW", "MODELS"}, ParseShowFilter},
    {{"SHOW", "MODULES"}, ParseNothing},
    {{"SHOW", "PARTITIONS"}, ParseShowPartitions},
    {{"SHOW", "PROCEDURES"}, ParseShowFilter},
    {{"STOP", "JOB"}, ParseStopJob},
    {{"TRUNCATE", "TABLE"}, ParseShown},
    {{"UNLOAD", "MODULE"}, ParseModule},
    {{"UPDATE"}, ParseUpdate},
    {{"USE", "MODULES"}, ParseUseModules},
};

// DESCRIBE job alone describes a table of that name, so a name or a string must follow.
const CommandForm kDescriptions[] = {
    {{"CATALOG"}, ParseDescribed},
    {{"DATABASE"}, ParseDescribed},
    {{"FUNCTION"}, ParseDescribed},
    {{"MODEL"}, ParseDescribed},
    {{"JOB"}, ParseJob},
};

CommandStatement ReadForm(TokenCursor& cursor, const CommandForm& form, std::string name) {
  const uint32_t begin = cursor.begin();
  CommandBuilder command(cursor);
  command.Expect(form.words);
  const SourceSpan span = cursor.SpanFrom(begin);
  form.parse(command);
  CommandStatement statement = command.Take();
  statement.name = std::move(name);
  statement.span = span;
  return statement;
}

std::string Joined(std::initializer_list<std::string_view> words) {
  return absl::StrJoin(words, " ", [](std::string* out, std::string_view word) {
    out->append(word.data(), word.size());
  });
}

std::optional<CommandStatement> ParseDescription(TokenCursor& cursor) {
  if (!cursor.AtAnyWord({"DESCRIBE", "DESC"})) return std::nullopt;
  if (!AtIdentifier(cursor, 2) && !cursor.At(TokenKind::kString, 2)) return std::nullopt;
  for (const CommandForm& form : kDescriptions) {
    if (!cursor.AtWord(*form.words.begin(), 1)) continue;
    const uint32_t begin = cursor.begin();
    cursor.Next();
    CommandStatement statement = ReadForm(cursor, form, "DESCRIBE " + Joined(form.words));
    statement.span = SourceSpan::Cover({begin, 0}, statement.span);
    statement.parts.insert(statement.parts.begin(), CommandStatement::Words{"DESCRIBE"});
    return statement;
  }
  return std::nullopt;
}

}  // namespace

std::optional<CommandStatement> ParseCommand(TokenCursor& cursor) {
  if (auto description = ParseDescription(cursor)) return description;
  const auto* form =
      std::find_if(std::begin(kCommands), std::end(kCommands),
                   [&](const CommandForm& each) { return cursor.AtWords(each.words); });
  if (form == std::end(kCommands)) return std::nullopt;
  return ReadForm(cursor, *form, Joined(form->words));
}

}  // namespace millrace
