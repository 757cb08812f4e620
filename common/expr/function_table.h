// How functions are defined: one line in the table of a family (functions_*.cc) gives a function
// its names, its signatures, its result types and its kernels. The registry and the evaluator read
// it.
//
// A signature is written as SQL documentation would, and is at once the check and the error text:
//
//   "STRING, BIGINT [, BIGINT]"   the last argument may be left out
//   "STRING, STRING..."           the last argument may be repeated
//
// Words: BOOLEAN INT BIGINT DOUBLE STRING BYTES DATE TIME (such a type, or what Flink casts to it
// by itself); INTEGER NUMERIC DECIMAL TIMESTAMP TIMESTAMP_LTZ INTERVAL ARRAY MAP ROW ANY (any such
// type, as it is), STRINGS (an ARRAY of strings). The first signature that fits without casts is
// taken, else the first that fits with them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/expr/expression.h"
#include "common/expr/kernel.h"

namespace millrace {

using ExpressionList = std::vector<ExpressionPtr>;
using ResultType = std::function<DataType(const ExpressionList& arguments)>;

struct Overload {
  std::string parameters;
  ResultType result;  // NOT NULL plays no part.
  KernelFactory kernel;
  bool nullable = false;  // The result may be NULL though no argument is.
};

struct FunctionDefinition {
  std::string name;       // Canonical; its upper case is the SQL name unless there is `syntax`.
  std::string aliases;    // Other names and symbols, apart by spaces.
  bool syntax = false;    // Written with a syntax of its own, not as NAME(...).
  bool changing = false;  // Gives another value each time it is computed: RAND().
  std::string accepts;    // The accepted arguments, for people.

  // Arguments as written -> the typed call, casts inserted, or an expression made of others. It
  // takes its own results too: bind(call.arguments()) gives an equal call.
  std::function<absl::StatusOr<ExpressionPtr>(ExpressionList arguments)> bind;
  KernelFactory kernel;  // Null if `bind` makes calls of other functions only.
};

class ScalarFunctionTable {
 public:
  // A function whose signatures say everything.
  void Add(std::string name, std::string aliases, std::vector<Overload> overloads);
  // The same for what is written between its arguments.
  void AddOperator(std::string name, std::string symbol, std::vector<Overload> overloads);
  // The same for what gives another value each time.
  void AddChanging(std::string name, std::vector<Overload> overloads);
  void Add(FunctionDefinition definition);

  // By canonical name or alias, in any case; null if there is none.
  const FunctionDefinition* Find(std::string_view name) const;
  const std::map<std::string, FunctionDefinition>& functions() const { return functions_; }

 private:
  std::map<std::string, FunctionDefinition> functions_;  // By canonical name.
  std::map<std::string, std::string> names_;             // Lower-case name -> canonical.
};

// The families.
void AddLogicFunctions(ScalarFunctionTable& table);
void AddComparisonFunctions(ScalarFunctionTable& table);
void AddConditionalFunctions(ScalarFunctionTable& table);
void AddArithmeticFunctions(ScalarFunctionTable& table);
void AddMathFunctions(ScalarFunctionTable& table);
void AddStringFunctions(ScalarFunctionTable& table);
void AddPatternFunctions(ScalarFunctionTable& table);
void AddRegexpFunctions(ScalarFunctionTable& table);
void AddRealFunctions(ScalarFunctionTable& table);
void AddDigitFunctions(ScalarFunctionTable& table);
void AddRandomFunctions(ScalarFunctionTable& table);
void AddHashFunctions(ScalarFunctionTable& table);
void AddEncodingFunctions(ScalarFunctionTable& table);
void AddUrlFunctions(ScalarFunctionTable& table);
void AddTextTestFunctions(ScalarFunctionTable& table);
void AddPrintfFunctions(ScalarFunctionTable& table);
void AddTemporalFunctions(ScalarFunctionTable& table);
void AddTemporalTextFunctions(ScalarFunctionTable& table);
void AddClockFunctions(ScalarFunctionTable& table);
void AddCollectionFunctions(ScalarFunctionTable& table);
void AddArrayFunctions(ScalarFunctionTable& table);
void AddMapFunctions(ScalarFunctionTable& table);
void AddJsonQueryFunctions(ScalarFunctionTable& table);
void AddJsonValueFunction(ScalarFunctionTable& table);
void AddJsonTextFunctions(ScalarFunctionTable& table);
void AddCastFunctions(ScalarFunctionTable& table);
void AddTwinFunctions(ScalarFunctionTable& table);

// All of them. Lives for ever.
const ScalarFunctionTable& Functions();

// Helpers of bind rules.

inline ResultType Returns(DataType type) {
  return [type](const ExpressionList&) { return type; };
}
inline ResultType ReturnsTypeOf(int argument) {
  return [argument](const ExpressionList& arguments) { return arguments[argument]->type(); };
}

bool AnyNullable(const ExpressionList& arguments);
std::vector<DataType> TypesOf(const ExpressionList& arguments);

// A call that is NULL where an argument is.
ExpressionPtr StrictCall(std::string name, ExpressionList arguments, const DataType& type);

// `value` as a value of `type`: itself if it is one already, a literal if it is one, else a cast.
// REQUIRES: there is such a cast.
ExpressionPtr Coerced(ExpressionPtr value, const DataType& type);

// kInvalidArgument: "UPPER cannot take (INT); it accepts UPPER(STRING)".
absl::Status WrongArguments(std::string_view function, const ExpressionList& arguments,
                            std::string_view accepts);

// BindCall without the look at literals that making a kernel is: what the evaluator checks with.
absl::StatusOr<ExpressionPtr> BindByName(std::string_view name, ExpressionList arguments);

}  // namespace millrace
