// CREATE FUNCTION: a class of Flink's world, or an expression of our own.
#include <utility>

#include "coordinator/sql/parse/expression_parser.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/option_parser.h"
#include "coordinator/sql/parse/statement_parser.h"
#include "coordinator/sql/parse/type_name_parser.h"

namespace millrace {
namespace {

// (name TYPE, ...) [RETURNS TYPE] RETURN expression
void ParseBody(TokenCursor& cursor, CreateFunctionStatement* function) {
  cursor.NoteAddition(cursor.Peek().span);
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  std::vector<Identifier> names;
  if (!cursor.At(TokenKind::kRightParenthesis)) {
    do {
      names.push_back(ParseIdentifier(cursor, "the name of a parameter"));
      function->parameters.push_back({.name = names.back(), .type = ParseTypeName(cursor)});
    } while (cursor.Accept(TokenKind::kComma));
  }
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  CheckDistinct(cursor, names, "parameter");
  if (cursor.AcceptWord("RETURNS")) function->returns = ParseTypeName(cursor);
  cursor.ExpectWord("RETURN");
  function->body = ParseExpression(cursor);
}

std::string ParseLanguage(TokenCursor& cursor) {
  if (!cursor.AcceptWord("LANGUAGE")) return "";
  if (cursor.AtAnyWord({"JAVA", "SCALA", "SQL", "PYTHON"})) return cursor.Next().word;
  cursor.FailExpected("JAVA, SCALA, SQL or PYTHON");
  return "";
}

// USING JAR 'path', JAR 'path'
void ParseJars(TokenCursor& cursor, CreateFunctionStatement* function) {
  const SourceSpan span = cursor.Peek().span;
  if (!cursor.AcceptWord("USING")) return;
  if (function->language == "SQL" || function->language == "PYTHON") {
    cursor.Fail(span, "MR1107", "USING JAR goes with LANGUAGE JAVA or SCALA");
  }
  do {
    cursor.ExpectWord("JAR");
    function->jars.push_back(ParseString(cursor, "a path in quotes"));
  } while (cursor.Accept(TokenKind::kComma));
}

// AS 'class' [LANGUAGE ...] [USING JAR ...] [WITH (...)]
void ParseClass(TokenCursor& cursor, CreateFunctionStatement* function) {
  if (!cursor.AcceptWord("AS")) {
    return cursor.FailExpected(
        "AS 'class' or a parameter list",
        "CREATE FUNCTION f(a INT) RETURN a + 1 defines a function by an expression");
  }
  function->class_name = ParseString(cursor, "the name of a class in quotes");
  function->language = ParseLanguage(cursor);
  ParseJars(cursor, function);
  if (cursor.AcceptWord("WITH")) function->options = ParseOptions(cursor);
}

}  // namespace

CreateFunctionStatement ParseCreateFunction(TokenCursor& cursor, CreateModifiers modifiers) {
  CreateFunctionStatement function{.temporary = modifiers.temporary};
  const SourceSpan system = cursor.Peek().span;
  function.system = cursor.AcceptWord("SYSTEM");
  if (function.system && !function.temporary) {
    cursor.Fail(system, "MR1107", "a SYSTEM function is TEMPORARY",
                "CREATE TEMPORARY SYSTEM FUNCTION");
  }
  cursor.ExpectWord("FUNCTION");
  function.if_not_exists = ParseIfNotExists(cursor);
  function.name = ParseObjectName(cursor, "a function name");
  if (cursor.At(TokenKind::kLeftParenthesis)) {
    ParseBody(cursor, &function);
  } else {
    ParseClass(cursor, &function);
  }
  function.span = cursor.SpanFrom(modifiers.begin);
  return function;
}

}  // namespace millrace
