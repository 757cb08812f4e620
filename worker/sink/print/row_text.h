// Rows as the lines of a table or of a CSV file. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/columnar/batch.h"
#include "common/columnar/schema.h"

namespace millrace {

// " page                 | window_start            |       clicks ": numbers to the right, others
// to the left, as wide as the column's type usually needs. Cells are not known beforehand, so one
// that is longer moves the rest of its row.
class TableText {
 public:
  explicit TableText(const Schema& schema);

  // The names and a rule below them.
  void AppendHeader(std::string& out) const;
  void AppendRow(const Batch& batch, int64_t row, std::string& out) const;

 private:
  struct Column {
    Field field;
    size_t width = 0;
    bool right = false;
  };

  void AppendCell(const Column& column, const std::string& text, std::string& out) const;

  std::vector<Column> columns_;
};

// RFC 4180: fields that hold a comma, a quote or a line break are quoted; NULL is an empty field,
// an empty text is "".
void AppendCsvHeader(const Schema& schema, std::string& out);
void AppendCsvRow(const Schema& schema, const Batch& batch, int64_t row, std::string& out);

// "+U\t1\tabc": the row's kind and its cells, with a backslash before what would not be one line of
// cells.
void AppendCellsRow(const Schema& schema, const Batch& batch, int64_t row, std::string& out);

}  // namespace millrace
