// The calls with a syntax of their own. They become calls with plain arguments; expression_ast.h,
// FunctionCall, says which.
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "coordinator/sql/parse/call_parser.h"
#include "coordinator/sql/parse/expression_nodes.h"
#include "coordinator/sql/parse/expression_parser.h"
#include "coordinator/sql/parse/literal_parser.h"
#include "coordinator/sql/parse/type_name_parser.h"

namespace millrace {
namespace {

void Add(FunctionCall* call, SqlExpressionPtr value) {
  call->arguments.push_back({.value = std::move(value)});
}

void AddExpression(TokenCursor& cursor, FunctionCall* call) { Add(call, ParseExpression(cursor)); }

void AddTimeUnit(TokenCursor& cursor, FunctionCall* call) {
  const uint32_t begin = cursor.begin();
  const TimeUnitArgument unit{ParseTimeUnit(cursor)};
  Add(call, MakeExpression(unit, cursor.SpanFrom(begin)));
}

// EXTRACT(unit FROM x)
void ParseExtract(TokenCursor& cursor, FunctionCall* call) {
  AddTimeUnit(cursor, call);
  cursor.ExpectWord("FROM");
  AddExpression(cursor, call);
}

// FLOOR(x), FLOOR(x TO unit)
void ParseRounding(TokenCursor& cursor, FunctionCall* call) {
  AddExpression(cursor, call);
  if (cursor.AcceptWord("TO")) {
    AddTimeUnit(cursor, call);
    return;
  }
  while (cursor.Accept(TokenKind::kComma)) AddExpression(cursor, call);
}

// POSITION(needle IN text [FROM start]); also with commas.
void ParsePosition(TokenCursor& cursor, FunctionCall* call) {
  Add(call, ParseSum(cursor));  // Not a whole expression: that would read IN as its own.
  if (cursor.AcceptWord("IN")) AddExpression(cursor, call);
  while (cursor.Accept(TokenKind::kComma) || cursor.AcceptWord("FROM")) {
    AddExpression(cursor, call);
  }
}

// SUBSTRING(text FROM start [FOR length]); also SUBSTRING(text, start[, length]).
void ParseSubstring(TokenCursor& cursor, FunctionCall* call) {
  AddExpression(cursor, call);
  if (cursor.AcceptWord("FROM") || cursor.AcceptWord("FOR")) AddExpression(cursor, call);
  if (cursor.AcceptWord("FOR")) AddExpression(cursor, call);
  while (cursor.Accept(TokenKind::kComma)) AddExpression(cursor, call);
}

// OVERLAY(text PLACING new FROM start [FOR length]); also with commas.
void ParseOverlay(TokenCursor& cursor, FunctionCall* call) {
  AddExpression(cursor, call);
  if (cursor.AcceptWord("PLACING")) {
    AddExpression(cursor, call);
    cursor.ExpectWord("FROM");
    AddExpression(cursor, call);
    if (cursor.AcceptWord("FOR")) AddExpression(cursor, call);
  }
  while (cursor.Accept(TokenKind::kComma)) AddExpression(cursor, call);
}

void AddSide(TokenCursor& cursor, FunctionCall* call) {
  KeywordArgument side{.keyword = "BOTH"};
  SourceSpan span = {cursor.begin(), 0};
  if (cursor.AtAnyWord({"BOTH", "LEADING", "TRAILING"})) {
    span = cursor.Peek().span;
    side.keyword = cursor.Next().word;
  }
  Add(call, MakeExpression(std::move(side), span));
}

// TRIM(text), TRIM([side] [what] FROM text)
void ParseTrim(TokenCursor& cursor, FunctionCall* call) {
  const bool has_side = cursor.AtAnyWord({"BOTH", "LEADING", "TRAILING"});
  AddSide(cursor, call);
  if (cursor.AtWord("FROM")) {
    LiteralValue space{.kind = LiteralKind::kString, .text = " "};
    Add(call, MakeExpression(std::move(space), {cursor.begin(), 0}));
  } else {
    AddExpression(cursor, call);
  }
  if (cursor.AcceptWord("FROM")) return AddExpression(cursor, call);
  if (has_side) cursor.ExpectWord("FROM");
  call->arguments.erase(call->arguments.begin());  // TRIM(text): no side.
}

// TIMESTAMPADD(unit, n, x), TIMESTAMPDIFF(unit, from, to)
void ParseTimestampArithmetic(TokenCursor& cursor, FunctionCall* call) {
  AddTimeUnit(cursor, call);
  while (cursor.Accept(TokenKind::kComma)) AddExpression(cursor, call);
}

// JSON_OBJECT([KEY] key VALUE value, key : value, ...)
void ParseJsonEntries(TokenCursor& cursor, FunctionCall* call) {
  if (cursor.At(TokenKind::kRightParenthesis) ||
      (cursor.AtAnyWord({"NULL", "ABSENT"}) && cursor.AtWord("ON", 1))) {
    return;
  }
  do {
    // KEY may be a column too.
    if (!cursor.AtWord("VALUE", 1) && !cursor.At(TokenKind::kColon, 1)) cursor.AcceptWord("KEY");
    AddExpression(cursor, call);
    if (!cursor.AcceptWord("VALUE") && !cursor.Accept(TokenKind::kColon)) {
      cursor.FailExpected("VALUE");
    }
    AddExpression(cursor, call);
  } while (cursor.Accept(TokenKind::kComma));
}

struct SpecialCall {
  std::string_view name;
  void (*parse)(TokenCursor&, FunctionCall*);
};

constexpr SpecialCall kSpecialCalls[] = {
    {"CEIL", ParseRounding},
    {"CEILING", ParseRounding},
    {"EXTRACT", ParseExtract},
    {"FLOOR", ParseRounding},
    {"JSON_OBJECT", ParseJsonEntries},
    {"JSON_OBJECTAGG", ParseJsonEntries},
    {"OVERLAY", ParseOverlay},
    {"POSITION", ParsePosition},
    {"SUBSTRING", ParseSubstring},
    {"TIMESTAMPADD", ParseTimestampArithmetic},
    {"TIMESTAMPDIFF", ParseTimestampArithmetic},
    {"TRIM", ParseTrim},
};

// NULL, ERROR, DEFAULT value, EMPTY ARRAY, ... before ON; false if none begins here.
bool ParseJsonAction(TokenCursor& cursor, JsonBehavior* behavior) {
  if (cursor.AcceptWord("DEFAULT")) {
    behavior->action = "DEFAULT";
    behavior->value = ParseExpression(cursor);
    return true;
  }
  if (cursor.AtWord("EMPTY") && cursor.AtAnyWord({"ARRAY", "OBJECT"}, 1)) {
    cursor.Next();
    behavior->action = absl::StrCat("EMPTY ", cursor.Next().word);
    return true;
  }
  if (cursor.AtAnyWord({"NULL", "ERROR", "TRUE", "FALSE", "UNKNOWN", "ABSENT"}) &&
      cursor.AtWord("ON", 1)) {
    behavior->action = cursor.Next().word;
    return true;
  }
  return false;
}

// WITH [CONDITIONAL|UNCONDITIONAL] [ARRAY] WRAPPER, WITHOUT [ARRAY] WRAPPER
void ParseJsonWrapper(TokenCursor& cursor, FunctionCall* call) {
  if (!cursor.AtAnyWord({"WITH", "WITHOUT"})) return;
  call->json_wrapper = cursor.Next().word;
  if (cursor.AtAnyWord({"CONDITIONAL", "UNCONDITIONAL"})) {
    absl::StrAppend(&call->json_wrapper, " ", cursor.Next().word);
  }
  cursor.AcceptWord("ARRAY");
  cursor.ExpectWord("WRAPPER");
  call->json_wrapper += " ARRAY WRAPPER";
}

}  // namespace

bool ParseSpecialArguments(TokenCursor& cursor, FunctionCall* call) {
  const std::string name = absl::AsciiStrToUpper(call->name.parts.back().name);
  for (const SpecialCall& special : kSpecialCalls) {
    if (special.name != name) continue;
    special.parse(cursor, call);
    return true;
  }
  return false;
}

void ParseJsonClauses(TokenCursor& cursor, FunctionCall* call) {
  if (!absl::StartsWithIgnoreCase(call->name.parts.back().name, "JSON_")) return;
  if (cursor.AcceptWord("RETURNING")) call->json_returning = ParseTypeName(cursor);
  ParseJsonWrapper(cursor, call);
  JsonBehavior behavior;
  while (ParseJsonAction(cursor, &behavior)) {
    cursor.ExpectWord("ON");
    if (!cursor.AtAnyWord({"EMPTY", "ERROR", "NULL"})) {
      cursor.FailExpected("EMPTY, ERROR or NULL");
    }
    behavior.on = cursor.Next().word;
    call->json_behaviors.push_back(std::exchange(behavior, {}));
  }
}

}  // namespace millrace
