// How tightly operators bind: one table for the parser and the unparser. The order is Calcite's,
// which is Flink's.
#pragma once

#include <cstdint>

#include "coordinator/sql/parse/expression_ast.h"

namespace millrace {

// From loose to tight. Binary operators are left-associative.
enum class Precedence : uint8_t {
  kLowest,
  kOr,
  kAnd,
  kNot,
  kIs,          // IS NULL, IS TRUE, ...
  kComparison,  // = <> < <= > >=, IS DISTINCT FROM
  kPredicate,   // BETWEEN, IN, LIKE, SIMILAR TO, OVERLAPS
  kSum,         // + -
  kProduct,     // * / % ||
  kSign,        // - and + before an operand
  kPostfix,     // a.b, a[1], a::type
};

constexpr Precedence Tighter(Precedence precedence) {
  return static_cast<Precedence>(static_cast<uint8_t>(precedence) + 1);
}

constexpr Precedence PrecedenceOf(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kOr:
      return Precedence::kOr;
    case BinaryOperator::kAnd:
      return Precedence::kAnd;
    case BinaryOperator::kEqual:
    case BinaryOperator::kNotEqual:
    case BinaryOperator::kLess:
    case BinaryOperator::kLessOrEqual:
    case BinaryOperator::kGreater:
    case BinaryOperator::kGreaterOrEqual:
    case BinaryOperator::kIsDistinctFrom:
    case BinaryOperator::kIsNotDistinctFrom:
      return Precedence::kComparison;
    case BinaryOperator::kOverlaps:
      return Precedence::kPredicate;
    case BinaryOperator::kPlus:
    case BinaryOperator::kMinus:
      return Precedence::kSum;
    case BinaryOperator::kMultiply:
    case BinaryOperator::kDivide:
    case BinaryOperator::kModulo:
    case BinaryOperator::kConcatenate:
      return Precedence::kProduct;
  }
  return Precedence::kLowest;
}

}  // namespace millrace
