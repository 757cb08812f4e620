// The rows of a query as the shell has them: text, cell by cell. Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/columnar/schema.h"

namespace millrace {

using ResultRow = std::vector<std::string>;

struct ResultChange {
  std::string kind;  // "+I", "-U", "+U" or "-D".
  ResultRow row;
};

// The changes in `lines`, whole lines of the collect format 'cells'. NULL is "<NULL>".
std::vector<ResultChange> ParseChanges(std::string_view lines);

// The table that changes lead to, in the order in which its rows came. An update keeps its row's
// place.
class ResultTable {
 public:
  // Beyond `max_rows` the oldest row goes.
  explicit ResultTable(int64_t max_rows) : max_rows_(max_rows) {}

  void Apply(const ResultChange& change);

  const std::list<ResultRow>& rows() const { return rows_; }

 private:
  using Place = std::list<ResultRow>::iterator;

  static std::string KeyOf(const ResultRow& row);
  void Insert(Place before, const ResultRow& row);
  // The place behind the row, which goes; the end if there is no such row.
  Place Remove(const ResultRow& row);

  const int64_t max_rows_;
  std::list<ResultRow> rows_;
  std::unordered_multimap<std::string, Place> places_;  // By all cells of a row.
  Place updated_ = rows_.end();                         // Where the row of a -U was.
};

// Lays rows out in columns: cells are cut to their column's width, counted as a terminal does, and
// have no control characters.
class ResultLayout {
 public:
  // As wide as values of the type can be, at most `max_width` for text. With `with_kinds` the first
  // column is the kind of a change.
  ResultLayout(const Schema& schema, int64_t max_width, bool with_kinds);
  // As wide as these rows are, at most `max_width`.
  ResultLayout(const Schema& schema, const std::list<ResultRow>& rows, int64_t max_width);

  std::string Rule() const;  // "+----+------+"
  std::string Header() const;
  std::string Line(const ResultRow& row) const;
  std::string Line(const ResultChange& change) const;

 private:
  std::string Cells(const ResultRow& cells) const;

  std::vector<std::string> names_;
  std::vector<size_t> widths_;
};

}  // namespace millrace
