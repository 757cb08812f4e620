// Scalar expressions as written: names are not resolved, types are not known.
//
// A node is immutable and shared, so that a rewrite may keep parts of it. Spans cover the whole
// expression, without parentheses around it. The tree's height is bounded (kMaxTreeHeight,
// parser.h), so recursion over it is safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/sql/parse/source_span.h"

namespace millrace {

struct SqlExpression;
struct QueryExpression;
using SqlExpressionPtr = std::shared_ptr<const SqlExpression>;
using QueryPtr = std::shared_ptr<const QueryExpression>;

// Case as written, back-quotes removed.
struct Identifier {
  std::string name;
  SourceSpan span;
};

// "t", "db.t", "catalog.db.t"; of a function: "f", "db.f".
struct ObjectName {
  std::vector<Identifier> parts;
  SourceSpan span;
};

// A type in its canonical text, which common/columnar DataType::Parse reads: upper-case words, row
// fields in back-quotes where needed, " NOT NULL" at its end where written.
struct TypeName {
  std::string text;
  SourceSpan span;
};

enum class LiteralKind : uint8_t {
  kNull,
  kTrue,
  kFalse,
  kUnknown,  // The BOOLEAN that is NULL.
  kInteger,  // text: digits
  kDecimal,  // text: "1.5", ".5", "1."
  kDouble,   // text: "1e3", "1.5E-2"
  kString,   // text: the value, escapes resolved (also of U&'...'), UTF-8
  kBinary,   // text: the bytes of x'...'
  kDate,     // text: between the quotes of DATE '...', not checked; the same for the next three
  kTime,
  kTimestamp,
  kTimestampLtz,  // TIMESTAMP WITH LOCAL TIME ZONE '...'
};

struct LiteralValue {
  LiteralKind kind = LiteralKind::kNull;
  std::string text;
};

enum class TimeUnit : uint8_t {
  kMillennium,
  kCentury,
  kDecade,
  kYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
  kNanosecond,
  // Of EXTRACT only.
  kIsoYear,
  kIsoDow,
  kDow,
  kDoy,
  kEpoch,
};

// INTERVAL [-] 'text' from [(precision)] [TO to [(precision)]]; the text has been checked.
struct IntervalLiteral {
  bool negative = false;  // The sign before the quotes.
  std::string text;
  TimeUnit from =
      TimeUnit::kSecond;  // kYear, kMonth, kDay, kHour, kMinute, kSecond, kWeek, kQuarter
  std::optional<TimeUnit> to;
  bool year_month = false;  // Of YEAR, QUARTER and MONTH.
  int64_t value = 0;        // Months if year_month, else milliseconds; signed.
};

// A bare time unit as an argument: EXTRACT(YEAR FROM x), FLOOR(x TO DAY), TIMESTAMPADD(HOUR, 1, x).
struct TimeUnitArgument {
  TimeUnit unit = TimeUnit::kSecond;
};

// Any other bare word as an argument, in upper case: BOTH, LEADING, TRAILING of TRIM.
struct KeywordArgument {
  std::string keyword;
};

// a, t.a, t.a.b, db.t.a: where the table's name ends and a field path begins is the binder's to
// say.
struct ColumnReference {
  std::vector<Identifier> path;
};

// The field of something that is not a path: f(x).a, a[1].b, (a).b.
struct FieldAccess {
  SqlExpressionPtr base;
  Identifier field;
};

// a[1], m['k']
struct ElementAccess {
  SqlExpressionPtr base;
  SqlExpressionPtr index;
};

enum class UnaryOperator : uint8_t { kNot, kMinus, kPlus };

struct UnaryExpression {
  UnaryOperator op = UnaryOperator::kNot;
  SqlExpressionPtr operand;
};

enum class BinaryOperator : uint8_t {
  kOr,
  kAnd,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIsDistinctFrom,
  kIsNotDistinctFrom,
  kOverlaps,
  kPlus,
  kMinus,
  kMultiply,
  kDivide,
  kModulo,
  kConcatenate,
};

struct BinaryExpression {
  BinaryOperator op = BinaryOperator::kAnd;
  SqlExpressionPtr left;
  SqlExpressionPtr right;
  SourceSpan op_span;
};

// value [NOT] BETWEEN [SYMMETRIC] low AND high
struct BetweenExpression {
  SqlExpressionPtr value;
  SqlExpressionPtr low;
  SqlExpressionPtr high;
  bool symmetric = false;
  bool negated = false;
};

// value [NOT] IN (a, b) or value [NOT] IN (query)
struct InExpression {
  SqlExpressionPtr value;
  std::vector<SqlExpressionPtr> list;  // Empty if there is a query.
  QueryPtr query;
  bool negated = false;
};

// value op ANY|ALL (query) or (a, b). SOME is ANY.
struct QuantifiedComparison {
  SqlExpressionPtr value;
  BinaryOperator op = BinaryOperator::kEqual;
  bool all = false;
  std::vector<SqlExpressionPtr> list;
  QueryPtr query;
};

struct ExistsExpression {
  QueryPtr query;
};

enum class PatternKind : uint8_t { kLike, kSimilarTo };

struct PatternExpression {
  PatternKind kind = PatternKind::kLike;
  SqlExpressionPtr value;
  SqlExpressionPtr pattern;
  SqlExpressionPtr escape;  // Null: none.
  bool negated = false;
};

enum class IsTest : uint8_t {
  kNull,
  kTrue,
  kFalse,
  kUnknown,
  kJson,
  kJsonValue,
  kJsonObject,
  kJsonArray,
  kJsonScalar,
};

// operand IS [NOT] test
struct IsExpression {
  SqlExpressionPtr operand;
  IsTest test = IsTest::kNull;
  bool negated = false;
};

// CASE [operand] WHEN condition THEN result ... [ELSE otherwise] END
struct CaseExpression {
  struct Branch {
    SqlExpressionPtr condition;  // With an operand: the value it is compared with.
    SqlExpressionPtr result;
  };
  SqlExpressionPtr operand;  // Null: the searched form.
  std::vector<Branch> branches;
  SqlExpressionPtr otherwise;  // Null: none.
};

// CAST(value AS type), TRY_CAST(value AS type), value::type
struct CastExpression {
  SqlExpressionPtr value;
  TypeName type;
  bool try_cast = false;
};

// ROW(a, b) or (a, b)
struct RowConstructor {
  std::vector<SqlExpressionPtr> items;
};

// ARRAY[a, b]
struct ArrayConstructor {
  std::vector<SqlExpressionPtr> items;
};

// MAP['k', v, 'l', w]
struct MapConstructor {
  struct Entry {
    SqlExpressionPtr key;
    SqlExpressionPtr value;
  };
  std::vector<Entry> entries;
};

// MULTISET[a, b]
struct MultisetConstructor {
  std::vector<SqlExpressionPtr> items;
};

// ARRAY(query), MAP(query), MULTISET(query): a collection of its rows.
struct CollectionQuery {
  std::string kind;  // "ARRAY", "MAP" or "MULTISET"
  QueryPtr query;
};

// MODEL m as an argument.
struct ModelArgument {
  ObjectName model;
};

// (SELECT ...) as a value, or as a table argument of a function.
struct SubqueryExpression {
  QueryPtr query;
};

// DESCRIPTOR(a, b)
struct DescriptorArgument {
  std::vector<Identifier> columns;
};

struct OrderItem {
  SqlExpressionPtr expression;
  bool descending = false;
  std::optional<bool> nulls_first;  // Empty: not written.
};

// TABLE t, TABLE(query) or TABLE(t) as an argument, with [PARTITION BY ...] [ORDER BY ...].
struct TableArgument {
  ObjectName table;  // Without parts if there is a query.
  QueryPtr query;
  std::vector<SqlExpressionPtr> partition_by;
  std::vector<OrderItem> order_by;
};

enum class FrameUnit : uint8_t { kRows, kRange };
enum class FrameBoundKind : uint8_t {
  kUnboundedPreceding,
  kPreceding,
  kCurrentRow,
  kFollowing,
  kUnboundedFollowing,
};

struct FrameBound {
  FrameBoundKind kind = FrameBoundKind::kCurrentRow;
  SqlExpressionPtr distance;  // kPreceding, kFollowing.
};

struct WindowFrame {
  FrameUnit unit = FrameUnit::kRange;
  FrameBound start;
  std::optional<FrameBound> end;  // Empty: CURRENT ROW, by the standard.
};

// OVER w, OVER ([base] [PARTITION BY ...] [ORDER BY ...] [frame]), and what WINDOW w AS names.
struct OverWindow {
  std::optional<Identifier> base;
  bool by_name = false;  // OVER w: `base` and nothing else.
  std::vector<SqlExpressionPtr> partition_by;
  std::vector<OrderItem> order_by;
  std::optional<WindowFrame> frame;
  SourceSpan span;
};

struct FunctionArgument {
  std::optional<Identifier> name;  // name => value
  SqlExpressionPtr value;          // Null: DEFAULT.
};

// What the JSON functions do instead of failing: "NULL ON EMPTY", "ABSENT ON NULL".
struct JsonBehavior {
  std::string action;      // "NULL", "ERROR", "DEFAULT", "TRUE", "EMPTY ARRAY", "ABSENT", ...
  SqlExpressionPtr value;  // Of DEFAULT.
  std::string on;          // "EMPTY", "ERROR" or "NULL"
};

// A call. The special forms are calls too, with plain arguments: EXTRACT(unit, x), CEIL(x, unit),
// FLOOR(x, unit), POSITION(needle, text), SUBSTRING(text, from[, for]), OVERLAY(text, new, from[,
// for]), TRIM(side, what, text), TIMESTAMPADD(unit, n, x), TIMESTAMPDIFF(unit, from, to). So are
// CURRENT_TIMESTAMP and the like, without arguments. JSON_OBJECT has a key and a value in turn.
struct FunctionCall {
  ObjectName name;
  std::vector<FunctionArgument> arguments;
  bool star = false;        // COUNT(*): no arguments.
  bool parentheses = true;  // False: CURRENT_DATE.
  bool distinct = false;
  std::vector<OrderItem> within_group;
  SqlExpressionPtr filter;  // FILTER (WHERE filter); null: none.
  std::optional<bool> ignore_nulls;
  std::optional<OverWindow> over;
  std::optional<TypeName> json_returning;
  std::string json_wrapper;  // Of JSON_QUERY: "WITHOUT ARRAY WRAPPER", ... or empty.
  std::vector<JsonBehavior> json_behaviors;
  std::string match_modifier;  // Of MATCH_RECOGNIZE: "RUNNING", "FINAL" or empty.
};

struct SqlExpression {
  using Node = std::variant<LiteralValue, IntervalLiteral, TimeUnitArgument, KeywordArgument,
                            ColumnReference, FieldAccess, ElementAccess, UnaryExpression,
                            BinaryExpression, BetweenExpression, InExpression, QuantifiedComparison,
                            ExistsExpression, PatternExpression, IsExpression, CaseExpression,
                            CastExpression, RowConstructor, ArrayConstructor, MapConstructor,
                            MultisetConstructor, CollectionQuery, SubqueryExpression,
                            DescriptorArgument, TableArgument, ModelArgument, FunctionCall>;

  Node node;
  SourceSpan span;

  // The node as a T, or null: if (const auto* call = e.As<FunctionCall>()) ...
  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
};

}  // namespace millrace
