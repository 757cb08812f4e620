#include "worker/sink/print/row_text.h"

#include <algorithm>
#include <string_view>

#include "common/base/terminal_text.h"
#include "common/columnar/value_format.h"

namespace millrace {
namespace {

constexpr size_t kTextWidth = 20;

// What values of the type usually take.
size_t UsualWidth(const DataType& type) {
  const auto fraction = [&] { return type.precision() == 0 ? 0 : 1 + type.precision(); };
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
    case TypeKind::kDouble:
    case TypeKind::kFloat:
      return 12;
    case TypeKind::kDecimal:
      return std::min<size_t>(12, static_cast<size_t>(type.precision()) + 2);
    case TypeKind::kDate:
      return 10;
    case TypeKind::kTime:
      return static_cast<size_t>(8 + fraction());
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return static_cast<size_t>(19 + fraction());
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return std::min(kTextWidth, static_cast<size_t>(type.length()));
    default:
      return kTextWidth;
  }
}

void AppendCsvText(std::string_view text, bool must_quote, std::string& out) {
  if (!must_quote && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void AppendEscaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (c == '\t') {
      out += "\\t";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\\') {
      out += "\\\\";
    } else {
      out += c;
    }
  }
}

}  // namespace

TableText::TableText(const Schema& schema) {
  for (const Field& field : schema.fields()) {
    columns_.push_back({.field = field,
                        .width = std::max(UsualWidth(field.type), DisplayWidth(field.name)),
                        .right = field.type.IsNumeric()});
  }
}

void TableText::AppendHeader(std::string& out) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    out += i == 0 ? " " : "| ";
    AppendCell(columns_[i], columns_[i].field.name, out);
  }
  out += '\n';
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) out += '+';
    out.append(columns_[i].width + 2, '-');
  }
  out += '\n';
}

void TableText::AppendRow(const Batch& batch, int64_t row, std::string& out) const {
  std::string text;
  for (size_t i = 0; i < columns_.size(); ++i) {
    text.clear();
    AppendSqlValue(columns_[i].field.type, *batch.column(static_cast<int>(i)), row, text);
    out += i == 0 ? " " : "| ";
    AppendCell(columns_[i], text, out);
  }
  out += '\n';
}

void TableText::AppendCell(const Column& column, const std::string& text, std::string& out) const {
  const size_t spaces = column.width - std::min(DisplayWidth(text), column.width);
  if (column.right) out.append(spaces, ' ');
  out += WithoutControls(text);
  if (!column.right) out.append(spaces, ' ');
  out += ' ';
}

void AppendCsvHeader(const Schema& schema, std::string& out) {
  for (int i = 0; i < schema.size(); ++i) {
    if (i > 0) out += ',';
    AppendCsvText(schema.field(i).name, false, out);
  }
  out += '\n';
}

void AppendCsvRow(const Schema& schema, const Batch& batch, int64_t row, std::string& out) {
  std::string text;
  for (int i = 0; i < schema.size(); ++i) {
    if (i > 0) out += ',';
    if (batch.column(i)->IsNull(row)) continue;
    text.clear();
    AppendSqlValue(schema.field(i).type, *batch.column(i), row, text);
    AppendCsvText(text, text.empty(), out);
  }
  out += '\n';
}

void AppendCellsRow(const Schema& schema, const Batch& batch, int64_t row, std::string& out) {
  std::string text;
  out += RowKindString(batch.row_kind(row));
  for (int i = 0; i < schema.size(); ++i) {
    out += '\t';
    if (batch.column(i)->IsNull(row)) {
      out += "\\N";
      continue;
    }
    text.clear();
    AppendSqlValue(schema.field(i).type, *batch.column(i), row, text);
    AppendEscaped(text, out);
  }
  out += '\n';
}

}  // namespace millrace
