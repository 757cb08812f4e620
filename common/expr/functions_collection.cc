// ROW, ARRAY and MAP: constructors, element access, CARDINALITY.
#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array/concatenate.h"
#include "arrow/array/util.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/expr/arrow_kernel.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"
#include "common/expr/type_rules.h"
#include "common/expr/value_order.h"

namespace millrace {
namespace {

constexpr char kItemAccepts[] = "an ARRAY and an INT (from 1), or a MAP and a key";

// The element of row `row` of a list column.
struct ListSpan {
  const int32_t* offsets;
  int64_t step;

  explicit ListSpan(const Vector& list)
      : offsets(list.data->GetValues<int32_t>(1)), step(list.constant ? 0 : 1) {}
  int64_t start(int64_t row) const { return offsets[row * step]; }
  int64_t size(int64_t row) const { return offsets[row * step + 1] - offsets[row * step]; }
};

absl::StatusOr<Kernel> CardinalityKernel(const Expression& call) {
  return Kernel(
      [type = call.type().ToArrow()](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
        ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
        ASSIGN_OR_RETURN(auto values, AllocateBytes(rows * static_cast<int64_t>(sizeof(int32_t))));
        auto* sizes = reinterpret_cast<int32_t*>(values->mutable_data());
        const ListSpan list(*arguments[0]);
        for (int64_t row = 0; row < rows; ++row) sizes[row] = static_cast<int32_t>(list.size(row));
        return result.Finish(type, {std::move(values)});
      });
}

// Elements found by `find(row)`, an index into the list's child or -1 for NULL.
template <typename Find>
absl::StatusOr<Vector> TakeElements(Arguments arguments, int64_t rows,
                                    const std::shared_ptr<arrow::ArrayData>& elements, Find find) {
  ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
  ASSIGN_OR_RETURN(auto values, AllocateBytes(rows * static_cast<int64_t>(sizeof(int64_t))));
  auto* indices = reinterpret_cast<int64_t*>(values->mutable_data());
  for (int64_t row = 0; row < rows; ++row) {
    indices[row] = result.IsNull(row) ? -1 : find(row);
    if (indices[row] < 0) result.SetNull(row);
  }
  ASSIGN_OR_RETURN(Vector found, result.Finish(arrow::int64(), {std::move(values)}));
  ASSIGN_OR_RETURN(found.data, TakeRows(elements, found.data));
  return found;
}

absl::StatusOr<Vector> ArrayItem(Arguments arguments, int64_t rows) {
  const ListSpan list(*arguments[0]);
  const Reader<int32_t> positions(*arguments[1]);
  return TakeElements(arguments, rows, arguments[0]->data->child_data[0], [&](int64_t row) {
    const int64_t position = positions(row);
    const bool inside = position >= 1 && position <= list.size(row);
    return inside ? list.start(row) + position - 1 : int64_t{-1};
  });
}

template <typename Key>
absl::StatusOr<Vector> MapItem(Arguments arguments, int64_t rows) {
  const ListSpan list(*arguments[0]);
  const Reader<Key> wanted(*arguments[1]);
  const arrow::ArrayData& entries = *arguments[0]->data->child_data[0];
  const auto keys = entries.child_data[0]->Slice(entries.offset, entries.length);
  const auto values = entries.child_data[1]->Slice(entries.offset, entries.length);
  const Reader<Key> key_of({.data = keys});
  return TakeElements(arguments, rows, values, [&](int64_t row) {
    const Key key = wanted(row);
    const int64_t start = list.start(row);
    for (int64_t i = list.size(row) - 1; i >= 0; --i) {
      if (key_of(start + i) == key) return start + i;
    }
    return int64_t{-1};
  });
}

absl::StatusOr<Kernel> ItemKernel(const Expression& call) {
  const DataType& collection = call.arguments()[0]->type();
  if (collection.kind() == TypeKind::kArray) return Kernel(ArrayItem);
  const DataType& key = collection.children()[0];
  Kernel kernel;
  WithFixedWidth(key, [&](auto zero) { kernel = MapItem<decltype(zero)>; });
  if (key.kind() == TypeKind::kBoolean) kernel = MapItem<bool>;
  if (key.IsCharacter() || key.IsBinary()) kernel = MapItem<std::string_view>;
  if (kernel == nullptr) {
    return absl::UnimplementedError(
        absl::StrCat("a key of type ", key.ToString(), " is valid in Flink, but not built yet"));
  }
  return kernel;
}

absl::StatusOr<ExpressionPtr> BindItem(ExpressionList arguments) {
  if (arguments.size() != 2) return WrongArguments("ITEM", arguments, kItemAccepts);
  const DataType collection = arguments[0]->type();
  const bool is_array = collection.kind() == TypeKind::kArray;
  if (!is_array && collection.kind() != TypeKind::kMap) {
    return WrongArguments("ITEM", arguments, kItemAccepts);
  }
  const DataType index = is_array ? DataType::Int() : collection.children()[0];
  if (CastBetween(arguments[1]->type(), index) < CastKind::kImplicit) {
    return WrongArguments("ITEM", arguments, kItemAccepts);
  }
  arguments[1] = Coerced(std::move(arguments[1]), index);
  const auto literal = LiteralInt(*arguments[1]);
  if (is_array && literal && *literal < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("elements of an ARRAY count from 1, not ", *literal));
  }
  const DataType& element = collection.children()[is_array ? 0 : 1];
  return Expression::Call("item", std::move(arguments), element.WithNullable(true));
}

// Values of `columns` row by row: those of the first row, those of the second...
absl::StatusOr<std::shared_ptr<arrow::ArrayData>> Interleave(
    const std::vector<const Vector*>& columns, const std::shared_ptr<arrow::DataType>& type,
    int64_t rows) {
  arrow::ArrayVector arrays;
  for (const Vector* column : columns) {
    ASSIGN_OR_RETURN(const auto data, Materialize(*column, rows));
    auto typed = std::make_shared<arrow::ArrayData>(*data);
    typed->type = type;
    arrays.push_back(arrow::MakeArray(std::move(typed)));
  }
  ASSIGN_OR_RETURN(const auto all, FromArrow(arrow::Concatenate(arrays)));
  const auto width = static_cast<int64_t>(columns.size());
  const int64_t count = rows * width;
  ASSIGN_OR_RETURN(auto buffer, AllocateBytes(count * static_cast<int64_t>(sizeof(int64_t))));
  auto* indices = reinterpret_cast<int64_t*>(buffer->mutable_data());
  for (int64_t i = 0; i < count; ++i) indices[i] = i % width * rows + i / width;
  return TakeRows(all->data(),
                  arrow::ArrayData::Make(arrow::int64(), count, {nullptr, std::move(buffer)}, 0));
}

// Offsets of lists of `width` elements each.
absl::StatusOr<std::shared_ptr<arrow::Buffer>> EvenOffsets(int64_t rows, int64_t width) {
  ASSIGN_OR_RETURN(auto buffer, AllocateBytes((rows + 1) * static_cast<int64_t>(sizeof(int32_t))));
  auto* offsets = reinterpret_cast<int32_t*>(buffer->mutable_data());
  for (int64_t row = 0; row <= rows; ++row) offsets[row] = static_cast<int32_t>(row * width);
  return buffer;
}

absl::StatusOr<Kernel> ArrayKernel(const Expression& call) {
  return Kernel([type = call.type().ToArrow()](Arguments arguments,
                                               int64_t rows) -> absl::StatusOr<Vector> {
    const std::vector<const Vector*> columns(arguments.begin(), arguments.end());
    ASSIGN_OR_RETURN(auto elements, Interleave(columns, type->field(0)->type(), rows));
    ASSIGN_OR_RETURN(auto offsets, EvenOffsets(rows, static_cast<int64_t>(arguments.size())));
    auto list =
        arrow::ArrayData::Make(type, rows, {nullptr, std::move(offsets)}, {std::move(elements)}, 0);
    return Vector{.data = std::move(list), .errors = CombineErrors(arguments, rows)};
  });
}

struct MapParts {
  std::shared_ptr<arrow::ArrayData> keys;
  std::shared_ptr<arrow::ArrayData> values;
  std::shared_ptr<arrow::Buffer> offsets;
};

absl::StatusOr<std::shared_ptr<arrow::ArrayData>> Pick(
    const std::shared_ptr<arrow::ArrayData>& values, const std::vector<int64_t>& indices) {
  const auto count = static_cast<int64_t>(indices.size());
  return TakeRows(values, arrow::ArrayData::Make(arrow::int64(), count,
                                                 {nullptr, arrow::Buffer::Wrap(indices)}, 0));
}

// Maps of `width` entries each. Of equal keys in a map the first keeps its place and takes the
// value of the last, as in Java's maps.
absl::StatusOr<MapParts> WithoutEqualKeys(const ValueOrder& order,
                                          std::shared_ptr<arrow::ArrayData> keys,
                                          std::shared_ptr<arrow::ArrayData> values, int64_t width) {
  const int64_t rows = width == 0 ? 0 : keys->length / width;
  std::vector<int64_t> key_picks;
  std::vector<int64_t> value_picks;
  std::vector<int32_t> ends = {0};
  for (int64_t row = 0; row < rows; ++row) {
    const auto start = static_cast<std::ptrdiff_t>(key_picks.size());
    for (int64_t i = row * width; i < (row + 1) * width; ++i) {
      const auto known =
          std::find_if(key_picks.begin() + start, key_picks.end(), [&](int64_t other) {
            return order.Equal({keys.get(), other}, {keys.get(), i});
          });
      if (known == key_picks.end()) {
        key_picks.push_back(i);
        value_picks.push_back(i);
      } else {
        value_picks[known - key_picks.begin()] = i;
      }
    }
    ends.push_back(static_cast<int32_t>(key_picks.size()));
  }
  ASSIGN_OR_RETURN(auto offsets, EvenOffsets(rows, width));
  if (static_cast<int64_t>(key_picks.size()) == keys->length) {
    return MapParts{std::move(keys), std::move(values), std::move(offsets)};
  }
  std::memcpy(offsets->mutable_data(), ends.data(), ends.size() * sizeof(int32_t));
  ASSIGN_OR_RETURN(keys, Pick(keys, key_picks));
  ASSIGN_OR_RETURN(values, Pick(values, value_picks));
  return MapParts{std::move(keys), std::move(values), std::move(offsets)};
}

absl::StatusOr<Kernel> MapKernel(const Expression& call) {
  return Kernel([type = call.type().ToArrow(), order = ValueOrder(call.type().children()[0])](
                    Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    std::vector<const Vector*> key_columns;
    std::vector<const Vector*> value_columns;
    for (size_t i = 0; i < arguments.size(); ++i) {
      (i % 2 == 0 ? key_columns : value_columns).push_back(arguments[i]);
    }
    const auto entry_type = type->field(0)->type();
    ASSIGN_OR_RETURN(auto keys, Interleave(key_columns, entry_type->field(0)->type(), rows));
    ASSIGN_OR_RETURN(auto values, Interleave(value_columns, entry_type->field(1)->type(), rows));
    ASSIGN_OR_RETURN(MapParts parts, WithoutEqualKeys(order, std::move(keys), std::move(values),
                                                      static_cast<int64_t>(key_columns.size())));
    const int64_t count = parts.keys->length;
    auto entries = arrow::ArrayData::Make(entry_type, count, {nullptr},
                                          {std::move(parts.keys), std::move(parts.values)}, 0);
    auto map = arrow::ArrayData::Make(type, rows, {nullptr, std::move(parts.offsets)},
                                      {std::move(entries)}, 0);
    return Vector{.data = std::move(map), .errors = CombineErrors(arguments, rows)};
  });
}

absl::StatusOr<Kernel> RowKernel(const Expression& call) {
  return Kernel(
      [type = call.type().ToArrow()](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
        arrow::ArrayDataVector fields;
        for (const Vector* argument : arguments) {
          ASSIGN_OR_RETURN(auto field, Materialize(*argument, rows));
          fields.push_back(std::move(field));
        }
        auto row = arrow::ArrayData::Make(type, rows, {nullptr}, std::move(fields), 0);
        return Vector{.data = std::move(row), .errors = CombineErrors(arguments, rows)};
      });
}

absl::StatusOr<ExpressionPtr> BindRow(ExpressionList arguments) {
  std::vector<std::string> names;
  for (size_t i = 0; i < arguments.size(); ++i) {
    names.push_back(absl::StrCat("EXPR$", i));  // As Flink names them.
    if (arguments[i]->type().kind() == TypeKind::kNull) {
      return absl::InvalidArgumentError("a NULL in ROW(...) needs a CAST to a type");
    }
  }
  if (arguments.empty()) return WrongArguments("ROW", arguments, "one or more values");
  const DataType type = DataType::Row(std::move(names), TypesOf(arguments));
  return Expression::Call("row", std::move(arguments), type.WithNullable(false));
}

// The common type of every `step`-th argument from `first` on, to which these are cast.
std::optional<DataType> CoerceEvery(ExpressionList& arguments, size_t first, size_t step) {
  std::vector<DataType> types;
  for (size_t i = first; i < arguments.size(); i += step) types.push_back(arguments[i]->type());
  const auto common = LeastRestrictive(types);
  for (size_t i = first; common && i < arguments.size(); i += step) {
    arguments[i] = Coerced(std::move(arguments[i]), *common);
  }
  return common;
}

absl::StatusOr<ExpressionPtr> BindArray(ExpressionList arguments) {
  const auto element = CoerceEvery(arguments, 0, 1);
  if (!element) return WrongArguments("ARRAY", arguments, "values of a common type");
  const DataType type = DataType::Array(*element).WithNullable(false);
  return Expression::Call("array", std::move(arguments), type);
}

absl::StatusOr<ExpressionPtr> BindMap(ExpressionList arguments) {
  constexpr char kAccepts[] = "pairs of a key and a value, each of a common type";
  if (arguments.size() % 2 != 0) return WrongArguments("MAP", arguments, kAccepts);
  const auto key = CoerceEvery(arguments, 0, 2);
  const auto value = CoerceEvery(arguments, 1, 2);
  if (!key || !value) return WrongArguments("MAP", arguments, kAccepts);
  if (key->nullable()) {
    for (size_t i = 0; i < arguments.size(); i += 2) {
      if (arguments[i]->type().nullable()) {
        return WrongArguments("MAP", {arguments[i]}, "keys that are NOT NULL");
      }
    }
  }
  const DataType type = DataType::Map(*key, *value).WithNullable(false);
  return Expression::Call("map", std::move(arguments), type);
}

}  // namespace

void AddCollectionFunctions(ScalarFunctionTable& table) {
  const ResultType integer = Returns(DataType::Int());
  table.Add("cardinality", "",
            {{"ARRAY", integer, CardinalityKernel}, {"MAP", integer, CardinalityKernel}});
  table.Add({.name = "item",
             .syntax = true,
             .accepts = kItemAccepts,
             .bind = BindItem,
             .kernel = ItemKernel});
  table.Add({.name = "row",
             .syntax = true,
             .accepts = "one or more values",
             .bind = BindRow,
             .kernel = RowKernel});
  table.Add({.name = "array",
             .syntax = true,
             .accepts = "values of a common type",
             .bind = BindArray,
             .kernel = ArrayKernel});
  table.Add({.name = "map",
             .syntax = true,
             .accepts = "pairs of a key and a value",
             .bind = BindMap,
             .kernel = MapKernel});
}

}  // namespace millrace
