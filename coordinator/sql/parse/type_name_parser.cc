#include "coordinator/sql/parse/type_name_parser.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/absl_view.h"
#include "common/base/similar_name.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/unparser.h"

namespace millrace {
namespace {

struct PlainType {
  std::string_view name;
  std::string_view canonical;
  int max_arguments = 0;
};

constexpr PlainType kPlainTypes[] = {
    {"BIGINT", "BIGINT"},
    {"BINARY", "BINARY", 1},
    {"BOOLEAN", "BOOLEAN"},
    {"BYTES", "BYTES"},
    {"CHAR", "CHAR", 1},
    {"CHARACTER", "CHAR", 1},
    {"DATE", "DATE"},
    {"DEC", "DECIMAL", 2},
    {"DECIMAL", "DECIMAL", 2},
    {"DOUBLE", "DOUBLE"},
    {"FLOAT", "FLOAT"},
    {"INT", "INT"},
    {"INTEGER", "INT"},
    {"NULL", "NULL"},
    {"NUMERIC", "DECIMAL", 2},
    {"REAL", "FLOAT"},
    {"SMALLINT", "SMALLINT"},
    {"STRING", "STRING"},
    {"TEXT", "STRING"},
    {"TIME", "TIME", 1},
    {"TIMESTAMP", "TIMESTAMP", 1},
    {"TIMESTAMP_LTZ", "TIMESTAMP_LTZ", 1},
    {"TINYINT", "TINYINT"},
    {"VARBINARY", "VARBINARY", 1},
    {"VARCHAR", "VARCHAR", 1},
    {"VARIANT", "VARIANT"},
};

// Types of other dialects and of newer versions of Flink.
constexpr std::string_view kAddedTypes[] = {"TEXT", "NULL"};
constexpr std::string_view kTypesNotBuilt[] = {"BITMAP", "DESCRIPTOR"};

constexpr std::string_view kIntervalFields[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};

std::string ParseType(TokenCursor& cursor);

// "(10, 2)", of at most `max` numbers; empty if there is no parenthesis.
std::string ParseArguments(TokenCursor& cursor, int max) {
  if (max == 0 || !cursor.Accept(TokenKind::kLeftParenthesis)) return "";
  std::vector<std::string> numbers;
  do {
    if (cursor.At(TokenKind::kInteger)) {
      numbers.push_back(cursor.Next().value);
    } else {
      cursor.FailExpected("a number");
    }
  } while (static_cast<int>(numbers.size()) < max && cursor.Accept(TokenKind::kComma));
  cursor.Expect(TokenKind::kRightParenthesis, "')'");
  return absl::StrCat("(", absl::StrJoin(numbers, ", "), ")");
}

// What may follow TIME and TIMESTAMP. Turns `name` into TIMESTAMP_LTZ where that is meant.
void ParseTimeZone(TokenCursor& cursor, std::string* name) {
  if (cursor.AcceptWords({"WITHOUT", "TIME", "ZONE"})) return;
  if (*name == "TIMESTAMP" && cursor.AcceptWords({"WITH", "LOCAL", "TIME", "ZONE"})) {
    *name = "TIMESTAMP_LTZ";
  } else if (cursor.AtWords({"WITH", "TIME", "ZONE"})) {
    cursor.Fail(cursor.Peek().span, "MR1106",
                absl::StrCat(*name, " WITH TIME ZONE is not a type of Flink SQL"),
                "TIMESTAMP_LTZ, which is TIMESTAMP WITH LOCAL TIME ZONE, is one");
  }
}

std::string ParseIntervalField(TokenCursor& cursor) {
  for (const std::string_view field : kIntervalFields) {
    if (!cursor.AcceptWord(field)) continue;
    ParseArguments(cursor, 2);
    return std::string(field);
  }
  cursor.FailExpected("YEAR, MONTH, DAY, HOUR, MINUTE or SECOND");
  return "";
}

std::string ParseIntervalType(TokenCursor& cursor) {
  std::string text = absl::StrCat("INTERVAL ", ParseIntervalField(cursor));
  if (cursor.AcceptWord("TO")) absl::StrAppend(&text, " TO ", ParseIntervalField(cursor));
  return text;
}

std::string ParseRowType(TokenCursor& cursor) {
  if (cursor.Accept(TokenKind::kNotEqual)) return "ROW<>";  // The lexer's view of <>.
  const bool angle = cursor.Accept(TokenKind::kLess);
  const TokenKind close = angle ? TokenKind::kGreater : TokenKind::kRightParenthesis;
  if (!angle) cursor.Expect(TokenKind::kLeftParenthesis, "'<'");
  std::vector<Identifier> names;
  std::vector<std::string> fields;
  if (!cursor.At(close)) {
    do {
      names.push_back(ParseIdentifier(cursor, "a field name"));
      fields.push_back(absl::StrCat(QuoteIdentifier(names.back().name), " ", ParseType(cursor)));
      cursor.Accept(TokenKind::kString);  // A comment; it says nothing about the type.
    } while (cursor.Accept(TokenKind::kComma));
  }
  cursor.Expect(close, angle ? "',' or '>'" : "',' or ')'");
  CheckDistinct(cursor, names, "field");
  return absl::StrCat("ROW<", absl::StrJoin(fields, ", "), ">");
}

std::string ParseQuotedText(TokenCursor& cursor, std::string_view what) {
  return absl::StrCat("'", absl::StrReplaceAll(ParseString(cursor, what), {{"'", "''"}}), "'");
}

// RAW('class', 'serializer')
std::string ParseRawType(TokenCursor& cursor) {
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  const std::string name = ParseQuotedText(cursor, "the name of a class in quotes");
  cursor.Expect(TokenKind::kComma, "','");
  const std::string serializer = ParseQuotedText(cursor, "a serializer in quotes");
  cursor.Expect(TokenKind::kRightParenthesis, "')'");
  return absl::StrCat("RAW(", name, ", ", serializer, ")");
}

// STRUCTURED<'class', field TYPE, ...>
std::string ParseStructuredType(TokenCursor& cursor) {
  cursor.Expect(TokenKind::kLess, "'<'");
  std::string text =
      absl::StrCat("STRUCTURED<", ParseQuotedText(cursor, "the name of a class in quotes"));
  while (cursor.Accept(TokenKind::kComma)) {
    const Identifier name = ParseIdentifier(cursor, "a field name");
    absl::StrAppend(&text, ", ", QuoteIdentifier(name.name), " ", ParseType(cursor));
    cursor.Accept(TokenKind::kString);  // A comment; it says nothing about the type.
  }
  cursor.Expect(TokenKind::kGreater, "',' or '>'");
  return text + ">";
}

std::string ParseCollectionType(TokenCursor& cursor, std::string_view name) {
  cursor.Expect(TokenKind::kLess, "'<'");
  std::string text = absl::StrCat(AbslView(name), "<", ParseType(cursor));
  if (name == "MAP") {
    cursor.Expect(TokenKind::kComma, "','");
    absl::StrAppend(&text, ", ", ParseType(cursor));
  }
  cursor.Expect(TokenKind::kGreater, "'>'");
  return text + ">";
}

std::string ParsePlainType(TokenCursor& cursor, const PlainType& type) {
  const Token& token = cursor.Next();
  if (std::count(std::begin(kAddedTypes), std::end(kAddedTypes), type.name) > 0) {
    cursor.NoteAddition(token.span);
  }
  std::string name(type.canonical);
  if (name == "DOUBLE") cursor.AcceptWord("PRECISION");
  if (name == "CHAR" && cursor.AcceptWord("VARYING")) name = "VARCHAR";
  if (name == "BINARY" && cursor.AcceptWord("VARYING")) name = "VARBINARY";
  const std::string arguments = ParseArguments(cursor, type.max_arguments);
  if (name == "TIME" || name == "TIMESTAMP") ParseTimeZone(cursor, &name);
  return name + arguments;
}

void FailUnknownType(TokenCursor& cursor) {
  const Token& token = cursor.Peek();
  if (token.kind != TokenKind::kWord) return cursor.FailExpected("a type");
  if (std::count(std::begin(kTypesNotBuilt), std::end(kTypesNotBuilt), token.word) > 0) {
    return cursor.FailNotBuilt(token.span, absl::StrCat("the type ", token.word));
  }
  std::vector<std::string> known = {"ARRAY", "INTERVAL", "MAP", "ROW"};
  for (const PlainType& type : kPlainTypes) known.emplace_back(type.name);
  cursor.Fail(token.span, "MR1106", absl::StrCat("there is no type ", token.value),
              DidYouMean(token.word, known));
}

std::string ParseBaseType(TokenCursor& cursor) {
  if (cursor.AcceptWord("ROW")) return ParseRowType(cursor);
  if (cursor.AcceptWord("ARRAY")) return ParseCollectionType(cursor, "ARRAY");
  if (cursor.AcceptWord("MAP")) return ParseCollectionType(cursor, "MAP");
  if (cursor.AcceptWord("MULTISET")) return ParseCollectionType(cursor, "MULTISET");
  if (cursor.AcceptWord("RAW")) return ParseRawType(cursor);
  if (cursor.AcceptWord("STRUCTURED")) return ParseStructuredType(cursor);
  if (cursor.AcceptWord("INTERVAL")) return ParseIntervalType(cursor);
  for (const PlainType& type : kPlainTypes) {
    if (cursor.AtWord(type.name)) return ParsePlainType(cursor, type);
  }
  FailUnknownType(cursor);
  return "";
}

std::string ParseType(TokenCursor& cursor) {
  const Nesting nesting(cursor);
  std::string text = ParseBaseType(cursor);
  for (;;) {
    if (cursor.AcceptWords({"NOT", "NULL"})) {
      text += " NOT NULL";
    } else if (cursor.AcceptWord("ARRAY")) {
      text = absl::StrCat("ARRAY<", text, ">");
      cursor.Grow();
    } else if (cursor.AcceptWord("MULTISET")) {
      text = absl::StrCat("MULTISET<", text, ">");
      cursor.Grow();
    } else if (cursor.AtWord("NULL") && !cursor.AtWord("ON", 1)) {
      cursor.Next();  // RETURNING INT NULL ON EMPTY says nothing about the type.
    } else {
      return text;
    }
  }
}

}  // namespace

TypeName ParseTypeName(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  std::string text = ParseType(cursor);
  return {.text = std::move(text), .span = cursor.SpanFrom(begin)};
}

}  // namespace millrace
