// CASE, COALESCE, IFNULL, NULLIF, IF, GREATEST, LEAST.
//
// All branches are computed for all rows: a branch costs less than gathering its rows. A run-time
// error of a branch counts only in the rows that take it, one of a condition only in the rows that
// come to it.
#include <utility>

#include "common/base/status_macros.h"
#include "common/expr/comparison.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"
#include "common/expr/selection.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

constexpr uint64_t kAllRows = ~uint64_t{0};

// Bits past the last row are cleared, so that no choice has rows that are not there.
std::vector<uint64_t> RowsLeft(int64_t rows) {
  std::vector<uint64_t> left(WordsOf(rows), kAllRows);
  if (rows % kWordBits != 0) left.back() = (uint64_t{1} << (rows % kWordBits)) - 1;
  return left;
}

// Takes the rows where `bits(word)` is set out of `left`.
template <typename Bits>
std::vector<uint64_t> Claim(std::vector<uint64_t>& left, Bits bits) {
  std::vector<uint64_t> claimed(left.size());
  for (size_t word = 0; word < left.size(); ++word) {
    claimed[word] = left[word] & bits(static_cast<int64_t>(word));
    left[word] &= ~claimed[word];
  }
  return claimed;
}

// Errors of a condition in the rows that come to it. Which branch they take then is all the same.
void CollectErrors(const Vector& condition, int64_t rows, const std::vector<uint64_t>& left,
                   RowErrors& errors) {
  const auto all = ErrorsByRow(condition, rows);
  if (all == nullptr) return;
  for (const RowError& error : *all) {
    const uint64_t word = left[error.row / kWordBits];
    const uint64_t bit = uint64_t{1} << (error.row % kWordBits);
    if ((word & bit) != 0) errors.push_back(error);
  }
}

std::shared_ptr<const RowErrors> Joined(RowErrors errors, const Vector& selected) {
  if (errors.empty()) return selected.errors;
  if (selected.errors != nullptr) {
    errors.insert(errors.end(), selected.errors->begin(), selected.errors->end());
  }
  return SettleErrors(std::move(errors));
}

absl::StatusOr<Kernel> CaseKernel(const Expression& call) {
  return Kernel([type = call.type().ToArrow()](Arguments arguments,
                                               int64_t rows) -> absl::StatusOr<Vector> {
    std::vector<uint64_t> left = RowsLeft(rows);
    std::vector<Choice> choices;
    RowErrors condition_errors;
    for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
      CollectErrors(*arguments[i], rows, left, condition_errors);
      const BitWords values = ValueBits(*arguments[i], rows);
      const BitWords valid = ValidBits(*arguments[i], rows);
      choices.push_back({arguments[i + 1],
                         Claim(left, [&](int64_t word) { return values[word] & valid[word]; })});
    }
    choices.push_back({arguments.back(), std::move(left)});
    ASSIGN_OR_RETURN(Vector selected, Select(type, choices, rows));
    selected.errors = Joined(std::move(condition_errors), selected);
    return selected;
  });
}

constexpr char kCaseAccepts[] =
    "pairs of a BOOLEAN and a value, then perhaps a value, all values of a common type";

absl::StatusOr<ExpressionPtr> BindCase(ExpressionList arguments) {
  if (arguments.size() < 2) return WrongArguments("CASE", arguments, kCaseAccepts);
  if (arguments.size() % 2 == 0) arguments.push_back(Expression::Null(DataType::Null()));
  std::vector<DataType> types;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool is_condition = i % 2 == 0 && i + 1 < arguments.size();
    if (!is_condition) {
      types.push_back(arguments[i]->type());
      continue;
    }
    const TypeKind kind = arguments[i]->type().kind();
    if (kind != TypeKind::kBoolean && kind != TypeKind::kNull) {
      return WrongArguments("CASE", arguments, kCaseAccepts);
    }
    arguments[i] = Coerced(std::move(arguments[i]), DataType::Boolean());
  }
  const auto common = LeastRestrictive(types);
  if (!common) return WrongArguments("CASE", arguments, kCaseAccepts);
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i % 2 == 0 && i + 1 < arguments.size()) continue;
    arguments[i] = Coerced(std::move(arguments[i]), *common);
  }
  return Expression::Call("case", std::move(arguments), *common);
}

// Values of a common type.
absl::StatusOr<DataType> CoerceToCommon(const char* name, ExpressionList& arguments) {
  const auto common = LeastRestrictive(TypesOf(arguments));
  if (!common) return WrongArguments(name, arguments, "values of a common type");
  for (ExpressionPtr& argument : arguments) argument = Coerced(std::move(argument), *common);
  return *common;
}

absl::StatusOr<ExpressionPtr> BindCoalesce(ExpressionList arguments) {
  ASSIGN_OR_RETURN(const DataType common, CoerceToCommon("COALESCE", arguments));
  bool nullable = true;
  for (const ExpressionPtr& argument : arguments)
    nullable = nullable && argument->type().nullable();
  return Expression::Call("coalesce", std::move(arguments), common.WithNullable(nullable));
}

absl::StatusOr<Kernel> CoalesceKernel(const Expression& call) {
  return Kernel(
      [type = call.type().ToArrow()](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
        std::vector<uint64_t> left = RowsLeft(rows);
        std::vector<Choice> choices;
        RowErrors errors;
        for (const Vector* argument : arguments) {
          CollectErrors(*argument, rows, left, errors);
          const BitWords valid = ValidBits(*argument, rows);
          choices.push_back({argument, Claim(left, [&](int64_t word) { return valid[word]; })});
        }
        // What is NULL everywhere takes the last NULL.
        for (size_t word = 0; word < left.size(); ++word) choices.back().rows[word] |= left[word];
        ASSIGN_OR_RETURN(Vector selected, Select(type, choices, rows));
        selected.errors = Joined(std::move(errors), selected);
        return selected;
      });
}

// NULLIF(a, b) is CASE WHEN a = b THEN NULL ELSE a END.
absl::StatusOr<ExpressionPtr> BindNullIf(ExpressionList arguments) {
  if (arguments.size() != 2) return WrongArguments("NULLIF", arguments, "two values");
  const ExpressionPtr value = arguments[0];
  ASSIGN_OR_RETURN(ExpressionPtr equal,
                   BindComparison("equals", arguments[0], std::move(arguments[1])));
  return BindCase({std::move(equal), Expression::Null(value->type()), value});
}

absl::StatusOr<ExpressionPtr> BindIf(ExpressionList arguments) {
  if (arguments.size() != 3) {
    return WrongArguments("IF", arguments, "a BOOLEAN and two values of a common type");
  }
  return BindCase(std::move(arguments));
}

template <typename T, bool kGreatest>
Kernel ExtremeFixed(const DataType& type) {
  return LiftKernel<T(T, T)>(type, [](T a, T b) { return (kGreatest ? a < b : b < a) ? b : a; });
}

template <bool kGreatest>
absl::StatusOr<Kernel> ExtremeKernel(const Expression& call) {
  Kernel kernel;
  const DataType& type = call.type();
  WithFixedWidth(type, [&](auto zero) { kernel = ExtremeFixed<decltype(zero), kGreatest>(type); });
  if (kernel == nullptr && type.kind() == TypeKind::kBoolean) {
    kernel = LiftKernel<bool(bool, bool)>(
        type, [](bool a, bool b) { return kGreatest ? a || b : a && b; });
  }
  if (kernel == nullptr) {
    using View = std::string_view;
    kernel = LiftKernel<Text(View, View)>(type, [](View a, View b, TextSink& out) {
      out.Append((kGreatest ? a < b : b < a) ? b : a);
    });
  }
  return kernel;
}

// GREATEST(a, b, c) is GREATEST(GREATEST(a, b), c).
template <bool kGreatest>
absl::StatusOr<ExpressionPtr> BindExtreme(ExpressionList arguments) {
  const char* name = kGreatest ? "greatest" : "least";
  if (arguments.empty()) return WrongArguments(name, arguments, "one or more values");
  ASSIGN_OR_RETURN(const DataType common, CoerceToCommon(name, arguments));
  if (common.kind() >= TypeKind::kArray) {
    return WrongArguments(name, arguments, "values that have an order");
  }
  ExpressionPtr extreme = arguments[0];
  for (size_t i = 1; i < arguments.size(); ++i) {
    extreme = StrictCall(name, {std::move(extreme), std::move(arguments[i])}, common);
  }
  return extreme;
}

}  // namespace

void AddConditionalFunctions(ScalarFunctionTable& table) {
  table.Add({.name = "case",
             .syntax = true,
             .accepts = kCaseAccepts,
             .bind = BindCase,
             .kernel = CaseKernel});
  table.Add({.name = "coalesce",
             .aliases = "ifnull",
             .accepts = "values of a common type",
             .bind = BindCoalesce,
             .kernel = CoalesceKernel});
  table.Add({.name = "nullif", .accepts = "two values", .bind = BindNullIf});
  table.Add({.name = "if", .accepts = "a BOOLEAN and two values", .bind = BindIf});
  table.Add({.name = "greatest",
             .accepts = "values of a common type",
             .bind = BindExtreme<true>,
             .kernel = ExtremeKernel<true>});
  table.Add({.name = "least",
             .accepts = "values of a common type",
             .bind = BindExtreme<false>,
             .kernel = ExtremeKernel<false>});
}

}  // namespace millrace
