// Casts between ARRAYs, MAPs and ROWs: the children are cast, the frame stays.
#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "common/expr/cast_kernels.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

// Errors of list elements as errors of the rows whose lists they are in.
RowErrors ErrorsOfRows(const RowErrors& element_errors, const arrow::ArrayData& list) {
  const auto* offsets = list.GetValues<int32_t>(1);
  RowErrors errors;
  for (const RowError& error : element_errors) {
    const auto* after = std::upper_bound(offsets, offsets + list.length + 1, error.row);
    const int64_t row = after - offsets - 1;
    if (row < 0 || row >= list.length) continue;
    if (errors.empty() || errors.back().row < row) {
      errors.push_back({.row = row, .what = error.what, .detail = error.detail});
    }
  }
  return errors;
}

// The vector with other children; `own` are the errors of these.
Vector WithChildren(const Vector& vector, std::shared_ptr<arrow::DataType> type,
                    arrow::ArrayDataVector children, RowErrors own) {
  Vector result = vector;
  auto data = std::make_shared<arrow::ArrayData>(*vector.data);
  data->type = std::move(type);
  data->child_data = std::move(children);
  result.data = std::move(data);
  if (own.empty()) return result;
  if (vector.errors != nullptr) own.insert(own.end(), vector.errors->begin(), vector.errors->end());
  result.errors = SettleErrors(std::move(own));
  return result;
}

absl::StatusOr<Vector> CastChild(const Kernel& kernel, std::shared_ptr<arrow::ArrayData> child) {
  const int64_t rows = child->length;
  const Vector vector{.data = std::move(child)};
  const Vector* argument = &vector;
  ASSIGN_OR_RETURN(Vector result, kernel(Arguments(&argument, 1), rows));
  return result;
}

Kernel ListCast(Kernel element, std::shared_ptr<arrow::DataType> type) {
  return [element, type](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    const arrow::ArrayData& list = *arguments[0]->data;
    ASSIGN_OR_RETURN(Vector cast, CastChild(element, list.child_data[0]));
    RowErrors own;
    if (cast.errors != nullptr) own = ErrorsOfRows(*cast.errors, list);
    return WithChildren(*arguments[0], type, {std::move(cast.data)}, std::move(own));
  };
}

Kernel RowCast(std::vector<Kernel> fields, std::shared_ptr<arrow::DataType> type) {
  return [fields, type](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    const arrow::ArrayData& row = *arguments[0]->data;
    const BitWords valid = ValidBits(*arguments[0], row.length);
    arrow::ArrayDataVector children;
    RowErrors own;
    for (size_t i = 0; i < fields.size(); ++i) {
      // All of the child, so that the row's offset stays right.
      ASSIGN_OR_RETURN(Vector cast, CastChild(fields[i], row.child_data[i]));
      if (cast.errors != nullptr) {
        for (const RowError& error : *cast.errors) {
          const int64_t at = error.row - row.offset;
          if (at < 0 || at >= row.length || !valid.bit(at)) continue;
          own.push_back({.row = at, .what = error.what, .detail = error.detail});
        }
      }
      children.push_back(std::move(cast.data));
    }
    return WithChildren(*arguments[0], type, std::move(children), std::move(own));
  };
}

}  // namespace

absl::StatusOr<Kernel> NestedCast(const DataType& from, const DataType& to,
                                  const TimeZone& zone) {
  std::vector<Kernel> children;
  for (size_t i = 0; i < from.children().size(); ++i) {
    ASSIGN_OR_RETURN(Kernel child, CastKernel(from.children()[i], to.children()[i], zone));
    children.push_back(std::move(child));
  }
  const auto type = to.ToArrow();
  if (to.kind() == TypeKind::kRow) return RowCast(std::move(children), type);
  if (to.kind() == TypeKind::kArray) return ListCast(std::move(children[0]), type);
  // A MAP is a list of ROWs of a key and a value.
  return ListCast(RowCast(std::move(children), type->field(0)->type()), type);
}

}  // namespace millrace
