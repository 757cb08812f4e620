#include "coordinator/sql/parse/table_element_parser.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/parse/expression_nodes.h"
#include "coordinator/sql/parse/expression_parser.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/statement_parser.h"
#include "coordinator/sql/parse/type_name_parser.h"

namespace millrace {
namespace {

// NOT ENFORCED, which Flink asks for: nothing checks that keys are unique.
void ExpectNotEnforced(TokenCursor& cursor) {
  if (cursor.AcceptWords({"NOT", "ENFORCED"})) return;
  cursor.Fail(cursor.Peek().span, "MR1107",
              absl::StrCat("expected NOT ENFORCED behind PRIMARY KEY, found ", cursor.Found()),
              "a primary key is a promise of yours: whether keys are unique is not checked");
}

std::optional<Identifier> ParseConstraintName(TokenCursor& cursor) {
  if (!cursor.AcceptWord("CONSTRAINT")) return std::nullopt;
  return ParseIdentifier(cursor, "the name of a constraint");
}

// Behind a column's type, as other dialects write computed columns: GENERATED ALWAYS AS
// (expression).
ComputedColumn ParseGenerated(TokenCursor& cursor, TypeName type) {
  const uint32_t begin = cursor.begin();
  CastExpression cast{.value = ParseExpression(cursor), .type = std::move(type)};
  ComputedColumn computed{MakeExpression(std::move(cast), cursor.SpanFrom(begin))};
  if (!cursor.AcceptWord("STORED")) cursor.AcceptWord("VIRTUAL");
  return computed;
}

// Behind a column's type: [CONSTRAINT name] PRIMARY KEY NOT ENFORCED
void ParseColumnKey(TokenCursor& cursor, const Identifier& column,
                    std::optional<PrimaryKeyClause>* key) {
  const uint32_t begin = cursor.begin();
  std::optional<Identifier> name = ParseConstraintName(cursor);
  if (!cursor.AcceptWords({"PRIMARY", "KEY"})) {
    if (name.has_value()) cursor.FailExpected("PRIMARY KEY");
    return;
  }
  PrimaryKeyClause clause{
      .name = std::move(name), .columns = {column}, .span = cursor.SpanFrom(begin)};
  ExpectNotEnforced(cursor);
  if (key->has_value()) {
    return cursor.Fail(clause.span, "MR1104", "the table has a second PRIMARY KEY");
  }
  *key = std::move(clause);
}

// type [METADATA [FROM 'key'] [VIRTUAL]] [[CONSTRAINT name] PRIMARY KEY NOT ENFORCED]
void ParseTypedColumn(TokenCursor& cursor, TableColumn* column,
                      std::optional<PrimaryKeyClause>* key) {
  TypeName type = ParseTypeName(cursor);
  if (cursor.AcceptWord("METADATA")) {
    MetadataColumn metadata{.type = std::move(type)};
    if (cursor.AcceptWord("FROM")) metadata.key = ParseString(cursor, "a key in quotes");
    metadata.is_virtual = cursor.AcceptWord("VIRTUAL");
    column->kind = std::move(metadata);
    return;
  }
  const SourceSpan span = cursor.Peek().span;
  if (cursor.AcceptWords({"GENERATED", "ALWAYS", "AS"})) {
    cursor.NoteAddition(span);
    column->kind = ParseGenerated(cursor, std::move(type));
    return;
  }
  column->kind = PhysicalColumn{std::move(type)};
  ParseColumnKey(cursor, column->name, key);
}

}  // namespace

TableColumn ParseColumn(TokenCursor& cursor, std::optional<PrimaryKeyClause>* key) {
  const uint32_t begin = cursor.begin();
  TableColumn column{.name = ParseIdentifier(cursor, "a column name")};
  if (cursor.At(TokenKind::kDot)) {
    cursor.FailNotBuilt(cursor.Peek().span, "a column which is the field of a row");
  }
  if (cursor.AcceptWord("AS")) {
    column.kind = ComputedColumn{ParseExpression(cursor)};
  } else {
    ParseTypedColumn(cursor, &column, key);
  }
  column.comment = ParseComment(cursor);
  column.span = cursor.SpanFrom(begin);
  return column;
}

bool AtTableConstraint(const TokenCursor& cursor) {
  return cursor.AtAnyWord({"CONSTRAINT", "PRIMARY", "UNIQUE"});
}

PrimaryKeyClause ParseTableConstraint(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  PrimaryKeyClause key{.name = ParseConstraintName(cursor)};
  if (cursor.AtWord("UNIQUE")) {
    cursor.Fail(cursor.Peek().span, "MR1107", "Flink SQL has no UNIQUE constraints",
                "PRIMARY KEY (...) NOT ENFORCED is the one constraint");
  }
  cursor.ExpectWords({"PRIMARY", "KEY"});
  key.columns = ParseNameList(cursor, "a column name");
  key.span = cursor.SpanFrom(begin);
  ExpectNotEnforced(cursor);
  CheckDistinct(cursor, key.columns, "column");
  return key;
}

bool AtWatermark(const TokenCursor& cursor) {
  // A mistyped FOR is seen by the AS behind the column; WATERMARK alone may be the name of a
  // column.
  return cursor.AtWord("WATERMARK") && (cursor.AtWord("FOR", 1) || cursor.AtWord("AS", 3));
}

WatermarkClause ParseWatermark(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  WatermarkClause watermark;
  cursor.ExpectWords({"WATERMARK", "FOR"});
  do {
    watermark.column.push_back(ParseIdentifier(cursor, "a column name"));
  } while (cursor.Accept(TokenKind::kDot));
  cursor.ExpectWord("AS");
  watermark.expression = ParseExpression(cursor);
  watermark.span = cursor.SpanFrom(begin);
  return watermark;
}

DistributionClause ParseDistribution(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  DistributionClause distribution;
  if (cursor.AcceptWord("BY")) {
    if (cursor.AtAnyWord({"HASH", "RANGE"})) distribution.kind = cursor.Next().word;
    distribution.columns = ParseNameList(cursor, "a column name");
  }
  if (distribution.columns.empty() || cursor.AtWord("INTO")) {
    cursor.ExpectWord("INTO");
    if (cursor.At(TokenKind::kInteger)) {
      distribution.buckets = cursor.Next().value;
    } else {
      cursor.FailExpected("the number of buckets");
    }
    cursor.ExpectWord("BUCKETS");
  }
  distribution.span = cursor.SpanFrom(begin);
  return distribution;
}

}  // namespace millrace
