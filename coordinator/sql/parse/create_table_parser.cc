// CREATE TABLE: columns, constraints, watermarks, options, LIKE and AS.
#include <optional>
#include <utility>

#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/option_parser.h"
#include "coordinator/sql/parse/query_parser.h"
#include "coordinator/sql/parse/statement_parser.h"
#include "coordinator/sql/parse/table_element_parser.h"

namespace millrace {
namespace {

void ParseTableElement(TokenCursor& cursor, CreateTableStatement* table) {
  if (AtWatermark(cursor)) {
    WatermarkClause watermark = ParseWatermark(cursor);
    if (table->watermark.has_value()) {
      cursor.Fail(watermark.span, "MR1104", "the table has a second WATERMARK");
    }
    table->watermark = std::move(watermark);
  } else if (AtTableConstraint(cursor)) {
    PrimaryKeyClause key = ParseTableConstraint(cursor);
    if (table->primary_key.has_value()) {
      cursor.Fail(key.span, "MR1104", "the table has a second PRIMARY KEY");
    }
    table->primary_key = std::move(key);
  } else {
    table->columns.push_back(ParseColumn(cursor, &table->primary_key));
  }
}

// (column TYPE, ..., WATERMARK FOR ..., PRIMARY KEY ...), or the names alone of a CREATE TABLE ...
// AS.
void ParseTableElements(TokenCursor& cursor, CreateTableStatement* table) {
  if (!cursor.At(TokenKind::kLeftParenthesis)) return;
  const bool names_only = AtIdentifier(cursor, 1) && (cursor.At(TokenKind::kComma, 2) ||
                                                      cursor.At(TokenKind::kRightParenthesis, 2));
  if (names_only) {
    table->query_columns = ParseNameList(cursor, "a column name");
    return CheckDistinct(cursor, table->query_columns, "column");
  }
  cursor.Next();
  do {
    ParseTableElement(cursor, table);
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
    do {
      const uint32_t option_begin = cursor.begin();
      LikeClause::Option option;
      option.action = ParseLikeAction(cursor);
      option.feature = ParseLikeFeature(cursor);
      option.span = cursor.SpanFrom(option_begin);
      like.options.push_back(option);
      // Flink separates them by blanks.
      if (cursor.At(TokenKind::kComma)) cursor.NoteAddition(cursor.Next().span);
    } while (!cursor.At(TokenKind::kRightParenthesis) && !cursor.failed());
    cursor.Expect(TokenKind::kRightParenthesis, "')'");
  }
  like.span = cursor.SpanFrom(begin);
  return like;
}

// What CREATE TABLE must have: columns, or something that they come from.
void CheckColumns(TokenCursor& cursor, const CreateTableStatement& table) {
  if (table.query != nullptr) {
    if (table.temporary) {
      cursor.Fail(table.name.span, "MR1107", "CREATE TABLE ... AS makes no temporary tables",
                  "CREATE TEMPORARY VIEW, or a TEMPORARY TABLE and an INSERT INTO");
    }
    return;
  }
  if (!table.query_columns.empty()) {
    cursor.Fail(table.query_columns.front().span, "MR1101",
                "the columns have no types, which only CREATE TABLE ... AS can do without");
  }
  if (table.columns.empty() && !table.like.has_value()) {
    cursor.Fail(table.name.span, "MR1107", "the table has no columns",
                "CREATE TABLE t (name TYPE, ...) WITH (...)");
  }
}

}  // namespace

CreateTableStatement ParseCreateTable(TokenCursor& cursor, CreateModifiers modifiers) {
  CreateTableStatement table{.or_replace = modifiers.or_replace, .temporary = modifiers.temporary};
  table.if_not_exists = ParseIfNotExists(cursor);
  table.name = ParseObjectName(cursor, "a table name");
  ParseTableElements(cursor, &table);
  table.comment = ParseComment(cursor);
  if (cursor.AcceptWord("DISTRIBUTED")) table.distribution = ParseDistribution(cursor);
  if (cursor.AcceptWords({"PARTITIONED", "BY"})) {
    table.partitioned_by = ParseNameList(cursor, "a column name");
    CheckDistinct(cursor, table.partitioned_by, "column");
  }
  if (cursor.AcceptWord("WITH")) table.options = ParseOptions(cursor);
  const uint32_t clause_begin = cursor.begin();
  if (cursor.AcceptWord("AS")) {
    table.query = ParseQuery(cursor);
  } else if (cursor.AcceptWord("LIKE")) {
    table.like = ParseLike(cursor, clause_begin);
  }
  CheckColumns(cursor, table);
  table.span = cursor.SpanFrom(modifiers.begin);
  return table;
}

}  // namespace millrace
