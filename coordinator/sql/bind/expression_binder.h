// Scalar expressions: names are resolved, calls are bound by the function registry, casts become
// explicit.
//
// Works over one scope; what a clause adds to that (aggregates, window functions) comes in as an
// intercept. Reports every error of an expression, not only the first. Not thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/expr/expression.h"
#include "coordinator/sql/bind/diagnostic_log.h"
#include "coordinator/sql/bind/scope.h"
#include "coordinator/sql/parse/expression_ast.h"

namespace millrace {

struct UserFunction;

// Where a column was named.
struct ColumnUseSite {
  int column = 0;
  SourceSpan span;
};

struct ExpressionContext {
  const Scope* scope = nullptr;
  DiagnosticLog* log = nullptr;
  std::string clause;  // Of the query, for messages: "WHERE".
  // Asked before a call is bound as a scalar function. Empty: it is one. A null pointer: reported.
  std::function<std::optional<ExpressionPtr>(const SqlExpression& call)> intercept;
  // Binds a call OVER a window; a null pointer: reported. Empty: the clause takes none yet.
  std::function<ExpressionPtr(const SqlExpression& call)> bind_over;
  std::vector<ColumnUseSite>* uses = nullptr;  // If set, gets every column that is named.
};

class ExpressionBinder {
 public:
  explicit ExpressionBinder(ExpressionContext context) : context_(std::move(context)) {}

  // Null after reporting.
  ExpressionPtr Bind(const SqlExpression& expression);
  // The same for a condition: must be BOOLEAN.
  ExpressionPtr BindCondition(const SqlExpression& expression);

 private:
  friend struct ExpressionVisitor;

  DiagnosticLog& log() const { return *context_.log; }

  ExpressionPtr BindColumn(const ColumnReference& column);
  ExpressionPtr BindUnary(const UnaryExpression& unary, SourceSpan span);
  ExpressionPtr BindBinary(const BinaryExpression& binary, SourceSpan span);
  ExpressionPtr BindBetween(const BetweenExpression& between, SourceSpan span);
  ExpressionPtr BindIn(const InExpression& in, SourceSpan span);
  ExpressionPtr BindPattern(const PatternExpression& pattern, SourceSpan span);
  ExpressionPtr BindIs(const IsExpression& is, SourceSpan span);
  ExpressionPtr BindCase(const CaseExpression& expression, SourceSpan span);
  ExpressionPtr BindCastExpression(const CastExpression& cast, SourceSpan span);
  ExpressionPtr BindFunction(const SqlExpression& expression, const FunctionCall& call);
  std::optional<std::vector<ExpressionPtr>> BindArguments(const FunctionCall& call,
                                                          SourceSpan span);
  ExpressionPtr BindUserFunction(const UserFunction& function, const FunctionCall& call,
                                 SourceSpan span);
  ExpressionPtr BindOverlaps(const BinaryExpression& overlaps, SourceSpan span);
  ExpressionPtr BindTrim(const FunctionCall& call, SourceSpan span);

  // json_call_binding.cc
  ExpressionPtr BindIsJson(const IsExpression& is, SourceSpan span);
  ExpressionPtr BindJsonCall(const FunctionCall& call, SourceSpan span);
  ExpressionPtr BindJsonValue(const FunctionCall& call, SourceSpan span);
  ExpressionPtr BindJsonQuery(const FunctionCall& call, SourceSpan span);
  ExpressionPtr BindJsonExists(const FunctionCall& call, SourceSpan span);
  ExpressionPtr BindJsonMaking(const FunctionCall& call, SourceSpan span);
  ExpressionPtr BindJsonDefault(const FunctionCall& call, std::string_view on,
                                const DataType& type);
  std::optional<std::vector<ExpressionPtr>> BindJsonArguments(const FunctionCall& call,
                                                              SourceSpan span);
  ExpressionPtr WrongJsonClause(const FunctionCall& call, SourceSpan span);

  // The values of all of `expressions`; empty after reporting if one of them is wrong.
  std::optional<std::vector<ExpressionPtr>> BindAll(
      const std::vector<const SqlExpression*>& expressions);
  ExpressionPtr Call(std::string_view function, std::vector<ExpressionPtr> arguments,
                     SourceSpan span);
  ExpressionPtr NotBuilt(SourceSpan span, std::string_view what);
  ExpressionPtr SyntaxNotBuilt(SourceSpan span, std::string_view what);
  // BETWEEN and CASE repeat an operand: nested, they would double the tree at every level.
  ExpressionPtr Bounded(ExpressionPtr expression, SourceSpan span);

  const ExpressionContext context_;
};

// `value` as `type`, by a cast that Flink makes by itself. Null if there is none; nothing is
// reported. NOT NULL plays no part: the result may be NULL if `value` may.
ExpressionPtr CastImplicitly(ExpressionPtr value, const DataType& type);

// Whether `name`, in upper case, is a function of JSON whose clauses become arguments.
bool IsJsonCall(std::string_view name);

// A type as written. Empty after reporting.
std::optional<DataType> BindType(const TypeName& type, DiagnosticLog& log);

}  // namespace millrace
