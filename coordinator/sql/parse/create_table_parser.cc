// CREATE TABLE: columns, constraints, watermarks, options and LIKE.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/parse/expression_nodes.h"
#include "coordinator/sql/parse/expression_parser.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/option_parser.h"
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

void SetPrimaryKey(TokenCursor& cursor, PrimaryKeyClause key, CreateTableStatement* table) {
  if (table->primary_key.has_value()) {
    return cursor.Fail(key.span, "MR1104", "the table has a second PRIMARY KEY");
  }
  table->primary_key = std::move(key);
}

// [CONSTRAINT name] PRIMARY KEY (a, b) NOT ENFORCED
void ParseTableConstraint(TokenCursor& cursor, CreateTableStatement* table) {
  const uint32_t begin = cursor.begin();
  if (cursor.AcceptWord("CONSTRAINT")) ParseIdentifier(cursor, "the name of a constraint");
  if (cursor.AtWord("UNIQUE")) {
    return cursor.Fail(cursor.Peek().span, "MR1107", "Flink SQL has no UNIQUE constraints",
                       "PRIMARY KEY (...) NOT ENFORCED is the one constraint");
  }
  cursor.ExpectWords({"PRIMARY", "KEY"});
  PrimaryKeyClause key{.columns = ParseNameList(cursor, "a column name")};
  key.span = cursor.SpanFrom(begin);
  ExpectNotEnforced(cursor);
  CheckDistinct(cursor, key.columns, "column");
  SetPrimaryKey(cursor, std::move(key), table);
}

// WATERMARK FOR a.b AS expression
void ParseWatermark(TokenCursor& cursor, CreateTableStatement* table) {
  const uint32_t begin = cursor.begin();
  WatermarkClause watermark;
  cursor.ExpectWords({"WATERMARK", "FOR"});
  do {
    watermark.column.push_back(ParseIdentifier(cursor, "a column name"));
  } while (cursor.Accept(TokenKind::kDot));
  cursor.ExpectWord("AS");
  watermark.expression = ParseExpression(cursor);
  watermark.span = cursor.SpanFrom(begin);
  if (table->watermark.has_value()) {
    return cursor.Fail(watermark.span, "MR1104", "the table has a second WATERMARK");
  }
  table->watermark = std::move(watermark);
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

// type [METADATA [FROM 'key'] [VIRTUAL]] [[CONSTRAINT name] PRIMARY KEY NOT ENFORCED]
void ParseTypedColumn(TokenCursor& cursor, TableColumn* column, CreateTableStatement* table) {
  TypeName type = ParseTypeName(cursor);
  if (cursor.AcceptWord("METADATA")) {
    MetadataColumn metadata{.type = std::move(type)};
    if (cursor.AcceptWord("FROM")) metadata.key = ParseString(cursor, "a key in quotes");
    metadata.is_virtual = cursor.AcceptWord("VIRTUAL");
    column->kind = std::move(metadata);
    return;
  }
  if (cursor.AcceptWords({"GENERATED", "ALWAYS", "AS"})) {
    column->kind = ParseGenerated(cursor, std::move(type));
    return;
  }
  column->kind = PhysicalColumn{std::move(type)};
  const uint32_t begin = cursor.begin();
  if (cursor.AcceptWord("CONSTRAINT")) ParseIdentifier(cursor, "the name of a constraint");
  if (cursor.AcceptWords({"PRIMARY", "KEY"})) {
    const SourceSpan span = cursor.SpanFrom(begin);
    ExpectNotEnforced(cursor);
    SetPrimaryKey(cursor, {.columns = {column->name}, .span = span}, table);
  }
}

void ParseColumn(TokenCursor& cursor, CreateTableStatement* table) {
  const uint32_t begin = cursor.begin();
  TableColumn column{.name = ParseIdentifier(cursor, "a column name")};
  if (cursor.AcceptWord("AS")) {
    column.kind = ComputedColumn{ParseExpression(cursor)};
  } else {
    ParseTypedColumn(cursor, &column, table);
  }
  column.comment = ParseComment(cursor);
  column.span = cursor.SpanFrom(begin);
  table->columns.push_back(std::move(column));
}

void ParseTableElements(TokenCursor& cursor, CreateTableStatement* table) {
  if (!cursor.Accept(TokenKind::kLeftParenthesis)) return;
  do {
    if (cursor.AtWord("WATERMARK")) {
      ParseWatermark(cursor, table);
    } else if (cursor.AtAnyWord({"CONSTRAINT", "PRIMARY", "UNIQUE"})) {
      ParseTableConstraint(cursor, table);
    } else {
      ParseColumn(cursor, table);
    }
  } while (cursor.Accept(TokenKind::kComma));
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  std::vector<Identifier> names;
  for (const TableColumn& column : table->columns) names.push_back(column.name);
  CheckDistinct(cursor, names, "column");
}

LikeAction ParseLikeAction(TokenCursor& cursor) {
  if (cursor.AcceptWord("EXCLUDING")) return LikeAction::kExcluding;
  if (cursor.AcceptWord("OVERWRITING")) return LikeAction::kOverwriting;
  if (!cursor.AcceptWord("INCLUDING")) {
    cursor.FailExpected("INCLUDING, EXCLUDING or OVERWRITING");
  }
  return LikeAction::kIncluding;
}

LikeFeature ParseLikeFeature(TokenCursor& cursor) {
  struct Word {
    std::string_view word;
    LikeFeature feature;
  };
  static constexpr Word kWords[] = {
      {"ALL", LikeFeature::kAll},
      {"CONSTRAINTS", LikeFeature::kConstraints},
      {"DISTRIBUTION", LikeFeature::kDistribution},
      {"GENERATED", LikeFeature::kGenerated},
      {"METADATA", LikeFeature::kMetadata},
      {"OPTIONS", LikeFeature::kOptions},
      {"PARTITIONS", LikeFeature::kPartitions},
      {"WATERMARKS", LikeFeature::kWatermarks},
  };
  for (const Word& word : kWords) {
    if (cursor.AcceptWord(word.word)) return word.feature;
  }
  cursor.FailExpected(
      "ALL, CONSTRAINTS, DISTRIBUTION, GENERATED, METADATA, OPTIONS, PARTITIONS or WATERMARKS");
  return LikeFeature::kAll;
}

LikeClause ParseLike(TokenCursor& cursor, uint32_t begin) {
  LikeClause like{.table = ParseObjectName(cursor, "a table name")};
  if (cursor.Accept(TokenKind::kLeftParenthesis)) {
    while (!cursor.At(TokenKind::kRightParenthesis) && !cursor.failed()) {
      const uint32_t option_begin = cursor.begin();
      LikeClause::Option option;
      option.action = ParseLikeAction(cursor);
      option.feature = ParseLikeFeature(cursor);
      option.span = cursor.SpanFrom(option_begin);
      like.options.push_back(option);
      cursor.Accept(TokenKind::kComma);  // Flink separates them by blanks.
    }
    cursor.Expect(TokenKind::kRightParenthesis, "')'");
  }
  like.span = cursor.SpanFrom(begin);
  return like;
}

void RefuseUnbuiltClauses(TokenCursor& cursor) {
  const SourceSpan span = cursor.Peek().span;
  if (cursor.AtWord("DISTRIBUTED")) cursor.FailNotBuilt(span, "DISTRIBUTED BY");
  if (cursor.AtWord("AS")) {
    cursor.FailNotBuilt(span, "CREATE TABLE ... AS SELECT",
                        "CREATE TABLE with its columns, then INSERT INTO ... SELECT");
  }
}

}  // namespace

CreateTableStatement ParseCreateTable(TokenCursor& cursor, bool temporary) {
  CreateTableStatement table{.temporary = temporary};
  table.if_not_exists = ParseIfNotExists(cursor);
  table.name = ParseObjectName(cursor, "a table name");
  ParseTableElements(cursor, &table);
  table.comment = ParseComment(cursor);
  RefuseUnbuiltClauses(cursor);
  if (cursor.AcceptWords({"PARTITIONED", "BY"})) {
    table.partitioned_by = ParseNameList(cursor, "a column name");
    CheckDistinct(cursor, table.partitioned_by, "column");
  }
  if (cursor.AcceptWord("WITH")) table.options = ParseOptions(cursor);
  RefuseUnbuiltClauses(cursor);
  const uint32_t like_begin = cursor.begin();
  if (cursor.AcceptWord("LIKE")) table.like = ParseLike(cursor, like_begin);
  if (table.columns.empty() && !table.like.has_value()) {
    cursor.Fail(table.name.span, "MR1107", "the table has no columns",
                "CREATE TABLE t (name TYPE, ...) WITH (...)");
  }
  return table;
}

}  // namespace millrace
