#include <type_traits>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "common/base/absl_view.h"
#include "coordinator/sql/parse/keywords.h"
#include "coordinator/sql/parse/time_units.h"
#include "coordinator/sql/parse/unparser_impl.h"

namespace millrace {
namespace {

// Not an operator: never needs parentheses.
constexpr Precedence kPrimary = Tighter(Precedence::kPostfix);

Precedence PrecedenceOfNode(const SqlExpression::Node& node) {
  return std::visit(
      [](const auto& n) {
        using Node = std::decay_t<decltype(n)>;
        if constexpr (std::is_same_v<Node, BinaryExpression>) {
          return PrecedenceOf(n.op);
        } else if constexpr (std::is_same_v<Node, UnaryExpression>) {
          return n.op == UnaryOperator::kNot ? Precedence::kNot : Precedence::kSign;
        } else if constexpr (std::is_same_v<Node, QuantifiedComparison>) {
          return Precedence::kComparison;
        } else if constexpr (std::is_same_v<Node, BetweenExpression> ||
                             std::is_same_v<Node, InExpression> ||
                             std::is_same_v<Node, PatternExpression>) {
          return Precedence::kPredicate;
        } else if constexpr (std::is_same_v<Node, IsExpression>) {
          return Precedence::kIs;
        } else {
          return kPrimary;
        }
      },
      node);
}

std::string_view OperatorText(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kOr:
      return "OR";
    case BinaryOperator::kAnd:
      return "AND";
    case BinaryOperator::kEqual:
      return "=";
    case BinaryOperator::kNotEqual:
      return "<>";
    case BinaryOperator::kLess:
      return "<";
    case BinaryOperator::kLessOrEqual:
      return "<=";
    case BinaryOperator::kGreater:
      return ">";
    case BinaryOperator::kGreaterOrEqual:
      return ">=";
    case BinaryOperator::kIsDistinctFrom:
      return "IS DISTINCT FROM";
    case BinaryOperator::kIsNotDistinctFrom:
      return "IS NOT DISTINCT FROM";
    case BinaryOperator::kOverlaps:
      return "OVERLAPS";
    case BinaryOperator::kPlus:
      return "+";
    case BinaryOperator::kMinus:
      return "-";
    case BinaryOperator::kMultiply:
      return "*";
    case BinaryOperator::kDivide:
      return "/";
    case BinaryOperator::kModulo:
      return "%";
    case BinaryOperator::kConcatenate:
      return "||";
  }
  return "";
}

std::string_view TestText(IsTest test) {
  switch (test) {
    case IsTest::kNull:
      return "NULL";
    case IsTest::kTrue:
      return "TRUE";
    case IsTest::kFalse:
      return "FALSE";
    case IsTest::kUnknown:
      return "UNKNOWN";
    case IsTest::kJson:
      return "JSON";
    case IsTest::kJsonValue:
      return "JSON VALUE";
    case IsTest::kJsonObject:
      return "JSON OBJECT";
    case IsTest::kJsonArray:
      return "JSON ARRAY";
    case IsTest::kJsonScalar:
      return "JSON SCALAR";
  }
  return "";
}

bool IsPlainWord(const std::string& name) {
  if (name.empty() || absl::ascii_isdigit(name.front())) return false;
  for (const char c : name) {
    if (!absl::ascii_isalnum(c) && c != '_') return false;
  }
  return true;
}

// Whether .field or [index] may stand directly behind it.
bool TakesPostfix(const SqlExpression& base, bool field) {
  if (base.As<ElementAccess>() != nullptr || base.As<FieldAccess>() != nullptr) return true;
  if (const auto* call = base.As<FunctionCall>()) {
    return call->parentheses && call->filter == nullptr && !call->over.has_value();
  }
  return !field && base.As<ColumnReference>() != nullptr;
}

}  // namespace

std::string QuoteIdentifier(const std::string& name) {
  // MAP is not reserved, but `MAP`[1] is not MAP[1].
  const std::string upper = absl::AsciiStrToUpper(name);
  if (IsPlainWord(name) && !IsReservedInFlink(upper) && upper != "MAP") return name;
  std::string quoted = "`";
  for (const char c : name) {
    quoted += c;
    if (c == '`') quoted += c;
  }
  return quoted + "`";
}

std::string Unparse(const SqlExpression& expression, UnparseOptions options) {
  Unparser unparser(options);
  unparser.Write(expression);
  return unparser.Take();
}

void Unparser::Write(const SqlExpression& expression, Precedence loosest) {
  const Precedence own = PrecedenceOfNode(expression.node);
  const bool parentheses = own < loosest || (options_.all_parentheses && own != kPrimary);
  if (parentheses) Put("(");
  std::visit([this](const auto& node) { WriteNode(node); }, expression.node);
  if (parentheses) Put(")");
}

void Unparser::PutName(const ObjectName& name) {
  for (size_t i = 0; i < name.parts.size(); ++i) {
    if (i > 0) Put(".");
    PutName(name.parts[i]);
  }
}

void Unparser::PutNames(const std::vector<Identifier>& names) {
  Put("(");
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) Put(", ");
    PutName(names[i]);
  }
  Put(")");
}

void Unparser::PutString(std::string_view value) {
  text_ += '\'';
  for (const char c : value) {
    text_ += c;
    if (c == '\'') text_ += c;
  }
  text_ += '\'';
}

void Unparser::PutQuery(const QueryExpression& query) {
  Put("(");
  Write(query);
  Put(")");
}

void Unparser::PutList(const std::vector<SqlExpressionPtr>& expressions) {
  for (size_t i = 0; i < expressions.size(); ++i) {
    if (i > 0) Put(", ");
    Write(*expressions[i]);
  }
}

void Unparser::WriteNode(const LiteralValue& literal) {
  switch (literal.kind) {
    case LiteralKind::kNull:
      return Put("NULL");
    case LiteralKind::kTrue:
      return Put("TRUE");
    case LiteralKind::kFalse:
      return Put("FALSE");
    case LiteralKind::kUnknown:
      return Put("UNKNOWN");
    case LiteralKind::kInteger:
    case LiteralKind::kDecimal:
    case LiteralKind::kDouble:
      return Put(literal.text);
    case LiteralKind::kString:
      break;
    case LiteralKind::kBinary:
      Put("x'");
      Put(absl::BytesToHexString(literal.text));
      return Put("'");
    case LiteralKind::kDate:
      Put("DATE ");
      break;
    case LiteralKind::kTime:
      Put("TIME ");
      break;
    case LiteralKind::kTimestamp:
      Put("TIMESTAMP ");
      break;
    case LiteralKind::kTimestampLtz:
      Put("TIMESTAMP WITH LOCAL TIME ZONE ");
      break;
  }
  PutString(literal.text);
}

void Unparser::WriteNode(const IntervalLiteral& interval) {
  Put("INTERVAL ");
  if (interval.negative) Put("-");
  PutString(interval.text);
  Put(" ");
  Put(TimeUnitName(interval.from));
  if (!interval.to.has_value()) return;
  Put(" TO ");
  Put(TimeUnitName(*interval.to));
}

void Unparser::WriteNode(const TimeUnitArgument& argument) { Put(TimeUnitName(argument.unit)); }

void Unparser::WriteNode(const KeywordArgument& argument) { Put(argument.keyword); }

void Unparser::WriteNode(const ColumnReference& column) {
  for (size_t i = 0; i < column.path.size(); ++i) {
    if (i > 0) Put(".");
    PutName(column.path[i]);
  }
}

void Unparser::WriteNode(const FieldAccess& access) {
  const bool bare = TakesPostfix(*access.base, /*field=*/true);
  if (!bare) Put("(");
  Write(*access.base);
  Put(bare ? "." : ").");
  PutName(access.field);
}

void Unparser::WriteNode(const ElementAccess& access) {
  const bool bare = TakesPostfix(*access.base, /*field=*/false);
  if (!bare) Put("(");
  Write(*access.base);
  Put(bare ? "[" : ")[");
  Write(*access.index);
  Put("]");
}

void Unparser::WriteNode(const UnaryExpression& unary) {
  if (unary.op == UnaryOperator::kNot) {
    Put("NOT ");
    return Write(*unary.operand, Precedence::kNot);
  }
  Put(unary.op == UnaryOperator::kMinus ? "-" : "+");
  // Two minus signs would begin a comment.
  if (unary.operand->As<UnaryExpression>() != nullptr) Put(" ");
  Write(*unary.operand, Precedence::kSign);
}

void Unparser::WriteNode(const BinaryExpression& binary) {
  const Precedence own = PrecedenceOf(binary.op);
  Write(*binary.left, own);
  Put(" ");
  Put(OperatorText(binary.op));
  Put(" ");
  Write(*binary.right, Tighter(own));
}

void Unparser::WriteNode(const BetweenExpression& between) {
  Write(*between.value, Precedence::kPredicate);
  Put(between.negated ? " NOT BETWEEN " : " BETWEEN ");
  if (between.symmetric) Put("SYMMETRIC ");
  Write(*between.low, Tighter(Precedence::kPredicate));
  Put(" AND ");
  Write(*between.high, Tighter(Precedence::kPredicate));
}

void Unparser::WriteNode(const InExpression& in) {
  Write(*in.value, Precedence::kPredicate);
  Put(in.negated ? " NOT IN " : " IN ");
  if (in.query != nullptr) return PutQuery(*in.query);
  Put("(");
  PutList(in.list);
  Put(")");
}

void Unparser::WriteNode(const QuantifiedComparison& comparison) {
  Write(*comparison.value, Precedence::kComparison);
  Put(" ");
  Put(OperatorText(comparison.op));
  Put(comparison.all ? " ALL " : " ANY ");
  if (comparison.query != nullptr) return PutQuery(*comparison.query);
  Put("(");
  PutList(comparison.list);
  Put(")");
}

void Unparser::WriteNode(const ExistsExpression& exists) {
  Put("EXISTS ");
  PutQuery(*exists.query);
}

void Unparser::WriteNode(const PatternExpression& pattern) {
  Write(*pattern.value, Precedence::kPredicate);
  if (pattern.negated) Put(" NOT");
  Put(pattern.kind == PatternKind::kLike ? " LIKE " : " SIMILAR TO ");
  Write(*pattern.pattern, Tighter(Precedence::kPredicate));
  if (pattern.escape == nullptr) return;
  Put(" ESCAPE ");
  Write(*pattern.escape, Tighter(Precedence::kPredicate));
}

void Unparser::WriteNode(const IsExpression& is) {
  Write(*is.operand, Precedence::kIs);
  Put(is.negated ? " IS NOT " : " IS ");
  Put(TestText(is.test));
}

void Unparser::WriteNode(const CaseExpression& node) {
  Put("CASE");
  if (node.operand != nullptr) {
    Put(" ");
    Write(*node.operand);
  }
  for (const CaseExpression::Branch& branch : node.branches) {
    Put(" WHEN ");
    Write(*branch.condition);
    Put(" THEN ");
    Write(*branch.result);
  }
  if (node.otherwise != nullptr) {
    Put(" ELSE ");
    Write(*node.otherwise);
  }
  Put(" END");
}

void Unparser::WriteNode(const CastExpression& cast) {
  Put(cast.try_cast ? "TRY_CAST(" : "CAST(");
  Write(*cast.value);
  Put(" AS ");
  Put(cast.type.text);
  Put(")");
}

void Unparser::WriteNode(const RowConstructor& row) {
  Put("ROW(");
  PutList(row.items);
  Put(")");
}

void Unparser::WriteNode(const ArrayConstructor& array) {
  Put("ARRAY[");
  PutList(array.items);
  Put("]");
}

void Unparser::WriteNode(const MapConstructor& map) {
  Put("MAP[");
  for (size_t i = 0; i < map.entries.size(); ++i) {
    if (i > 0) Put(", ");
    Write(*map.entries[i].key);
    Put(", ");
    Write(*map.entries[i].value);
  }
  Put("]");
}

void Unparser::WriteNode(const MultisetConstructor& multiset) {
  Put("MULTISET[");
  PutList(multiset.items);
  Put("]");
}

void Unparser::WriteNode(const CollectionQuery& collection) {
  Put(collection.kind);
  PutQuery(*collection.query);
}

void Unparser::WriteNode(const SubqueryExpression& subquery) { PutQuery(*subquery.query); }

void Unparser::WriteNode(const DescriptorArgument& descriptor) {
  Put("DESCRIPTOR");
  PutNames(descriptor.columns);
}

}  // namespace millrace
