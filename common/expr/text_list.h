// Lifts a function that gives a list of strings for each row to a kernel of ARRAY<STRING>.
//
//   LiftTextList<View, View>(type, [](View text, View by, TextListSink& out, RowContext& row) {
//   ... });
//
// NULL in, NULL out, as in row_kernel.h.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "arrow/array/builder_binary.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/expr/row_kernel.h"

namespace millrace {

// Collects the lists of a column, row by row. Not thread-safe.
class TextListSink {
 public:
  static absl::StatusOr<TextListSink> Create(int64_t rows);

  void Append(std::string_view text) {
    if (status_.ok()) status_ = values_->Append(text);
  }
  void AppendNull() {
    if (status_.ok()) status_ = values_->AppendNull();
  }
  // Ends the row that was appended to.
  void EndRow() { *next_offset_++ = static_cast<int32_t>(values_->length()); }

  // The strings of all lists.
  absl::StatusOr<std::shared_ptr<arrow::ArrayData>> FinishStrings();
  // A list column of `type`. kInvalidArgument if its strings exceed 2 GiB.
  absl::StatusOr<Vector> Finish(const std::shared_ptr<arrow::DataType>& type, StrictResult& result);

 private:
  TextListSink() = default;

  std::unique_ptr<arrow::StringBuilder> values_;
  std::shared_ptr<arrow::Buffer> offsets_;
  int32_t* next_offset_ = nullptr;
  arrow::Status status_;
};

namespace internal {

template <typename F, typename... Readers>
void FillTextLists(const F& f, int64_t rows, StrictResult& result, TextListSink& sink,
                   Readers... readers) {
  for (int64_t row = 0; row < rows; ++row) {
    if (!result.IsNull(row)) {
      RowContext context(result, row);
      f(readers(row)..., sink, context);
    }
    sink.EndRow();
  }
}

template <typename... Args, typename F, size_t... kIndex>
absl::StatusOr<Vector> RunTextList(const F& f, const std::shared_ptr<arrow::DataType>& type,
                                   Arguments arguments, int64_t rows,
                                   std::index_sequence<kIndex...>) {
  ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
  ASSIGN_OR_RETURN(TextListSink sink, TextListSink::Create(rows));
  FillTextLists(f, rows, result, sink, Reader<Args>(*arguments[kIndex])...);
  return sink.Finish(type, result);
}

}  // namespace internal

template <typename... Args, typename F>
Kernel LiftTextList(const DataType& type, F f) {
  return [f, arrow_type = type.ToArrow()](Arguments arguments, int64_t rows) {
    return internal::RunTextList<Args...>(f, arrow_type, arguments, rows,
                                          std::index_sequence_for<Args...>());
  };
}

}  // namespace millrace
