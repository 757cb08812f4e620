#include "cli/shell/result_rows.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/absl_view.h"
#include "common/base/terminal_text.h"

namespace millrace {
namespace {

constexpr const char* kNull = "<NULL>";
constexpr size_t kKindWidth = 2;

// Undoes what the format 'cells' escapes.
std::string CellOf(std::string_view text) {
  if (text == "\\N") return kNull;
  std::string cell;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      cell += text[i];
      continue;
    }
    const char escaped = text[++i];
    cell += escaped == 't' ? '\t' : escaped == 'n' ? '\n' : escaped;
  }
  return cell;
}

// Right-aligned; one that is too long is cut, its end shows that.
std::string Fitted(std::string_view text, size_t width) {
  const std::string cell = WithoutControls(text);
  const size_t taken = DisplayWidth(cell);
  if (taken <= width) return absl::StrCat(std::string(width - taken, ' '), cell);
  const std::string_view kept = DisplayPrefix(cell, width > 3 ? width - 3 : width);
  return absl::StrCat(AbslView(kept), std::string(width - DisplayWidth(kept), '.'));
}

// Of the longest value of a type, as Flink's client has it.
size_t WidthOf(const DataType& type, size_t max_width) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return 5;
    case TypeKind::kTinyInt:
      return 4;
    case TypeKind::kSmallInt:
      return 6;
    case TypeKind::kInt:
      return 11;
    case TypeKind::kBigInt:
      return 20;
    case TypeKind::kDecimal:
      return static_cast<size_t>(type.precision()) + 3;
    case TypeKind::kDate:
      return 10;
    case TypeKind::kTime:
      return 12;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return type.precision() == 0 ? 19 : 20 + static_cast<size_t>(type.precision());
    default:
      return max_width;
  }
}

}  // namespace

std::vector<ResultChange> ParseChanges(std::string_view lines) {
  std::vector<ResultChange> changes;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    const std::vector<std::string> parts = absl::StrSplit(AbslView(lines.substr(0, end)), '\t');
    lines.remove_prefix(std::min(end + 1, lines.size()));
    ResultChange& change = changes.emplace_back();
    change.kind = parts.front();
    for (size_t i = 1; i < parts.size(); ++i) change.row.push_back(CellOf(parts[i]));
  }
  return changes;
}

void ResultTable::Apply(const ResultChange& change) {
  if (change.kind == "-U") {
    updated_ = Remove(change.row);
  } else if (change.kind == "-D") {
    Remove(change.row);
    updated_ = rows_.end();
  } else {
    Insert(change.kind == "+U" ? updated_ : rows_.end(), change.row);
    updated_ = rows_.end();
  }
}

// Cells cannot run together: a length stands before each.
std::string ResultTable::KeyOf(const ResultRow& row) {
  std::string key;
  for (const std::string& cell : row) absl::StrAppend(&key, cell.size(), ":", cell);
  return key;
}

void ResultTable::Insert(Place before, const ResultRow& row) {
  places_.emplace(KeyOf(row), rows_.insert(before, row));
  if (static_cast<int64_t>(rows_.size()) > max_rows_) Remove(ResultRow(rows_.front()));
}

ResultTable::Place ResultTable::Remove(const ResultRow& row) {
  const auto found = places_.find(KeyOf(row));
  if (found == places_.end()) return rows_.end();
  const Place behind = rows_.erase(found->second);
  places_.erase(found);
  return behind;
}

ResultLayout::ResultLayout(const Schema& schema, int64_t max_width, bool with_kinds) {
  if (with_kinds) {
    names_.push_back("op");
    widths_.push_back(kKindWidth);
  }
  for (const Field& field : schema.fields()) {
    names_.push_back(field.name);
    widths_.push_back(
        std::max(DisplayWidth(field.name), WidthOf(field.type, static_cast<size_t>(max_width))));
  }
}

ResultLayout::ResultLayout(const Schema& schema, const std::list<ResultRow>& rows,
                           int64_t max_width) {
  for (int i = 0; i < schema.size(); ++i) {
    size_t width = 0;
    for (const ResultRow& row : rows) {
      if (static_cast<size_t>(i) < row.size()) width = std::max(width, DisplayWidth(row[i]));
    }
    names_.push_back(schema.field(i).name);
    widths_.push_back(std::max(DisplayWidth(schema.field(i).name),
                               std::min(width, static_cast<size_t>(max_width))));
  }
}

std::string ResultLayout::Rule() const {
  std::string rule = "+";
  for (const size_t width : widths_) absl::StrAppend(&rule, std::string(width + 2, '-'), "+");
  return rule;
}

std::string ResultLayout::Header() const { return Cells(names_); }

std::string ResultLayout::Line(const ResultRow& row) const { return Cells(row); }

std::string ResultLayout::Line(const ResultChange& change) const {
  ResultRow cells = {change.kind};
  cells.insert(cells.end(), change.row.begin(), change.row.end());
  return Cells(cells);
}

std::string ResultLayout::Cells(const ResultRow& cells) const {
  std::string line = "|";
  for (size_t i = 0; i < cells.size() && i < widths_.size(); ++i) {
    absl::StrAppend(&line, " ", Fitted(cells[i], widths_[i]), " |");
  }
  return line;
}

}  // namespace millrace
