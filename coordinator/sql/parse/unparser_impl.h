// The unparser's own class: writes trees of all kinds into one text. Included by unparse_*.cc only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coordinator/sql/parse/precedence.h"
#include "coordinator/sql/parse/unparser.h"

namespace millrace {

class Unparser {
 public:
  explicit Unparser(UnparseOptions options) : options_(options) {}

  // `loosest`: what the place takes without parentheses.
  void Write(const SqlExpression& expression, Precedence loosest = Precedence::kLowest);
  void Write(const QueryExpression& query);
  void Write(const Statement& statement);

  std::string Take() { return std::move(text_); }

 private:
  // Expressions: unparse_expression.cc.
  void WriteNode(const LiteralValue& literal);
  void WriteNode(const IntervalLiteral& interval);
  void WriteNode(const TimeUnitArgument& argument);
  void WriteNode(const KeywordArgument& argument);
  void WriteNode(const ColumnReference& column);
  void WriteNode(const FieldAccess& access);
  void WriteNode(const ElementAccess& access);
  void WriteNode(const UnaryExpression& unary);
  void WriteNode(const BinaryExpression& binary);
  void WriteNode(const BetweenExpression& between);
  void WriteNode(const InExpression& in);
  void WriteNode(const QuantifiedComparison& comparison);
  void WriteNode(const ExistsExpression& exists);
  void WriteNode(const PatternExpression& pattern);
  void WriteNode(const IsExpression& is);
  void WriteNode(const CaseExpression& node);
  void WriteNode(const CastExpression& cast);
  void WriteNode(const RowConstructor& row);
  void WriteNode(const ArrayConstructor& array);
  void WriteNode(const MapConstructor& map);
  void WriteNode(const SubqueryExpression& subquery);
  void WriteNode(const DescriptorArgument& descriptor);

  // Calls: unparse_call.cc.
  void WriteNode(const TableArgument& argument);
  void WriteNode(const FunctionCall& call);
  bool WriteSpecialCall(const FunctionCall& call, std::string_view upper_name);
  void WriteCallName(const FunctionCall& call, std::string_view upper_name);
  void WriteArguments(const FunctionCall& call, size_t first = 0);
  void WriteJsonClauses(const FunctionCall& call);
  void WriteCallSuffixes(const FunctionCall& call);
  void WriteFrame(const WindowFrame& frame);
  void WriteFrameBound(const FrameBound& bound);
  void WriteWindow(const OverWindow& window);
  void WriteOrderItems(const std::vector<OrderItem>& items);

  // Queries: unparse_query.cc.
  void WriteBody(const SelectQuery& select);
  void WriteBody(const ValuesQuery& values);
  void WriteBody(const SetOperation& operation);
  void WriteBody(const TableQuery& table);
  void WriteSelectItem(const SelectItem& item);
  void WriteGrouping(const std::vector<GroupingElement>& elements);
  void WriteSetOperand(const QueryExpression& query, bool parentheses);
  void WriteHints(const std::vector<QueryHint>& hints);
  void WriteTable(const TableReference& table);
  void WriteTableNode(const NamedTable& table);
  void WriteTableNode(const DerivedTable& table);
  void WriteTableNode(const FunctionTable& table);
  void WriteTableNode(const UnnestTable& table);
  void WriteTableNode(const JoinedTable& table);
  void WriteJoinOperand(const TableReference& table, bool parentheses);

  // Statements: unparse_statement.cc.
  void WriteStatement(const CreateTableStatement& table);
  void WriteStatement(const CreateViewStatement& view);
  void WriteStatement(const DropStatement& drop);
  void WriteStatement(const InsertStatement& insert);
  void WriteStatement(const StatementSet& set);
  void WriteStatement(const QueryStatement& query);
  void WriteStatement(const ExplainStatement& explain);
  void WriteStatement(const SetStatement& set);
  void WriteStatement(const ResetStatement& reset);
  void WriteStatement(const ShowStatement& show);
  void WriteStatement(const DescribeStatement& describe);
  void WriteStatement(const UseStatement& use);
  void WriteColumn(const TableColumn& column);
  void WriteLike(const LikeClause& like);
  void WriteOptions(const std::vector<OptionEntry>& options);
  void WriteComment(const std::optional<std::string>& comment);

  // Pieces.
  void Put(std::string_view text) { text_ += text; }
  void PutName(const Identifier& name) { Put(QuoteIdentifier(name.name)); }
  void PutName(const ObjectName& name);
  void PutNames(const std::vector<Identifier>& names);  // "(a, b)"
  void PutString(std::string_view value);               // 'it''s'
  void PutQuery(const QueryExpression& query);          // "(query)"
  void PutList(const std::vector<SqlExpressionPtr>& expressions);

  const UnparseOptions options_;
  std::string text_;
};

}  // namespace millrace
