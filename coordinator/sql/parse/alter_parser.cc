// ALTER TABLE and its like, behind the words that name the statement.
#include <optional>
#include <utility>

#include "coordinator/sql/parse/command_parser.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/table_element_parser.h"

namespace millrace {
namespace {

// SET ('k' = 'v'), RESET ('k')
bool ParseOptionChange(CommandBuilder& command) {
  if (command.Accept({"SET"})) {
    command.Options();
  } else if (command.Accept({"RESET"})) {
    command.Keys();
  } else {
    return false;
  }
  return true;
}

// A column with its place, a constraint, a watermark or a distribution.
void ParseElement(CommandBuilder& command) {
  TokenCursor& cursor = command.cursor();
  if (AtWatermark(cursor)) return command.Add(ParseWatermark(cursor));
  if (AtTableConstraint(cursor)) return command.Add(ParseTableConstraint(cursor));
  if (command.Accept({"DISTRIBUTION"})) return command.Add(ParseDistribution(cursor));
  std::optional<PrimaryKeyClause> key;
  command.Add(ParseColumn(cursor, &key));
  if (key.has_value()) {
    cursor.FailNotBuilt(key->span, "PRIMARY KEY behind a column of ALTER TABLE",
                        "ADD (column TYPE, PRIMARY KEY (column) NOT ENFORCED)");
  }
  if (command.Accept({"FIRST"})) return;
  if (command.Accept({"AFTER"})) command.Name("a column name");
}

// One element, or several in parentheses.
void ParseElements(CommandBuilder& command) {
  if (!command.cursor().At(TokenKind::kLeftParenthesis)) return ParseElement(command);
  command.Symbol(TokenKind::kLeftParenthesis, "'('");
  do {
    ParseElement(command);
  } while (command.AcceptComma());
  command.Symbol(TokenKind::kRightParenthesis, "',' or ')'");
}

void ParseAdd(CommandBuilder& command) {
  command.IfNotExists();
  if (!command.cursor().AtWord("PARTITION")) return ParseElements(command);
  do {
    command.Partition();
    command.With();
  } while (command.cursor().AtWord("PARTITION"));
}

void ParseDropOf(CommandBuilder& command) {
  TokenCursor& cursor = command.cursor();
  if (cursor.AtWord("PARTITION") || cursor.AtWords({"IF", "EXISTS", "PARTITION"})) {
    command.IfExists();
    do {
      command.Partition();
    } while (command.AcceptComma());
  } else if (cursor.At(TokenKind::kLeftParenthesis)) {
    command.Names("a column name");
  } else if (command.Accept({"CONSTRAINT"})) {
    command.SimpleName("the name of a constraint");
  } else if (!command.Accept({"PRIMARY", "KEY"}) && !command.Accept({"DISTRIBUTION"}) &&
             !command.Accept({"WATERMARK"})) {
    command.Name("a column name");
  }
}

void ParseFreshness(CommandBuilder& command) {
  command.Symbol(TokenKind::kEqual, "'='");
  command.Expression();
}

}  // namespace

void ParseAlterTable(CommandBuilder& command) {
  command.IfExists();
  command.Name("a table name");
  if (command.Accept({"RENAME", "TO"})) return command.Name("a table name");
  if (command.Accept({"RENAME"})) {
    command.Name("a column name");
    command.Expect({"TO"});
    return command.Name("a column name");
  }
  if (ParseOptionChange(command)) return;
  if (command.Accept({"ADD"})) return ParseAdd(command);
  if (command.Accept({"MODIFY"})) return ParseElements(command);
  if (command.Accept({"DROP"})) return ParseDropOf(command);
  command.cursor().FailExpected("RENAME, SET, RESET, ADD, MODIFY or DROP");
}

void ParseAlterMaterializedTable(CommandBuilder& command) {
  TokenCursor& cursor = command.cursor();
  command.Name("a table name");
  if (command.Accept({"SUSPEND"})) return;
  if (command.Accept({"RESUME"})) return command.With();
  if (command.Accept({"REFRESH"})) {
    if (cursor.AtWord("PARTITION")) command.Partition();
    return;
  }
  if (command.Accept({"SET", "FRESHNESS"})) return ParseFreshness(command);
  if (command.Accept({"SET", "REFRESH_MODE"})) {
    command.Symbol(TokenKind::kEqual, "'='");
    return command.ExpectOne({"FULL", "CONTINUOUS"});
  }
  if (ParseOptionChange(command)) return;
  if (command.Accept({"AS"})) return command.Query();
  if (command.Accept({"DROP", "DISTRIBUTION"})) return;
  if (command.Accept({"ADD", "DISTRIBUTION"}) || command.Accept({"MODIFY", "DISTRIBUTION"})) {
    return command.Add(ParseDistribution(cursor));
  }
  cursor.FailExpected("SUSPEND, RESUME, REFRESH, SET, RESET, AS, ADD, MODIFY or DROP");
}

void ParseAlterView(CommandBuilder& command) {
  command.Name("a view name");
  if (command.Accept({"RENAME", "TO"})) return command.Name("a view name");
  command.Expect({"AS"});
  command.Query();
}

void ParseAlterFunction(CommandBuilder& command) {
  command.IfExists();
  command.Name("a function name");
  command.Expect({"AS"});
  command.Text("the name of a class in quotes");
  if (command.Accept({"LANGUAGE"})) command.ExpectOne({"JAVA", "SCALA", "SQL", "PYTHON"});
}

void ParseAlterModel(CommandBuilder& command) {
  command.IfExists();
  command.Name("a model name");
  if (command.Accept({"RENAME", "TO"})) return command.Name("a model name");
  if (!ParseOptionChange(command)) command.cursor().FailExpected("RENAME TO, SET or RESET");
}

void ParseAlterCatalog(CommandBuilder& command) {
  command.SimpleName("a catalog name");
  if (ParseOptionChange(command)) return;
  command.Expect({"COMMENT"});
  command.Text("a comment in quotes");
}

void ParseAlterDatabase(CommandBuilder& command) {
  command.Name("a database name");
  command.Expect({"SET"});
  command.Options();
}

void ParseCreateMaterializedTable(CommandBuilder& command) {
  TokenCursor& cursor = command.cursor();
  command.Name("a table name");
  if (cursor.At(TokenKind::kLeftParenthesis)) {
    command.Symbol(TokenKind::kLeftParenthesis, "'('");
    command.Add(ParseTableConstraint(cursor));
    command.Symbol(TokenKind::kRightParenthesis, "')'");
  }
  command.Comment();
  if (command.Accept({"DISTRIBUTED"})) command.Add(ParseDistribution(cursor));
  if (command.Accept({"PARTITIONED", "BY"})) command.Names("a column name");
  command.With();
  if (command.Accept({"FRESHNESS"})) ParseFreshness(command);
  if (command.Accept({"REFRESH_MODE"})) {
    command.Symbol(TokenKind::kEqual, "'='");
    command.ExpectOne({"FULL", "CONTINUOUS"});
  }
  command.Expect({"AS"});
  command.Query();
}

}  // namespace millrace
