// Function calls as one line each, and what they give as the text of CAST(... AS STRING).
//
//   EXPECT_EQ(Evaluated("upper", {S("abc")}), "ABC");
//   EXPECT_EQ(Evaluated("divide", {I(1), I(0)}), "error: division by zero, in (1 / 0)");
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "common/columnar/data_type.h"
#include "common/expr/evaluator.h"
#include "common/expr/function_registry.h"
#include "tests/harness/rows.h"

namespace millrace {

// A typed value as an argument.
struct Arg {
  DataType type;
  Value value;
  bool literal_only = false;  // A unit or pattern: never a column.
};

inline Arg I(int value) { return {DataType::Int(), value}; }
inline Arg L(int64_t value) { return {DataType::BigInt(), value}; }
inline Arg D(double value) { return {DataType::Double(), value}; }
inline Arg S(std::string value) { return {DataType::String(), std::move(value)}; }
inline Arg B(bool value) { return {DataType::Boolean(), value}; }
inline Arg Dec(std::string value, int precision, int scale) {
  return {DataType::Decimal(precision, scale), std::move(value)};
}
inline Arg Ts(std::string value, int precision = 3) {
  return {DataType::Timestamp(precision), std::move(value)};
}
inline Arg Day(std::string value) { return {DataType::Date(), std::move(value)}; }
inline Arg Clock(std::string value) { return {DataType::Time(3), std::move(value)}; }
inline Arg Millis(int64_t value) { return {DataType::IntervalDayTime(), value}; }
inline Arg Months(int value) { return {DataType::IntervalYearMonth(), value}; }
inline Arg Null(DataType type) { return {std::move(type), nullptr}; }
inline Arg Fixed(std::string value) { return {DataType::String(), std::move(value), true}; }

// The literal of an argument.
ExpressionPtr LiteralOf(const Arg& arg);

// One text per row, "error: ..." alone if the evaluation fails.
std::vector<std::string> EvaluatedRows(const ExpressionPtr& expression, const Schema& schema,
                                       const Batch& batch);

// The call's value. It is computed from literals and from columns (also at an offset, beside a row
// of NULLs), and these must agree. "bind error: ..." if it cannot be bound.
std::string Evaluated(const std::string& function, const std::vector<Arg>& args);

// CAST(arg AS type), likewise.
std::string Cast(const Arg& arg, const DataType& type);
std::string TryCast(const Arg& arg, const DataType& type);

// The type of a call, or "bind error: ...".
std::string TypeOf(const std::string& function, const std::vector<Arg>& args);

// One line of a table of tests.
struct Line {
  std::string function;
  std::vector<Arg> args;
  const char* expected;
};

inline void CheckAll(const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    EXPECT_EQ(Evaluated(line.function, line.args), line.expected)
        << line.function << ", line " << (&line - lines.data() + 1);
  }
}

}  // namespace millrace
