// Typed scalar expressions: what the planner folds and the worker evaluates. A tree of immutable,
// shared nodes.
//
// An Expression is data: no name look-up, no coercion and no overload is left in it. Column
// references are indexes, casts are explicit, and a call names one entry of the function registry
// (function_registry.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/scalar.h"
#include "common/columnar/data_type.h"
#include "common/columnar/schema.h"

namespace millrace {

class Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

enum class ExpressionKind : uint8_t {
  kLiteral,  // A constant; NULL is an invalid scalar.
  kColumn,   // Column `index` of the input.
  kField,    // Field `index` of its ROW argument; NULL if the row is.
  kCall,  // Registry function `function` of its arguments. AND, OR, NOT, comparisons, arithmetic,
          // CAST, CASE too.
};

class Expression {
 public:
  static ExpressionPtr Literal(DataType type, std::shared_ptr<arrow::Scalar> value);
  static ExpressionPtr Column(int index, DataType type);
  static ExpressionPtr Field(ExpressionPtr row,
                             int index);  // REQUIRES: row is a ROW with that field.
  // `function` is the registry's canonical name, e.g. "plus", "equals", "and", "case", "cast",
  // "upper".
  static ExpressionPtr Call(std::string function, std::vector<ExpressionPtr> arguments,
                            DataType type);

  // Shorthands for literals.
  static ExpressionPtr Bool(bool value);
  static ExpressionPtr Int(int32_t value);
  static ExpressionPtr BigInt(int64_t value);
  static ExpressionPtr Double(double value);
  static ExpressionPtr String(std::string value);
  static ExpressionPtr IntervalDayTime(int64_t millis);
  static ExpressionPtr Null(DataType type);

  ExpressionKind kind() const { return kind_; }
  const DataType& type() const { return type_; }
  int index() const { return index_; }                                        // kColumn, kField
  const std::string& function() const { return function_; }                   // kCall
  const std::vector<ExpressionPtr>& arguments() const { return arguments_; }  // kCall, kField
  const std::shared_ptr<arrow::Scalar>& literal() const { return literal_; }  // kLiteral

  // As SQL would write it, with $n for column n: "($2 > 100)". Stable: plans and fingerprints
  // contain it.
  std::string ToString() const;
  // The same with the columns' names.
  std::string ToString(const Schema& schema) const;

 private:
  Expression() = default;

  ExpressionKind kind_ = ExpressionKind::kLiteral;
  DataType type_;
  int index_ = 0;
  std::string function_;
  std::vector<ExpressionPtr> arguments_;
  std::shared_ptr<arrow::Scalar> literal_;
};

}  // namespace millrace
