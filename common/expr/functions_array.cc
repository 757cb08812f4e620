// ARRAY_... and ELEMENT. Elements are compared as value_order.h says: NULL is an element like
// others.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/base/status_macros.h"
#include "common/expr/function_table.h"
#include "common/expr/list_picker.h"
#include "common/expr/row_kernel.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

constexpr char kArray[] = "an ARRAY";
constexpr char kArrays[] = "ARRAYs of a common type";
constexpr char kArrayAndElement[] = "an ARRAY and a value that can be its element";

const DataType& ElementOf(const Expression& array) { return array.type().children()[0]; }

bool IsArray(const ExpressionPtr& expression) {
  return expression->type().kind() == TypeKind::kArray;
}

// What a row's function does: picks elements of the lists and values.
using PickRow = std::function<void(ListPicker& picker, int64_t row)>;

// A list of elements of the first `lists` arguments and the values behind them; NULL where a list
// is.
Kernel PickingKernel(const Expression& call, size_t lists, PickRow pick) {
  return [element = ElementOf(*call.arguments()[0]), type = call.type(), lists, pick](
             Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments.first(lists), rows));
    ASSIGN_OR_RETURN(ListPicker picker, ListPicker::Create(element, arguments, lists));
    for (int64_t row = 0; row < rows; ++row) {
      if (!result.IsNull(row)) pick(picker, row);
      picker.EndRow();
    }
    ASSIGN_OR_RETURN(Vector vector, picker.Finish(type, result));
    vector.errors = CombineErrors(arguments, rows);
    return vector;
  };
}

void PickDistinct(ListPicker& picker, ListRange range, ListPicker::Set& seen) {
  for (int64_t i = 0; i < range.size; ++i) {
    if (seen.insert(range.start + i).second) picker.Pick(range.start + i);
  }
}

void Distinct(ListPicker& picker, int64_t row) {
  ListPicker::Set seen = picker.MakeSet();
  PickDistinct(picker, picker.List(0, row), seen);
}

void Union(ListPicker& picker, int64_t row) {
  ListPicker::Set seen = picker.MakeSet();
  PickDistinct(picker, picker.List(0, row), seen);
  PickDistinct(picker, picker.List(1, row), seen);
}

ListPicker::Set SetOf(ListPicker& picker, ListRange range) {
  ListPicker::Set set = picker.MakeSet();
  for (int64_t i = 0; i < range.size; ++i) set.insert(range.start + i);
  return set;
}

void Except(ListPicker& picker, int64_t row) {
  ListPicker::Set seen = SetOf(picker, picker.List(1, row));
  PickDistinct(picker, picker.List(0, row), seen);
}

void Intersect(ListPicker& picker, int64_t row) {
  const ListPicker::Set other = SetOf(picker, picker.List(1, row));
  ListPicker::Set seen = picker.MakeSet();
  const ListRange range = picker.List(0, row);
  for (int64_t i = range.start; i < range.start + range.size; ++i) {
    if (other.contains(i) && seen.insert(i).second) picker.Pick(i);
  }
}

void Remove(ListPicker& picker, int64_t row) {
  const int64_t value = picker.Value(1, row);
  const ListRange range = picker.List(0, row);
  for (int64_t i = range.start; i < range.start + range.size; ++i) {
    if (!picker.Equal(i, value)) picker.Pick(i);
  }
}

void Reverse(ListPicker& picker, int64_t row) {
  const ListRange range = picker.List(0, row);
  for (int64_t i = range.size - 1; i >= 0; --i) picker.Pick(range.start + i);
}

void Append(ListPicker& picker, int64_t row) {
  picker.PickAll(picker.List(0, row));
  picker.Pick(picker.Value(1, row));
}

void Prepend(ListPicker& picker, int64_t row) {
  picker.Pick(picker.Value(1, row));
  picker.PickAll(picker.List(0, row));
}

// The kernel of a call whose first `lists` arguments are arrays.
KernelFactory Picking(size_t lists, void (*pick)(ListPicker&, int64_t)) {
  return [lists, pick](const Expression& call) -> absl::StatusOr<Kernel> {
    return PickingKernel(call, lists, pick);
  };
}

absl::StatusOr<Kernel> ConcatKernel(const Expression& call) {
  const size_t lists = call.arguments().size();
  return PickingKernel(call, lists, [lists](ListPicker& picker, int64_t row) {
    for (size_t i = 0; i < lists; ++i) picker.PickAll(picker.List(i, row));
  });
}

// Where of a list an element is, from 0 on; -1 if nowhere.
int64_t Find(const ListPicker& picker, int64_t row) {
  const int64_t value = picker.Value(1, row);
  const ListRange range = picker.List(0, row);
  for (int64_t i = 0; i < range.size; ++i) {
    if (picker.Equal(range.start + i, value)) return i;
  }
  return -1;
}

absl::StatusOr<Kernel> ContainsKernel(const Expression& call) {
  return Kernel([element = ElementOf(*call.arguments()[0])](
                    Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments.first(1), rows));
    ASSIGN_OR_RETURN(const ListPicker picker, ListPicker::Create(element, arguments, 1));
    ASSIGN_OR_RETURN(auto bits, AllocateBits(rows));
    uint64_t* words = WordsIn(*bits);
    std::fill(words, words + WordsOf(rows), 0);
    for (int64_t row = 0; row < rows; ++row) {
      if (result.IsNull(row) || Find(picker, row) < 0) continue;
      words[row / kWordBits] |= uint64_t{1} << (row % kWordBits);
    }
    ASSIGN_OR_RETURN(Vector vector, result.Finish(arrow::boolean(), {std::move(bits)}));
    vector.errors = CombineErrors(arguments, rows);
    return vector;
  });
}

absl::StatusOr<Kernel> PositionKernel(const Expression& call) {
  return Kernel([element = ElementOf(*call.arguments()[0])](
                    Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
    ASSIGN_OR_RETURN(const ListPicker picker, ListPicker::Create(element, arguments, 1));
    ASSIGN_OR_RETURN(auto values, AllocateBytes(rows * static_cast<int64_t>(sizeof(int32_t))));
    auto* positions = reinterpret_cast<int32_t*>(values->mutable_data());
    for (int64_t row = 0; row < rows; ++row) {
      positions[row] = result.IsNull(row) ? 0 : static_cast<int32_t>(Find(picker, row) + 1);
    }
    return result.Finish(arrow::int32(), {std::move(values)});
  });
}

// One element of each list, or NULL: `choose(picker, range)` gives its index or kNull.
template <typename Choose>
absl::StatusOr<Kernel> ChoosingKernel(const Expression& call, Choose choose) {
  return Kernel([element = ElementOf(*call.arguments()[0]), choose](
                    Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
    ASSIGN_OR_RETURN(ListPicker picker, ListPicker::Create(element, arguments, 1));
    for (int64_t row = 0; row < rows; ++row) {
      int64_t chosen = ListPicker::kNull;
      if (!result.IsNull(row)) {
        RowContext context(result, row);
        chosen = choose(picker, picker.List(0, row), context);
      }
      picker.Pick(chosen);
    }
    ASSIGN_OR_RETURN(Vector vector, result.Finish(arrow::null(), {}));
    ASSIGN_OR_RETURN(vector.data, picker.Elements());
    return vector;
  });
}

template <bool kGreatest>
absl::StatusOr<Kernel> ExtremeKernel(const Expression& call) {
  return ChoosingKernel(call, [](const ListPicker& picker, ListRange range, RowContext&) {
    int64_t best = ListPicker::kNull;
    for (int64_t i = range.start; i < range.start + range.size; ++i) {
      if (picker.IsNull(i)) continue;
      if (best == ListPicker::kNull ||
          (kGreatest ? picker.Compare(best, i) < 0 : picker.Compare(i, best) < 0)) {
        best = i;
      }
    }
    return best;
  });
}

absl::StatusOr<Kernel> ElementKernel(const Expression& call) {
  return ChoosingKernel(call, [](const ListPicker&, ListRange range, RowContext& row) {
    if (range.size > 1) row.Fail("an ARRAY of more than one element has no sole ELEMENT");
    return range.size == 1 ? range.start : ListPicker::kNull;
  });
}

// Positions from 1 on, or from the end if negative; 0 means 1; both ends belong to the slice.
absl::StatusOr<Kernel> SliceKernel(const Expression& call) {
  return Kernel([element = ElementOf(*call.arguments()[0]), type = call.type()](
                    Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
    ASSIGN_OR_RETURN(ListPicker picker, ListPicker::Create(element, arguments.first(1), 1));
    const Reader<int32_t> starts(*arguments[1]);
    const auto index_of = [](int64_t position, int64_t size) {
      return position < 0 ? position + size : std::max<int64_t>(position - 1, 0);
    };
    for (int64_t row = 0; row < rows; ++row) {
      if (!result.IsNull(row)) {
        const ListRange range = picker.List(0, row);
        const int64_t first = std::max<int64_t>(index_of(starts(row), range.size), 0);
        int64_t last = range.size - 1;
        if (arguments.size() > 2) {
          last = std::min(last, index_of(Reader<int32_t>(*arguments[2])(row), range.size));
        }
        picker.PickAll({range.start + first, std::max<int64_t>(last - first + 1, 0)});
      }
      picker.EndRow();
    }
    return picker.Finish(type, result);
  });
}

// ARRAY_SORT(array [, ascending [, nulls first]]).
absl::StatusOr<Kernel> SortKernel(const Expression& call) {
  return Kernel([element = ElementOf(*call.arguments()[0]), type = call.type()](
                    Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
    ASSIGN_OR_RETURN(ListPicker picker, ListPicker::Create(element, arguments.first(1), 1));
    const auto flag = [&](size_t argument, int64_t row, bool otherwise) {
      return argument < arguments.size() ? Reader<bool>(*arguments[argument])(row) : otherwise;
    };
    for (int64_t row = 0; row < rows; ++row) {
      if (!result.IsNull(row)) {
        const bool ascending = flag(1, row, true);
        const bool nulls_first = flag(2, row, ascending);
        picker.PickAll(picker.List(0, row));
        const auto picked = picker.Picked();
        std::stable_sort(picked.begin(), picked.end(), [&](int64_t a, int64_t b) {
          if (picker.IsNull(a) != picker.IsNull(b)) return picker.IsNull(a) == nulls_first;
          return ascending ? picker.Compare(a, b) < 0 : picker.Compare(b, a) < 0;
        });
      }
      picker.EndRow();
    }
    return picker.Finish(type, result);
  });
}

// ARRAY_JOIN(array, separator [, in place of NULL]); NULLs are left out if nothing is to stand
// there.
absl::StatusOr<Kernel> JoinKernel(const Expression& call) {
  return Kernel(
      [type = call.type().ToArrow()](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
        using View = std::string_view;
        ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
        ASSIGN_OR_RETURN(TextSink sink, TextSink::Create(rows));
        const arrow::ArrayData& list = *arguments[0]->data;
        const Reader<View> elements({.data = list.child_data[0]});
        const Reader<View> separators(*arguments[1]);
        for (int64_t row = 0; row < rows; ++row) {
          bool first = true;
          const ListRange range =
              result.IsNull(row) ? ListRange{} : ListAt({&list, arguments[0]->constant ? 0 : row});
          for (int64_t i = range.start; i < range.start + range.size; ++i) {
            const bool null = IsNullAt({list.child_data[0].get(), i});
            if (null && arguments.size() < 3) continue;
            if (!first) sink.Append(separators(row));
            first = false;
            sink.Append(null ? Reader<View>(*arguments[2])(row) : elements(i));
          }
          sink.EndRow(result.IsNull(row));
        }
        ASSIGN_OR_RETURN(auto buffers, sink.Finish());
        return result.Finish(type, std::move(buffers));
      });
}

// Bind rules.

using BindRule = std::function<absl::StatusOr<ExpressionPtr>(ExpressionList)>;

// NAME(array), of the array's type or of its element's, which may be NULL.
BindRule OneArray(std::string name, bool gives_element) {
  return [name, gives_element](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    if (arguments.size() != 1 || !IsArray(arguments[0])) {
      return WrongArguments(absl::AsciiStrToUpper(name), arguments, kArray);
    }
    const DataType array = arguments[0]->type();
    if (!gives_element) return StrictCall(name, std::move(arguments), array);
    return Expression::Call(name, std::move(arguments), array.children()[0].WithNullable(true));
  };
}

// NAME(array, value). `result` makes the type of the array's type and of whether the value may be
// NULL.
BindRule ArrayAndElement(std::string name, DataType (*result)(const DataType& array, bool null)) {
  return [name, result](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    if (arguments.size() != 2 || !IsArray(arguments[0])) {
      return WrongArguments(absl::AsciiStrToUpper(name), arguments, kArrayAndElement);
    }
    const DataType array = arguments[0]->type();
    const DataType& element = array.children()[0];
    if (CastBetween(arguments[1]->type(), element) < CastKind::kImplicit) {
      return WrongArguments(absl::AsciiStrToUpper(name), arguments, kArrayAndElement);
    }
    arguments[1] = Coerced(std::move(arguments[1]), element);
    const DataType type = result(array, arguments[1]->type().nullable());
    return Expression::Call(name, std::move(arguments), type);
  };
}

DataType Longer(const DataType& array, bool null) {
  const DataType& element = array.children()[0];
  return DataType::Array(element.WithNullable(element.nullable() || null))
      .WithNullable(array.nullable());
}
DataType Same(const DataType& array, bool) { return array; }
DataType FoundOrNot(const DataType& array, bool) {
  return DataType::Boolean().WithNullable(array.nullable());
}
DataType PositionType(const DataType& array, bool null) {
  return DataType::Int().WithNullable(array.nullable() || null);
}

// NAME(array, array, ...) of arrays of a common type; `count` of them, 0: any number.
BindRule Arrays(std::string name, size_t count) {
  return [name, count](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    bool fits = !arguments.empty() && (count == 0 || arguments.size() == count);
    for (const ExpressionPtr& argument : arguments) fits = fits && IsArray(argument);
    const auto common = fits ? LeastRestrictive(TypesOf(arguments)) : std::nullopt;
    if (!common) return WrongArguments(absl::AsciiStrToUpper(name), arguments, kArrays);
    for (ExpressionPtr& argument : arguments) argument = Coerced(std::move(argument), *common);
    return StrictCall(name, std::move(arguments), *common);
  };
}

void AddRule(ScalarFunctionTable& table, std::string name, const char* accepts, BindRule bind,
             KernelFactory kernel) {
  table.Add({.name = std::move(name),
             .accepts = accepts,
             .bind = std::move(bind),
             .kernel = std::move(kernel)});
}

}  // namespace

void AddArrayFunctions(ScalarFunctionTable& table) {
  const ResultType string = Returns(DataType::String());
  const auto one = [&table](const char* name, bool gives_element, KernelFactory kernel) {
    AddRule(table, name, kArray, OneArray(name, gives_element), std::move(kernel));
  };
  one("array_distinct", false, Picking(1, Distinct));
  one("array_reverse", false, Picking(1, Reverse));
  one("array_max", true, ExtremeKernel<true>);
  one("array_min", true, ExtremeKernel<false>);
  one("element", true, ElementKernel);

  const auto with_element = [&table](const char* name, auto result, KernelFactory kernel) {
    AddRule(table, name, kArrayAndElement, ArrayAndElement(name, result), std::move(kernel));
  };
  with_element("array_contains", FoundOrNot, ContainsKernel);
  with_element("array_position", PositionType, PositionKernel);
  with_element("array_remove", Same, Picking(1, Remove));
  with_element("array_append", Longer, Picking(1, Append));
  with_element("array_prepend", Longer, Picking(1, Prepend));

  const auto arrays = [&table](const char* name, size_t count, KernelFactory kernel) {
    AddRule(table, name, kArrays, Arrays(name, count), std::move(kernel));
  };
  arrays("array_concat", 0, ConcatKernel);
  arrays("array_union", 2, Picking(2, Union));
  arrays("array_except", 2, Picking(2, Except));
  arrays("array_intersect", 2, Picking(2, Intersect));

  table.Add("array_slice", "",
            {{"ARRAY, INT", ReturnsTypeOf(0), SliceKernel},
             {"ARRAY, INT, INT", ReturnsTypeOf(0), SliceKernel}});
  table.Add("array_sort", "",
            {{"ARRAY", ReturnsTypeOf(0), SortKernel},
             {"ARRAY, BOOLEAN", ReturnsTypeOf(0), SortKernel},
             {"ARRAY, BOOLEAN, BOOLEAN", ReturnsTypeOf(0), SortKernel}});
  table.Add(
      "array_join", "",
      {{"STRINGS, STRING", string, JoinKernel}, {"STRINGS, STRING, STRING", string, JoinKernel}});
}

}  // namespace millrace
