// The unparser's own class: writes trees of all kinds into one text. Included by unparse_*.cc only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
  void WriteNode(const MultisetConstructor& multiset);
  void WriteNode(const CollectionQuery& collection);
  void WriteNode(const SubqueryExpression& subquery);
  void WriteNode(const DescriptorArgument& descriptor);

  // Calls: unparse_call.cc.
  void WriteNode(const TableArgument& argument);
  void WriteNode(const ModelArgument& argument);
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
  void WriteTableNode(const MatchRecognizeTable& match);
  void WriteSample(const TableSample& sample);
  void WriteJoinOperand(const TableReference& table, bool parentheses);

  // MATCH_RECOGNIZE: unparse_match_recognize.cc.
  void WritePattern(const MatchPattern& pattern, bool parentheses);
  void WriteQuantifier(const MatchPattern::Quantifier& quantifier);
  void WriteAfterMatch(const MatchRecognizeTable& match);

  // Statements: unparse_statement.cc, unparse_create.cc, unparse_command.cc.
  void WriteStatement(const CreateTableStatement& table);
  void WriteStatement(const CreateViewStatement& view);
  void WriteStatement(const CreateFunctionStatement& function);
  void WriteStatement(const DropStatement& drop);
  void WriteStatement(const InsertStatement& insert);
  void WriteStatement(const StatementSet& set);
  void WriteInserts(const StatementSet& set);
  void WriteStatement(const QueryStatement& query);
  void WriteStatement(const ExplainStatement& explain);
  void WriteStatement(const SetStatement& set);
  void WriteStatement(const ResetStatement& reset);
  void WriteStatement(const ShowStatement& show);
  void WriteStatement(const DescribeStatement& describe);
  void WriteStatement(const UseStatement& use);
  void WriteStatement(const CommandStatement& command);
  void WritePart(const CommandStatement::Words& words) { Put(words.text); }
  void WritePart(const CommandStatement::Text& text) { PutString(text.value); }
  void WritePart(const ObjectName& name) { PutName(name); }
  void WritePart(const CommandStatement::Names& names);
  void WritePart(const CommandStatement::Keys& keys);
  void WritePart(const CommandStatement::Options& options) { WriteOptions(options.options); }
  void WritePart(const CommandStatement::Partition& partition) {
    WritePartition(partition.entries);
  }
  void WritePart(const QueryHint& hint);
  void WritePart(const TableColumn& column) { WriteColumn(column); }
  void WritePart(const PrimaryKeyClause& key) { WriteKey(key); }
  void WritePart(const WatermarkClause& watermark) { WriteWatermark(watermark); }
  void WritePart(const DistributionClause& distribution) { WriteDistribution(distribution); }
  void WritePart(const SqlExpressionPtr& expression) { Write(*expression); }
  void WritePart(const QueryPtr& query) { Write(*query); }
  void WritePart(const std::shared_ptr<const Statement>& statement);
  void WritePartition(const std::vector<PartitionEntry>& entries);
  void WriteKey(const PrimaryKeyClause& key);
  void WriteWatermark(const WatermarkClause& watermark);
  void WriteDistribution(const DistributionClause& distribution);
  void WriteElements(const CreateTableStatement& table);
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
