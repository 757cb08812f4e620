#include "coordinator/sql/bind/scope.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/similar_name.h"

namespace millrace {

void Scope::Add(std::vector<std::string> path, const Schema& schema) {
  tables_.push_back({.path = std::move(path),
                     .first = static_cast<int>(columns_.size()),
                     .count = schema.size()});
  for (const Field& field : schema.fields()) {
    columns_.push_back({.name = field.name, .type = field.type});
  }
}

void Scope::Append(const Scope& other) {
  const int first = static_cast<int>(columns_.size());
  for (ScopeTable table : other.tables_) {
    table.first += first;
    tables_.push_back(std::move(table));
  }
  columns_.insert(columns_.end(), other.columns_.begin(), other.columns_.end());
  if (functions_ == nullptr && other.functions_ != nullptr) {
    UseFunctions(*other.functions_, *other.broken_names_);
  }
}

void Scope::AppendInner(const Scope& other) {
  first_inner_table_ = tables_.size();
  first_inner_column_ = static_cast<int>(columns_.size());
  Append(other);
}

void Scope::SetTypes(const Schema& schema) {
  for (int i = 0; i < schema.size(); ++i) columns_[i].type = schema.field(i).type;
}

void Scope::UseFunctions(const Catalog& catalog, const std::vector<std::string>& broken_names) {
  functions_ = &catalog;
  broken_names_ = &broken_names;
}

bool Scope::IsBroken(const std::string& function) const {
  return broken_names_ != nullptr &&
         std::find(broken_names_->begin(), broken_names_->end(), function) != broken_names_->end();
}

const ScopeTable* Scope::FindTable(const std::vector<std::string>& path) const {
  for (size_t i = 0; i < tables_.size(); ++i) {
    const ScopeTable& table = tables_[(first_inner_table_ + i) % tables_.size()];
    if (path.empty() || path.size() > table.path.size()) continue;
    if (std::equal(path.rbegin(), path.rend(), table.path.rbegin())) return &table;
  }
  return nullptr;
}

ExpressionPtr Scope::Column(int index) const {
  return Expression::Column(index, columns_[index].type);
}

ExpressionPtr Scope::Resolve(const std::vector<Identifier>& path, DiagnosticLog& log) const {
  const std::optional<Found> found = FindColumn(path, log);
  if (!found.has_value()) return nullptr;
  ExpressionPtr expression = Column(found->column);
  for (size_t i = found->parts; expression != nullptr && i < path.size(); ++i) {
    expression = BindField(std::move(expression), path[i], log);
  }
  return expression;
}

std::optional<Scope::Found> Scope::FindColumn(const std::vector<Identifier>& path,
                                              DiagnosticLog& log) const {
  std::vector<std::string> names = PathOf(path);
  int first = 0;
  int count = static_cast<int>(columns_.size());
  size_t at = 0;
  for (size_t parts = path.size() - 1; parts > 0; --parts) {
    const ScopeTable* table =
        FindTable({names.begin(), names.begin() + static_cast<ptrdiff_t>(parts)});
    if (table == nullptr) continue;
    first = table->first;
    count = table->count;
    at = parts;
    break;
  }
  std::vector<int> matches;
  if (at == 0) {
    matches = Matches(names[at], first_inner_column_,
                      static_cast<int>(columns_.size()) - first_inner_column_);
  }
  if (matches.empty()) matches = Matches(names[at], first, count);
  if (matches.size() == 1) return Found{.column = matches.front(), .parts = at + 1};
  const SourceSpan span = path[at].span;
  if (matches.size() > 1) {
    log.Error(span, bind_code::kAmbiguousColumn,
              absl::StrCat("the column name '", names[at], "' is ambiguous: ", matches.size(),
                           " columns are called so"),
              "give them different names with AS where they are selected");
    return std::nullopt;
  }
  ReportUnknown(path, at, {.first = first, .count = count}, log);
  return std::nullopt;
}

std::vector<int> Scope::Matches(const std::string& name, int first, int count) const {
  std::vector<int> matches;
  for (int i = first; i < first + count; ++i) {
    if (columns_[i].name == name) matches.push_back(i);
  }
  return matches;
}

void Scope::ReportUnknown(const std::vector<Identifier>& path, size_t at, const ScopeTable& table,
                          DiagnosticLog& log) const {
  const std::vector<std::string> known = Names(table.first, table.count);
  std::vector<std::string> tables;
  for (const ScopeTable& named : tables_) {
    if (!named.path.empty()) tables.push_back(named.path.back());
  }
  // The first of several parts may be meant to be a table.
  const bool may_be_table = at == 0 && path.size() > 1;
  std::string hint = DidYouMean(path[at].name, known);
  if (hint.empty() && may_be_table) hint = DidYouMean(path[at].name, tables);
  if (hint.empty() && may_be_table && !tables.empty()) {
    hint = absl::StrCat("FROM has ", absl::StrJoin(tables, ", "));
  } else if (hint.empty() && !known.empty() && known.size() <= 12) {
    hint = absl::StrCat("the columns are ", absl::StrJoin(known, ", "));
  }
  const std::string of = at == 0 ? "" : absl::StrCat(" of '", path[at - 1].name, "'");
  log.Error(path[at].span, bind_code::kUnknownColumn,
            absl::StrCat("there is no ", may_be_table ? "table or " : "", "column '", path[at].name,
                         "'", of),
            std::move(hint));
}

std::vector<std::string> Scope::Names(int first, int count) const {
  std::vector<std::string> names;
  for (int i = first; i < first + count; ++i) names.push_back(columns_[i].name);
  return names;
}

ExpressionPtr BindField(ExpressionPtr row, const Identifier& name, DiagnosticLog& log) {
  const DataType& type = row->type();
  if (type.kind() != TypeKind::kRow) {
    log.Error(name.span, bind_code::kUnknownColumn,
              absl::StrCat("there is no field '", name.name, "': the value before it is ",
                           type.ToString(), ", not a ROW"));
    return nullptr;
  }
  const std::vector<std::string>& fields = type.field_names();
  const auto found = std::find(fields.begin(), fields.end(), name.name);
  if (found == fields.end()) {
    std::string hint = DidYouMean(name.name, fields);
    if (hint.empty()) hint = absl::StrCat("its fields are ", absl::StrJoin(fields, ", "));
    log.Error(name.span, bind_code::kUnknownColumn,
              absl::StrCat("the ROW has no field '", name.name, "'"), std::move(hint));
    return nullptr;
  }
  return Expression::Field(std::move(row), static_cast<int>(found - fields.begin()));
}

std::vector<std::string> PathOf(const std::vector<Identifier>& parts) {
  std::vector<std::string> names;
  for (const Identifier& part : parts) names.push_back(part.name);
  return names;
}

}  // namespace millrace
