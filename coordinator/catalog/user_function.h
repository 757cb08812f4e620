// What CREATE FUNCTION defined. Plain data; shared and immutable once in the catalog.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/columnar/schema.h"
#include "common/expr/expression.h"

namespace millrace {

struct UserFunction {
  std::string name;  // In lower case: functions are found in any.
  // Of CREATE FUNCTION f(a INT, ...) RETURNS type RETURN body.
  std::vector<Field> parameters;
  DataType result;
  ExpressionPtr body;      // Over the parameters as columns; null: it is a class.
  std::string class_name;  // Of CREATE FUNCTION f AS 'class': one that has a native twin.
  bool temporary = false;
  bool system = false;  // TEMPORARY SYSTEM: stands before the built-in ones.
};
using UserFunctionPtr = std::shared_ptr<const UserFunction>;

}  // namespace millrace
