// AND, OR, NOT and the IS predicates. A three-valued BOOLEAN is worked on as two bitmaps, "is true"
// and "is false"; with them the rules of SQL are plain & and |.
#include <utility>

#include "common/base/status_macros.h"
#include "common/expr/function_table.h"
#include "common/expr/type_rules.h"
#include "common/expr/vector.h"

namespace millrace {
namespace {

struct Truth {
  BitWords values;
  BitWords valid;

  uint64_t True(int64_t word) const { return values[word] & valid[word]; }
  uint64_t False(int64_t word) const { return ~values[word] & valid[word]; }
};

Truth TruthOf(const Vector& vector, int64_t rows) {
  return {ValueBits(vector, rows), ValidBits(vector, rows)};
}

absl::StatusOr<ExpressionPtr> AsBoolean(ExpressionPtr argument, std::string_view function) {
  const TypeKind kind = argument->type().kind();
  if (kind != TypeKind::kBoolean && kind != TypeKind::kNull) {
    return WrongArguments(function, {argument}, "BOOLEAN");
  }
  return Coerced(std::move(argument), DataType::Boolean());
}

// Errors of AND (`decisive` is false) and OR (true): those that an evaluation from left to right
// meets before it comes to an argument of the decisive value. Flink evaluates just so.
std::shared_ptr<const RowErrors> ErrorsBeforeDecision(Arguments arguments, int64_t rows,
                                                      bool decisive) {
  bool any = false;
  for (const Vector* argument : arguments) any = any || argument->errors != nullptr;
  if (!any) return nullptr;
  std::vector<uint64_t> decided(WordsOf(rows), 0);
  std::vector<uint64_t> failed(WordsOf(rows), 0);
  RowErrors met;
  for (const Vector* argument : arguments) {
    if (const auto errors = ErrorsByRow(*argument, rows)) {
      for (const RowError& error : *errors) {
        const int64_t word = error.row / kWordBits;
        const uint64_t bit = uint64_t{1} << (error.row % kWordBits);
        if (((decided[word] | failed[word]) & bit) != 0) continue;
        failed[word] |= bit;
        met.push_back(error);
      }
    }
    const Truth truth = TruthOf(*argument, rows);
    for (int64_t word = 0; word < WordsOf(rows); ++word) {
      decided[word] |= decisive ? truth.True(word) : truth.False(word);
    }
  }
  return SettleErrors(std::move(met));
}

// Writes the result of `truth_words(word)`: a pair of "is true" and "is false".
template <typename F>
absl::StatusOr<Vector> FromTruth(int64_t rows, bool may_be_null, F truth_words) {
  ASSIGN_OR_RETURN(auto values, AllocateBits(rows));
  std::shared_ptr<arrow::Buffer> valid;
  if (may_be_null) {
    ASSIGN_OR_RETURN(valid, AllocateBits(rows));
  }
  uint64_t* value_words = WordsIn(*values);
  uint64_t* valid_words = valid == nullptr ? nullptr : WordsIn(*valid);
  for (int64_t word = 0; word < WordsOf(rows); ++word) {
    const auto [is_true, is_false] = truth_words(word);
    value_words[word] = is_true;
    if (valid_words != nullptr) valid_words[word] = is_true | is_false;
  }
  return MakeVector(arrow::boolean(), rows, {std::move(valid), std::move(values)});
}

bool AnyMayBeNull(Arguments arguments) {
  for (const Vector* argument : arguments) {
    if (MayHaveNulls(*argument)) return true;
  }
  return false;
}

template <bool kIsAnd>
absl::StatusOr<Vector> AndOr(Arguments arguments, int64_t rows) {
  std::vector<Truth> truths;
  for (const Vector* argument : arguments) truths.push_back(TruthOf(*argument, rows));
  ASSIGN_OR_RETURN(Vector result, FromTruth(rows, AnyMayBeNull(arguments), [&](int64_t word) {
                     uint64_t is_true = kIsAnd ? ~uint64_t{0} : 0;
                     uint64_t is_false = kIsAnd ? 0 : ~uint64_t{0};
                     for (const Truth& truth : truths) {
                       const uint64_t t = truth.True(word);
                       const uint64_t f = truth.False(word);
                       is_true = kIsAnd ? is_true & t : is_true | t;
                       is_false = kIsAnd ? is_false | f : is_false & f;
                     }
                     return std::pair(is_true, is_false);
                   }));
  result.errors = ErrorsBeforeDecision(arguments, rows, /*decisive=*/!kIsAnd);
  return result;
}

absl::StatusOr<Vector> Not(Arguments arguments, int64_t rows) {
  const Truth truth = TruthOf(*arguments[0], rows);
  ASSIGN_OR_RETURN(Vector result, FromTruth(rows, AnyMayBeNull(arguments), [&](int64_t word) {
                     return std::pair(truth.False(word), truth.True(word));
                   }));
  result.errors = ErrorsByRow(*arguments[0], rows);
  return result;
}

FunctionDefinition AndOrDefinition(const char* name, Kernel kernel) {
  FunctionDefinition definition{.name = name, .syntax = true};
  definition.accepts = "two or more BOOLEANs";
  definition.bind = [name](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    if (arguments.size() < 2) return WrongArguments(name, arguments, "two or more BOOLEANs");
    for (ExpressionPtr& argument : arguments) {
      ASSIGN_OR_RETURN(argument, AsBoolean(std::move(argument), name));
    }
    return StrictCall(name, std::move(arguments), DataType::Boolean());
  };
  definition.kernel = [kernel](const Expression&) { return kernel; };
  return definition;
}

// A predicate that is never NULL: `bits(truth, word)` says where it is true.
template <typename F>
KernelFactory Predicate(F bits) {
  return [bits](const Expression&) -> absl::StatusOr<Kernel> {
    return Kernel([bits](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
      // Only BOOLEAN has value bits; the IS NULL predicates do not look at them.
      const bool boolean = arguments[0]->data->type->id() == arrow::Type::BOOL;
      const Truth truth{boolean ? ValueBits(*arguments[0], rows) : BitWords(false),
                        ValidBits(*arguments[0], rows)};
      ASSIGN_OR_RETURN(Vector result, FromTruth(rows, false, [&](int64_t word) {
                         const uint64_t is_true = bits(truth, word);
                         return std::pair(is_true, ~is_true);
                       }));
      result.errors = ErrorsByRow(*arguments[0], rows);
      return result;
    });
  };
}

void AddPredicate(ScalarFunctionTable& table, const char* name, bool boolean_only,
                  KernelFactory kernel) {
  FunctionDefinition definition{.name = name, .syntax = true, .kernel = std::move(kernel)};
  definition.accepts = boolean_only ? "a BOOLEAN" : "one value";
  definition.bind = [name, boolean_only, accepts = definition.accepts](
                        ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    if (arguments.size() != 1) return WrongArguments(name, arguments, accepts);
    if (boolean_only || arguments[0]->type().kind() == TypeKind::kNull) {
      ASSIGN_OR_RETURN(arguments[0], AsBoolean(std::move(arguments[0]), name));
    }
    return Expression::Call(name, std::move(arguments), DataType::Boolean().WithNullable(false));
  };
  table.Add(std::move(definition));
}

}  // namespace

void AddLogicFunctions(ScalarFunctionTable& table) {
  table.Add(AndOrDefinition("and", AndOr<true>));
  table.Add(AndOrDefinition("or", AndOr<false>));

  FunctionDefinition negation{.name = "not", .syntax = true, .accepts = "a BOOLEAN"};
  negation.bind = [](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    if (arguments.size() != 1) return WrongArguments("NOT", arguments, "a BOOLEAN");
    ASSIGN_OR_RETURN(arguments[0], AsBoolean(std::move(arguments[0]), "NOT"));
    return StrictCall("not", std::move(arguments), DataType::Boolean());
  };
  negation.kernel = [](const Expression&) { return Kernel(Not); };
  table.Add(std::move(negation));

  const auto is_null = [](const Truth& t, int64_t word) { return ~t.valid[word]; };
  const auto is_not_null = [](const Truth& t, int64_t word) { return t.valid[word]; };
  AddPredicate(table, "is_null", false, Predicate(is_null));
  AddPredicate(table, "is_not_null", false, Predicate(is_not_null));
  AddPredicate(table, "is_unknown", true, Predicate(is_null));
  AddPredicate(table, "is_not_unknown", true, Predicate(is_not_null));
  AddPredicate(table, "is_true", true,
               Predicate([](const Truth& t, int64_t word) { return t.True(word); }));
  AddPredicate(table, "is_not_true", true,
               Predicate([](const Truth& t, int64_t word) { return ~t.True(word); }));
  AddPredicate(table, "is_false", true,
               Predicate([](const Truth& t, int64_t word) { return t.False(word); }));
  AddPredicate(table, "is_not_false", true,
               Predicate([](const Truth& t, int64_t word) { return ~t.False(word); }));
}

}  // namespace millrace
