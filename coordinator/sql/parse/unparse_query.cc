#include "coordinator/sql/parse/unparser_impl.h"

namespace millrace {
namespace {

bool HasTail(const QueryExpression& query) {
  return !query.with.empty() || !query.order_by.empty() || query.limit != nullptr ||
         query.offset != nullptr;
}

// INTERSECT binds more tightly than UNION and EXCEPT.
bool BindsMoreTightly(SetOperator a, SetOperator b) {
  return a == SetOperator::kIntersect && b != SetOperator::kIntersect;
}

std::string_view SetOperatorText(SetOperator op) {
  switch (op) {
    case SetOperator::kUnion:
      return " UNION ";
    case SetOperator::kIntersect:
      return " INTERSECT ";
    case SetOperator::kExcept:
      return " EXCEPT ";
  }
  return "";
}

std::string_view JoinText(JoinKind kind) {
  switch (kind) {
    case JoinKind::kInner:
      return " JOIN ";
    case JoinKind::kLeft:
      return " LEFT JOIN ";
    case JoinKind::kRight:
      return " RIGHT JOIN ";
    case JoinKind::kFull:
      return " FULL JOIN ";
    case JoinKind::kCross:
      return " CROSS JOIN ";
  }
  return "";
}

}  // namespace

std::string Unparse(const QueryExpression& query, UnparseOptions options) {
  Unparser unparser(options);
  unparser.Write(query);
  return unparser.Take();
}

void Unparser::Write(const QueryExpression& query) {
  for (size_t i = 0; i < query.with.size(); ++i) {
    const CommonTable& table = query.with[i];
    if (i == 0) Put(query.recursive.has_value() ? "WITH RECURSIVE " : "WITH ");
    if (i > 0) Put(", ");
    PutName(table.name);
    if (!table.columns.empty()) {
      Put(" ");
      PutNames(table.columns);
    }
    Put(" AS ");
    PutQuery(*table.query);
  }
  if (!query.with.empty()) Put(" ");
  std::visit([this](const auto& body) { WriteBody(body); }, query.body);
  if (!query.order_by.empty()) {
    Put(" ORDER BY ");
    WriteOrderItems(query.order_by);
  }
  if (query.limit != nullptr) {
    Put(" LIMIT ");
    Write(*query.limit);
  }
  if (query.offset != nullptr) {
    Put(" OFFSET ");
    Write(*query.offset);
  }
}

void Unparser::WriteBody(const SelectQuery& select) {
  Put("SELECT ");
  WriteHints(select.hints);
  if (select.distinct) Put("DISTINCT ");
  for (size_t i = 0; i < select.items.size(); ++i) {
    if (i > 0) Put(", ");
    WriteSelectItem(select.items[i]);
  }
  if (select.from != nullptr) {
    Put(" FROM ");
    WriteTable(*select.from);
  }
  const auto clause = [this](std::string_view word, const SqlExpressionPtr& condition) {
    if (condition == nullptr) return;
    Put(word);
    Write(*condition);
  };
  clause(" WHERE ", select.where);
  if (!select.group_by.empty()) {
    Put(select.group_by_distinct.has_value() ? " GROUP BY DISTINCT " : " GROUP BY ");
    WriteGrouping(select.group_by);
  }
  clause(" HAVING ", select.having);
  for (size_t i = 0; i < select.windows.size(); ++i) {
    Put(i == 0 ? " WINDOW " : ", ");
    PutName(select.windows[i].name);
    Put(" AS ");
    WriteWindow(select.windows[i].window);
  }
  clause(" QUALIFY ", select.qualify);
}

void Unparser::WriteSelectItem(const SelectItem& item) {
  if (item.star_of.has_value()) {
    PutName(*item.star_of);
    return Put(".*");
  }
  if (item.expression == nullptr) return Put("*");
  Write(*item.expression);
  if (!item.alias.has_value()) return;
  Put(" AS ");
  PutName(*item.alias);
}

void Unparser::WriteGrouping(const std::vector<GroupingElement>& elements) {
  for (size_t i = 0; i < elements.size(); ++i) {
    const GroupingElement& element = elements[i];
    if (i > 0) Put(", ");
    switch (element.kind) {
      case GroupingKind::kExpression:
        PutList(element.expressions);
        continue;
      case GroupingKind::kSet:
        Put("(");
        PutList(element.expressions);
        Put(")");
        continue;
      case GroupingKind::kRollup:
        Put("ROLLUP (");
        break;
      case GroupingKind::kCube:
        Put("CUBE (");
        break;
      case GroupingKind::kGroupingSets:
        Put("GROUPING SETS (");
        break;
    }
    WriteGrouping(element.elements);
    Put(")");
  }
}

void Unparser::WriteBody(const ValuesQuery& values) {
  Put("VALUES ");
  for (size_t i = 0; i < values.rows.size(); ++i) {
    const auto& items = values.rows[i].items;
    if (i > 0) Put(", ");
    // A row within a row: ((1, 2)) would be the inner one alone.
    const bool one_row = items.size() == 1 && items.front()->As<RowConstructor>() != nullptr;
    Put(items.empty() || one_row ? "ROW(" : "(");
    PutList(items);
    Put(")");
  }
}

void Unparser::WriteSetOperand(const QueryExpression& query, bool parentheses) {
  if (!parentheses && !HasTail(query)) return Write(query);
  PutQuery(query);
}

void Unparser::WriteBody(const SetOperation& operation) {
  const auto* left = operation.left->As<SetOperation>();
  const auto* right = operation.right->As<SetOperation>();
  WriteSetOperand(*operation.left, left != nullptr && (options_.all_parentheses ||
                                                       BindsMoreTightly(operation.op, left->op)));
  Put(SetOperatorText(operation.op));
  if (operation.all) Put("ALL ");
  WriteSetOperand(
      *operation.right,
      right != nullptr && (options_.all_parentheses || !BindsMoreTightly(right->op, operation.op)));
}

void Unparser::WriteBody(const TableQuery& table) {
  Put("TABLE ");
  PutName(table.name);
}

void Unparser::WriteHints(const std::vector<QueryHint>& hints) {
  if (hints.empty()) return;
  Put("/*+ ");
  for (size_t i = 0; i < hints.size(); ++i) {
    const QueryHint& hint = hints[i];
    if (i > 0) Put(", ");
    PutName(hint.name);
    if (hint.options.empty() && hint.arguments.empty()) continue;
    std::string_view separator = "(";
    for (const OptionEntry& option : hint.options) {
      Put(separator);
      PutString(option.key);
      Put(" = ");
      PutString(option.value);
      separator = ", ";
    }
    for (const std::string& argument : hint.arguments) {
      Put(separator);
      PutString(argument);
      separator = ", ";
    }
    Put(")");
  }
  Put(" */ ");
}

void Unparser::WriteTable(const TableReference& table) {
  std::visit([this](const auto& node) { WriteTableNode(node); }, table.node);
  if (table.alias.has_value()) {
    Put(" AS ");
    PutName(table.alias->name);
    if (!table.alias->columns.empty()) PutNames(table.alias->columns);
  }
  if (table.sample.has_value()) WriteSample(*table.sample);
}

void Unparser::WriteSample(const TableSample& sample) {
  Put(sample.bernoulli ? " TABLESAMPLE BERNOULLI (" : " TABLESAMPLE SYSTEM (");
  Put(sample.percentage);
  Put(")");
  if (!sample.seed.has_value()) return;
  Put(" REPEATABLE (");
  Put(*sample.seed);
  Put(")");
}

void Unparser::WriteTableNode(const NamedTable& table) {
  PutName(table.name);
  if (!table.hints.empty()) {
    Put(" ");
    WriteHints(table.hints);
    text_.pop_back();  // The blank behind it: what follows brings its own.
  }
  if (table.system_time == nullptr) return;
  Put(" FOR SYSTEM_TIME AS OF ");
  Write(*table.system_time);
}

void Unparser::WriteTableNode(const DerivedTable& table) {
  if (table.lateral) Put("LATERAL ");
  PutQuery(*table.query);
}

void Unparser::WriteTableNode(const FunctionTable& table) {
  Put(table.lateral ? "LATERAL TABLE(" : "TABLE(");
  Write(*table.call);
  Put(")");
}

void Unparser::WriteTableNode(const UnnestTable& table) {
  Put(table.lateral ? "LATERAL UNNEST(" : "UNNEST(");
  PutList(table.arrays);
  Put(table.with_ordinality ? ") WITH ORDINALITY" : ")");
}

void Unparser::WriteJoinOperand(const TableReference& table, bool parentheses) {
  if (parentheses) Put("(");
  WriteTable(table);
  if (parentheses) Put(")");
}

void Unparser::WriteTableNode(const JoinedTable& table) {
  const bool left_joins = table.left->As<JoinedTable>() != nullptr;
  WriteJoinOperand(*table.left, left_joins && options_.all_parentheses);
  if (table.natural) Put(" NATURAL");
  Put(JoinText(table.kind));
  WriteJoinOperand(*table.right, table.right->As<JoinedTable>() != nullptr);
  if (table.on != nullptr) {
    Put(" ON ");
    Write(*table.on);
  }
  if (!table.using_columns.empty()) {
    Put(" USING ");
    PutNames(table.using_columns);
  }
}

}  // namespace millrace
