// =, <>, <, <=, >, >=, IS [NOT] DISTINCT FROM, [NOT] BETWEEN, [NOT] IN.
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/numeric/int128.h"
#include "arrow/array/util.h"
#include "common/base/status_macros.h"
#include "common/expr/comparison.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

struct ComparisonLine {
  const char* name;
  const char* symbols;
  Comparison comparison;
};

constexpr ComparisonLine kComparisons[] = {
    {"equals", "=", Comparison::kEqual},
    {"not_equals", "<> !=", Comparison::kNotEqual},
    {"less_than", "<", Comparison::kLess},
    {"less_than_or_equal", "<=", Comparison::kLessOrEqual},
    {"greater_than", ">", Comparison::kGreater},
    {"greater_than_or_equal", ">=", Comparison::kGreaterOrEqual},
};

FunctionDefinition ComparisonDefinition(const ComparisonLine& line) {
  FunctionDefinition definition{.name = line.name, .aliases = line.symbols, .syntax = true};
  definition.accepts = "two values of types that have a common type";
  definition.bind = [line](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    if (arguments.size() != 2) return WrongArguments(line.symbols, arguments, "two values");
    return BindComparison(line.name, std::move(arguments[0]), std::move(arguments[1]));
  };
  definition.kernel = [line](const Expression& call) {
    return ComparisonKernel(call.arguments()[0]->type(), line.comparison);
  };
  return definition;
}

// Distinct: exactly one is NULL, or both are not and differ.
absl::StatusOr<Vector> Distinct(const Kernel& not_equals, bool negated, Arguments arguments,
                                int64_t rows) {
  ASSIGN_OR_RETURN(const Vector differ, not_equals(arguments, rows));
  const BitWords differ_bits = ValueBits(differ, rows);
  const BitWords left = ValidBits(*arguments[0], rows);
  const BitWords right = ValidBits(*arguments[1], rows);
  ASSIGN_OR_RETURN(auto values, AllocateBits(rows));
  uint64_t* words = WordsIn(*values);
  for (int64_t word = 0; word < WordsOf(rows); ++word) {
    const uint64_t distinct =
        (left[word] ^ right[word]) | (left[word] & right[word] & differ_bits[word]);
    words[word] = negated ? ~distinct : distinct;
  }
  Vector result = MakeVector(arrow::boolean(), rows, {nullptr, std::move(values)});
  result.errors = differ.errors;
  return result;
}

FunctionDefinition DistinctDefinition(const char* name, bool negated) {
  FunctionDefinition definition{.name = name, .syntax = true};
  definition.accepts = "two values of types that have a common type";
  definition.bind = [name](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    if (arguments.size() != 2) return WrongArguments(name, arguments, "two values");
    ASSIGN_OR_RETURN(
        const ExpressionPtr compared,
        BindComparison("not_equals", std::move(arguments[0]), std::move(arguments[1])));
    return Expression::Call(name, compared->arguments(), DataType::Boolean().WithNullable(false));
  };
  definition.kernel = [negated](const Expression& call) -> absl::StatusOr<Kernel> {
    ASSIGN_OR_RETURN(Kernel not_equals,
                     ComparisonKernel(call.arguments()[0]->type(), Comparison::kNotEqual));
    return Kernel([not_equals, negated](Arguments arguments, int64_t rows) {
      return Distinct(not_equals, negated, arguments, rows);
    });
  };
  return definition;
}

// x BETWEEN low AND high is x >= low AND x <= high; NOT BETWEEN its negation.
FunctionDefinition BetweenDefinition(const char* name, bool negated) {
  FunctionDefinition definition{.name = name, .syntax = true};
  definition.accepts = "a value and two bounds";
  definition.bind = [name, negated](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    if (arguments.size() != 3) return WrongArguments(name, arguments, "a value and two bounds");
    const char* low = negated ? "less_than" : "greater_than_or_equal";
    const char* high = negated ? "greater_than" : "less_than_or_equal";
    ASSIGN_OR_RETURN(ExpressionPtr left, BindComparison(low, arguments[0], arguments[1]));
    ASSIGN_OR_RETURN(ExpressionPtr right, BindComparison(high, arguments[0], arguments[2]));
    return BindByName(negated ? "or" : "and", {std::move(left), std::move(right)});
  };
  return definition;
}

// A list of literals, as a set. NULL in the list makes "not found" unknown.
template <typename T>
Kernel SetKernel(const std::vector<Vector>& list) {
  // Abseil hashes its own 128-bit integer only.
  using Key = std::conditional_t<std::is_same_v<T, Decimal>, absl::int128, T>;
  auto values = std::make_shared<absl::flat_hash_set<Key>>();
  bool has_null = false;
  for (const Vector& entry : list) {
    if (ValidBits(entry, 1).bit(0)) {
      values->insert(Key(Reader<T>(entry)(0)));
    } else {
      has_null = true;
    }
  }
  return LiftKernel<bool(T)>(DataType::Boolean(),
                             [values, list, has_null](T value, RowContext& row) {
                               const bool found = values->contains(Key(value));
                               if (!found && has_null) row.SetNull();
                               return found;
                             });
}

// The literals of an IN list as vectors of one row. REQUIRES: arguments after the first are
// literals.
absl::StatusOr<std::vector<Vector>> ListOf(const Expression& call) {
  std::vector<Vector> list;
  for (size_t i = 1; i < call.arguments().size(); ++i) {
    ASSIGN_OR_RETURN(const auto array,
                     FromArrow(arrow::MakeArrayFromScalar(*call.arguments()[i]->literal(), 1)));
    list.push_back({.data = array->data(), .constant = true});
  }
  return list;
}

absl::StatusOr<Kernel> InKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const std::vector<Vector> list, ListOf(call));
  const DataType& type = call.arguments()[0]->type();
  Kernel kernel;
  WithFixedWidth(type, [&](auto zero) { kernel = SetKernel<decltype(zero)>(list); });
  if (kernel == nullptr) kernel = SetKernel<std::string_view>(list);
  // A NULL in the list does not make the result NULL where the value is found.
  return OnArgument(0, std::move(kernel));
}

bool CanBeSet(const DataType& type, const ExpressionList& list) {
  if (type.kind() == TypeKind::kBoolean || type.kind() >= TypeKind::kArray) return false;
  for (size_t i = 1; i < list.size(); ++i) {
    if (list[i]->kind() != ExpressionKind::kLiteral) return false;
  }
  return true;
}

absl::StatusOr<ExpressionPtr> BindIn(ExpressionList arguments) {
  if (arguments.size() < 2) return WrongArguments("IN", arguments, "a value and a list of values");
  const auto common = ComparableType(TypesOf(arguments));
  if (!common) {
    return WrongArguments("IN", arguments, "a value and a list of values of a common type");
  }
  for (ExpressionPtr& argument : arguments) argument = Coerced(std::move(argument), *common);
  if (CanBeSet(*common, arguments)) {
    return StrictCall("in", std::move(arguments), DataType::Boolean());
  }
  ExpressionList equal;
  for (size_t i = 1; i < arguments.size(); ++i) {
    ASSIGN_OR_RETURN(ExpressionPtr one, BindComparison("equals", arguments[0], arguments[i]));
    equal.push_back(std::move(one));
  }
  if (equal.size() == 1) return equal[0];
  return BindByName("or", std::move(equal));
}

}  // namespace

void AddComparisonFunctions(ScalarFunctionTable& table) {
  for (const ComparisonLine& line : kComparisons) table.Add(ComparisonDefinition(line));
  table.Add(DistinctDefinition("is_distinct_from", false));
  table.Add(DistinctDefinition("is_not_distinct_from", true));
  table.Add(BetweenDefinition("between", false));
  table.Add(BetweenDefinition("not_between", true));
  table.Add({.name = "in",
             .syntax = true,
             .accepts = "a value and a list of values",
             .bind = BindIn,
             .kernel = InKernel});
  table.Add({.name = "not_in",
             .syntax = true,
             .accepts = "a value and a list of values",
             .bind = [](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
               ASSIGN_OR_RETURN(ExpressionPtr in, BindIn(std::move(arguments)));
               return BindByName("not", {std::move(in)});
             }});
}

}  // namespace millrace
