// MAP_KEYS, MAP_VALUES, MAP_ENTRIES, MAP_FROM_ARRAYS, MAP_UNION.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/expr/function_table.h"
#include "common/expr/list_picker.h"
#include "common/expr/row_kernel.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

bool IsMap(const ExpressionPtr& expression) { return expression->type().kind() == TypeKind::kMap; }

// The lists of a map column with other elements: its keys, its values or its entries. Nothing is
// copied.
template <typename ElementsOf>
Kernel ViewKernel(const Expression& call, ElementsOf elements_of) {
  return [type = call.type().ToArrow(), elements_of](Arguments arguments,
                                                     int64_t) -> absl::StatusOr<Vector> {
    Vector result = *arguments[0];
    auto list = std::make_shared<arrow::ArrayData>(*result.data);
    list->type = type;
    list->child_data = {elements_of(*result.data->child_data[0], type->field(0)->type())};
    result.data = std::move(list);
    return result;
  };
}

template <int kChild>
absl::StatusOr<Kernel> ChildKernel(const Expression& call) {
  return ViewKernel(call, [](const arrow::ArrayData& entries, const auto&) {
    return entries.child_data[kChild]->Slice(entries.offset, entries.length);
  });
}

absl::StatusOr<Kernel> EntriesKernel(const Expression& call) {
  return ViewKernel(call, [](const arrow::ArrayData& entries, const auto& type) {
    auto rows = std::make_shared<arrow::ArrayData>(entries);
    rows->type = type;
    return rows;
  });
}

template <typename Make>
ResultType OfMap(Make make) {
  return [make](const ExpressionList& arguments) {
    const std::vector<DataType>& children = arguments[0]->type().children();
    return make(children[0], children[1]);
  };
}

// Keys and values side by side; a key may come twice, as in Flink.
absl::StatusOr<Kernel> FromArraysKernel(const Expression& call) {
  return Kernel([type = call.type().ToArrow(), key = call.type().children()[0],
                 value = call.type().children()[1]](Arguments arguments,
                                                    int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
    ASSIGN_OR_RETURN(ListPicker keys, ListPicker::Create(key, arguments.first(1), 1));
    ASSIGN_OR_RETURN(ListPicker values, ListPicker::Create(value, arguments.subspan(1), 1));
    ASSIGN_OR_RETURN(auto buffer,
                     AllocateBytes((rows + 1) * static_cast<int64_t>(sizeof(int32_t))));
    auto* offsets = reinterpret_cast<int32_t*>(buffer->mutable_data());
    offsets[0] = 0;
    for (int64_t row = 0; row < rows; ++row) {
      offsets[row + 1] = offsets[row];
      if (result.IsNull(row)) continue;
      const ListRange row_keys = keys.List(0, row);
      const ListRange row_values = values.List(0, row);
      RowContext context(result, row);
      if (row_keys.size != row_values.size) {
        context.Fail("MAP_FROM_ARRAYS needs as many keys as values, not",
                     absl::StrCat(row_keys.size, " and ", row_values.size));
        continue;
      }
      for (int64_t i = 0; i < row_keys.size; ++i) {
        if (keys.IsNull(row_keys.start + i)) {
          context.Fail("a key of MAP_FROM_ARRAYS is NULL");
          break;
        }
      }
      if (result.IsNull(row)) continue;
      keys.PickAll(row_keys);
      values.PickAll(row_values);
      offsets[row + 1] += static_cast<int32_t>(row_keys.size);
    }
    ASSIGN_OR_RETURN(auto key_data, keys.Elements());
    ASSIGN_OR_RETURN(auto value_data, values.Elements());
    ASSIGN_OR_RETURN(Vector map, result.Finish(type, {std::move(buffer)}));
    const int64_t count = key_data->length;
    map.data->child_data = {arrow::ArrayData::Make(
        type->field(0)->type(), count, {nullptr}, {std::move(key_data), std::move(value_data)}, 0)};
    return map;
  });
}

absl::StatusOr<ExpressionPtr> BindFromArrays(ExpressionList arguments) {
  bool fits = arguments.size() == 2;
  for (const ExpressionPtr& argument : arguments) {
    fits = fits && argument->type().kind() == TypeKind::kArray;
  }
  if (!fits)
    return WrongArguments("MAP_FROM_ARRAYS", arguments, "an ARRAY of keys and one of values");
  const DataType type =
      DataType::Map(arguments[0]->type().children()[0], arguments[1]->type().children()[0]);
  return StrictCall("map_from_arrays", std::move(arguments), type);
}

// The entries of the last map, then those of the one before it whose keys are new, and so on: the
// order that Flink gives them.
absl::StatusOr<Kernel> UnionKernel(const Expression& call) {
  const DataType& type = call.type();
  const DataType entry = DataType::Row({"key", "value"}, type.children());
  return Kernel([type, entry, key_order = ValueOrder(type.children()[0])](
                    Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
    ASSIGN_OR_RETURN(ListPicker picker, ListPicker::Create(entry, arguments, arguments.size()));
    const arrow::ArrayData& pool = picker.pool();
    const auto same_key = [&](int64_t a, int64_t b) {
      const arrow::ArrayData* keys = pool.child_data[0].get();
      return key_order.Equal({keys, pool.offset + a}, {keys, pool.offset + b});
    };
    for (int64_t row = 0; row < rows; ++row) {
      for (size_t map = arguments.size(); map-- > 0 && !result.IsNull(row);) {
        const ListRange range = picker.List(map, row);
        for (int64_t i = range.start; i < range.start + range.size; ++i) {
          bool known = false;
          for (const int64_t other : picker.Picked()) known = known || same_key(i, other);
          if (!known) picker.Pick(i);
        }
      }
      picker.EndRow();
    }
    ASSIGN_OR_RETURN(Vector map, picker.Finish(type, result));
    auto& entries = map.data->child_data[0];
    entries = std::make_shared<arrow::ArrayData>(*entries);
    entries->type = map.data->type->field(0)->type();
    return map;
  });
}

absl::StatusOr<ExpressionPtr> BindUnion(ExpressionList arguments) {
  constexpr char kAccepts[] = "MAPs of a common type";
  bool fits = !arguments.empty();
  for (const ExpressionPtr& argument : arguments) fits = fits && IsMap(argument);
  const auto common = fits ? LeastRestrictive(TypesOf(arguments)) : std::nullopt;
  if (!common) return WrongArguments("MAP_UNION", arguments, kAccepts);
  for (ExpressionPtr& argument : arguments) argument = Coerced(std::move(argument), *common);
  return StrictCall("map_union", std::move(arguments), *common);
}

}  // namespace

void AddMapFunctions(ScalarFunctionTable& table) {
  table.Add(
      "map_keys", "",
      {{"MAP", OfMap([](const DataType& key, const DataType&) { return DataType::Array(key); }),
        ChildKernel<0>}});
  table.Add(
      "map_values", "",
      {{"MAP", OfMap([](const DataType&, const DataType& value) { return DataType::Array(value); }),
        ChildKernel<1>}});
  table.Add("map_entries", "",
            {{"MAP", OfMap([](const DataType& key, const DataType& value) {
                return DataType::Array(DataType::Row({"key", "value"}, {key, value}));
              }),
              EntriesKernel}});
  table.Add({.name = "map_from_arrays",
             .accepts = "an ARRAY of keys and one of values",
             .bind = BindFromArrays,
             .kernel = FromArraysKernel});
  table.Add({.name = "map_union",
             .accepts = "MAPs of a common type",
             .bind = BindUnion,
             .kernel = UnionKernel});
}

}  // namespace millrace
