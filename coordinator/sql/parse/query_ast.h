// Queries as written: SELECT, VALUES, set operations, and what stands in FROM.
//
// Immutable and shared, as expressions are (expression_ast.h). A null pointer or an empty optional
// means "not written".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/sql/parse/expression_ast.h"

namespace millrace {

// 'key' = 'value' of WITH (...) and of /*+ OPTIONS(...) */.
struct OptionEntry {
  std::string key;
  std::string value;
  SourceSpan key_span;
  SourceSpan value_span;
};

// /*+ NAME('k'='v', argument, ...) */
struct QueryHint {
  Identifier name;                     // "OPTIONS", "STATE_TTL", "BROADCAST", as written.
  std::vector<OptionEntry> options;    // Those of the form key = value.
  std::vector<std::string> arguments;  // The others.
  SourceSpan span;
};

struct TableReference;
using TableReferencePtr = std::shared_ptr<const TableReference>;

// [AS] name [(column, ...)]
struct TableAlias {
  Identifier name;
  std::vector<Identifier> columns;
};

// t [/*+ hints */] [FOR SYSTEM_TIME AS OF time]
struct NamedTable {
  ObjectName name;
  std::vector<QueryHint> hints;
  SqlExpressionPtr system_time;
};

// [LATERAL] (query), also (VALUES ...)
struct DerivedTable {
  QueryPtr query;
  bool lateral = false;
};

// TABLE(f(...)), LATERAL TABLE(f(...)), and f(...) itself. The window functions TUMBLE, HOP,
// CUMULATE and SESSION stand here: arguments TableArgument, DescriptorArgument, intervals.
struct FunctionTable {
  SqlExpressionPtr call;  // A FunctionCall.
  bool lateral = false;
};

// [LATERAL] UNNEST(array, ...) [WITH ORDINALITY]
struct UnnestTable {
  std::vector<SqlExpressionPtr> arrays;
  bool with_ordinality = false;
  bool lateral = false;
};

enum class JoinKind : uint8_t { kInner, kLeft, kRight, kFull, kCross };  // kCross: also the comma.

// left JOIN right. At most one of `natural`, `on` and `using_columns` is given.
struct JoinedTable {
  JoinKind kind = JoinKind::kInner;
  bool natural = false;
  TableReferencePtr left;
  TableReferencePtr right;
  SqlExpressionPtr on;
  std::vector<Identifier> using_columns;
};

struct MatchPattern;
using MatchPatternPtr = std::shared_ptr<const MatchPattern>;

// PATTERN (A (B | C){2,3}? {- D -} PERMUTE(E, F))
struct MatchPattern {
  enum class Kind : uint8_t { kVariable, kSequence, kAlternatives, kPermutation, kExclusion };
  struct Quantifier {
    std::optional<std::string> low;   // Digits. "*" is {0,}, "+" is {1,}, "?" is {0,1}.
    std::optional<std::string> high;  // Empty: no bound.
    bool reluctant = false;
  };
  Kind kind = Kind::kVariable;
  Identifier variable;                 // kVariable
  std::vector<MatchPatternPtr> parts;  // Of the others; kExclusion has one.
  std::optional<Quantifier> quantifier;
};

enum class RowsPerMatch : uint8_t { kDefault, kOneRow, kAllRows };
enum class AfterMatch : uint8_t { kDefault, kPastLastRow, kToNextRow, kToFirst, kToLast };

// input MATCH_RECOGNIZE (PARTITION BY ... MEASURES ... PATTERN (...) DEFINE ...)
struct MatchRecognizeTable {
  struct NamedExpression {
    Identifier name;
    SqlExpressionPtr expression;
  };
  struct Subset {
    Identifier name;
    std::vector<Identifier> variables;
  };
  TableReferencePtr input;
  std::vector<SqlExpressionPtr> partition_by;
  std::vector<OrderItem> order_by;
  std::vector<NamedExpression> measures;
  RowsPerMatch rows_per_match = RowsPerMatch::kDefault;
  AfterMatch after_match = AfterMatch::kDefault;
  Identifier after_variable;  // kToFirst, kToLast.
  bool from_start = false;    // ^
  bool to_end = false;        // $
  MatchPatternPtr pattern;
  SqlExpressionPtr within;  // An interval.
  std::vector<Subset> subsets;
  std::vector<NamedExpression> definitions;
  SourceSpan span;  // Of the word MATCH_RECOGNIZE.
};

// TABLESAMPLE BERNOULLI|SYSTEM (percentage) [REPEATABLE (seed)]
struct TableSample {
  bool bernoulli = false;
  std::string percentage;
  std::optional<std::string> seed;  // Digits, perhaps with a sign.
  SourceSpan span;
};

struct TableReference {
  std::variant<NamedTable, DerivedTable, FunctionTable, UnnestTable, JoinedTable,
               MatchRecognizeTable>
      node;
  std::optional<TableAlias> alias;
  std::optional<TableSample> sample;
  SourceSpan span;

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
};

// expression [AS alias], * or t.*
struct SelectItem {
  SqlExpressionPtr expression;        // Null: a star.
  std::optional<ObjectName> star_of;  // t of t.*
  std::optional<Identifier> alias;
  SourceSpan span;
};

enum class GroupingKind : uint8_t {
  kExpression,    // a: `expressions` has one.
  kSet,           // (a, b) or (): one set, as an element of GROUPING SETS, ROLLUP or CUBE.
  kRollup,        // `elements`: kExpression or kSet
  kCube,          // the same
  kGroupingSets,  // `elements`: any kind
};

struct GroupingElement {
  GroupingKind kind = GroupingKind::kExpression;
  std::vector<SqlExpressionPtr> expressions;
  std::vector<GroupingElement> elements;
  SourceSpan span;
};

// WINDOW name AS (...)
struct NamedWindow {
  Identifier name;
  OverWindow window;
};

struct SelectQuery {
  bool distinct = false;
  std::vector<QueryHint> hints;
  std::vector<SelectItem> items;
  TableReferencePtr from;  // Null: SELECT 1.
  SqlExpressionPtr where;
  // GROUP BY (): one kSet without expressions. Empty: no GROUP BY.
  std::vector<GroupingElement> group_by;
  std::optional<SourceSpan> group_by_distinct;  // GROUP BY DISTINCT: where the word stands.
  SqlExpressionPtr having;
  std::vector<NamedWindow> windows;
  SqlExpressionPtr qualify;
};

// VALUES (1, 'a'), (2, 'b'); a row without parentheses has one item.
struct ValuesQuery {
  struct Row {
    std::vector<SqlExpressionPtr> items;
    SourceSpan span;
  };
  std::vector<Row> rows;
};

enum class SetOperator : uint8_t { kUnion, kIntersect, kExcept };  // MINUS is EXCEPT.

struct SetOperation {
  SetOperator op = SetOperator::kUnion;
  bool all = false;
  QueryPtr left;
  QueryPtr right;
};

// TABLE t as a query: all its columns.
struct TableQuery {
  ObjectName name;
};

// WITH name [(columns)] AS (query)
struct CommonTable {
  Identifier name;
  std::vector<Identifier> columns;
  QueryPtr query;
};

struct QueryExpression {
  std::vector<CommonTable> with;
  std::optional<SourceSpan> recursive;  // WITH RECURSIVE: where the word stands.
  std::variant<SelectQuery, ValuesQuery, SetOperation, TableQuery> body;
  std::vector<OrderItem> order_by;
  SqlExpressionPtr limit;  // LIMIT n and FETCH FIRST n ROWS ONLY; LIMIT ALL is null.
  SqlExpressionPtr offset;
  SourceSpan span;

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&body);
  }
};

}  // namespace millrace
