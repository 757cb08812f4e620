#include "common/expr/value_order.h"

#include <cmath>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/numeric/int128.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

using CompareFunction = std::function<int(ValueRef, ValueRef)>;
using HashFunction = std::function<size_t(ValueRef)>;

struct ValueFunctions {
  CompareFunction compare;
  HashFunction hash;
};

template <typename T>
T FixedAt(ValueRef value) {
  T result;
  const uint8_t* bytes = value.column->buffers[1]->data();
  const int64_t at = value.column->offset + value.row;
  std::memcpy(&result, bytes + at * static_cast<int64_t>(sizeof(T)), sizeof(T));
  return result;
}

bool BoolAt(ValueRef value) {
  const int64_t at = value.column->offset + value.row;
  return (value.column->buffers[1]->data()[at / 8] >> (at % 8) & 1) != 0;
}

std::string_view TextAt(ValueRef value) {
  const auto* offsets = value.column->GetValues<int32_t>(1);
  const auto size = static_cast<size_t>(offsets[value.row + 1] - offsets[value.row]);
  const auto& bytes = value.column->buffers[2];
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes->data()) + offsets[value.row], size};
}

template <typename T>
int CompareFixed(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b))
      return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  }
  return a < b ? -1 : static_cast<int>(b < a);
}

template <typename T>
size_t HashFixed(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) return 1;
    return absl::HashOf(value == 0 ? T{0} : value);
  } else if constexpr (std::is_same_v<T, Decimal>) {
    return absl::HashOf(absl::int128(value));
  } else {
    return absl::HashOf(value);
  }
}

template <typename Value, typename Read, typename Compare, typename Hash>
ValueFunctions Scalar(Read read, Compare compare, Hash hash) {
  return {[read, compare](ValueRef a, ValueRef b) { return compare(read(a), read(b)); },
          [read, hash](ValueRef value) { return hash(read(value)); }};
}

// NULL before everything else.
ValueFunctions WithNulls(ValueFunctions inner) {
  return {[compare = std::move(inner.compare)](ValueRef a, ValueRef b) {
            const bool a_null = IsNullAt(a);
            const bool b_null = IsNullAt(b);
            if (a_null || b_null) return static_cast<int>(b_null) - static_cast<int>(a_null);
            return compare(a, b);
          },
          [hash = std::move(inner.hash)](ValueRef value) {
            return IsNullAt(value) ? size_t{0} : hash(value);
          }};
}

ValueFunctions FunctionsOf(const DataType& type);

ValueFunctions ForList(const DataType& type) {
  const ValueFunctions element = FunctionsOf(type.children()[0]);
  return {
      [compare = element.compare](ValueRef a, ValueRef b) {
        const ListRange left = ListAt(a);
        const ListRange right = ListAt(b);
        const arrow::ArrayData* left_child = a.column->child_data[0].get();
        const arrow::ArrayData* right_child = b.column->child_data[0].get();
        for (int64_t i = 0; i < std::min(left.size, right.size); ++i) {
          const int order = compare({left_child, left.start + i}, {right_child, right.start + i});
          if (order != 0) return order;
        }
        return CompareFixed(left.size, right.size);
      },
      [hash = element.hash](ValueRef value) {
        const ListRange range = ListAt(value);
        size_t result = static_cast<size_t>(range.size);
        for (int64_t i = 0; i < range.size; ++i) {
          const size_t one = hash({value.column->child_data[0].get(), range.start + i});
          result = absl::HashOf(result, one);
        }
        return result;
      }};
}

// A struct's children have the struct's offset still before them.
ValueRef FieldOf(ValueRef row, size_t field) {
  return {row.column->child_data[field].get(), row.column->offset + row.row};
}

ValueFunctions ForRow(const DataType& type) {
  std::vector<ValueFunctions> fields;
  for (const DataType& field : type.children()) fields.push_back(FunctionsOf(field));
  const auto shared = std::make_shared<const std::vector<ValueFunctions>>(std::move(fields));
  return {[shared](ValueRef a, ValueRef b) {
            for (size_t i = 0; i < shared->size(); ++i) {
              const int order = (*shared)[i].compare(FieldOf(a, i), FieldOf(b, i));
              if (order != 0) return order;
            }
            return 0;
          },
          [shared](ValueRef value) {
            size_t result = shared->size();
            for (size_t i = 0; i < shared->size(); ++i) {
              result = absl::HashOf(result, (*shared)[i].hash(FieldOf(value, i)));
            }
            return result;
          }};
}

// Maps of few entries: each key is looked for from the start.
ValueFunctions ForMap(const DataType& type) {
  const ValueFunctions key = FunctionsOf(type.children()[0]);
  const ValueFunctions value = FunctionsOf(type.children()[1]);
  const auto has_entry = [key, value](ValueRef map, ValueRef entry) {
    const ListRange range = ListAt(map);
    for (int64_t i = 0; i < range.size; ++i) {
      const ValueRef other{map.column->child_data[0].get(), range.start + i};
      if (key.compare(FieldOf(other, 0), FieldOf(entry, 0)) != 0) continue;
      if (value.compare(FieldOf(other, 1), FieldOf(entry, 1)) == 0) return true;
    }
    return false;
  };
  return {[has_entry](ValueRef a, ValueRef b) {
            const ListRange left = ListAt(a);
            const int sizes = CompareFixed(left.size, ListAt(b).size);
            if (sizes != 0) return sizes;
            for (int64_t i = 0; i < left.size; ++i) {
              if (!has_entry(b, {a.column->child_data[0].get(), left.start + i})) return 1;
            }
            return 0;
          },
          [key](ValueRef map) {
            const ListRange range = ListAt(map);
            size_t result = 0;
            for (int64_t i = 0; i < range.size; ++i) {
              result += key.hash(FieldOf({map.column->child_data[0].get(), range.start + i}, 0));
            }
            return result;
          }};
}

ValueFunctions FunctionsOf(const DataType& type) {
  ValueFunctions functions;
  const bool fixed = WithFixedWidth(type, [&](auto zero) {
    using T = decltype(zero);
    functions = Scalar<T>(FixedAt<T>, CompareFixed<T>, HashFixed<T>);
  });
  if (!fixed) {
    switch (type.kind()) {
      case TypeKind::kBoolean:
        functions = Scalar<bool>(BoolAt, CompareFixed<bool>, HashFixed<bool>);
        break;
      case TypeKind::kArray:
        functions = ForList(type);
        break;
      case TypeKind::kMap:
        functions = ForMap(type);
        break;
      case TypeKind::kRow:
        functions = ForRow(type);
        break;
      default:
        functions = Scalar<std::string_view>(
            TextAt, [](std::string_view a, std::string_view b) { return a.compare(b); },
            [](std::string_view text) { return absl::HashOf(text); });
    }
  }
  return WithNulls(std::move(functions));
}

}  // namespace

ValueOrder::ValueOrder(const DataType& type) {
  ValueFunctions functions = FunctionsOf(type);
  compare_ = std::move(functions.compare);
  hash_ = std::move(functions.hash);
}

bool IsNullAt(ValueRef value) {
  const arrow::ArrayData& column = *value.column;
  if (column.type->id() == arrow::Type::NA) return true;
  if (column.buffers[0] == nullptr) return false;
  const int64_t at = column.offset + value.row;
  return (column.buffers[0]->data()[at / 8] >> (at % 8) & 1) == 0;
}

ListRange ListAt(ValueRef list) {
  const auto* offsets = list.column->GetValues<int32_t>(1);
  return {offsets[list.row], offsets[list.row + 1] - offsets[list.row]};
}

}  // namespace millrace
