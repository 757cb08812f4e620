// CURRENT_TIMESTAMP, NOW, CURRENT_ROW_TIMESTAMP, PROCTIME, and CURRENT_DATE, CURRENT_TIME,
// LOCALTIME, LOCALTIMESTAMP, which are casts of the first.
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/expr/clock_functions.h"
#include "common/expr/function_registry.h"
#include "common/expr/function_table.h"

namespace millrace {
namespace {

DataType ClockType() { return DataType::TimestampLtz(3).WithNullable(false); }

ExpressionPtr Now() { return Expression::Call(kCurrentTimestampFunction, {}, ClockType()); }

void AddReading(ScalarFunctionTable& table, const char* name, const char* aliases = "") {
  FunctionDefinition definition{.name = name, .aliases = aliases, .accepts = "no arguments"};
  definition.bind = [name](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    if (!arguments.empty()) {
      return WrongArguments(absl::AsciiStrToUpper(name), arguments, "no arguments");
    }
    return Expression::Call(name, {}, ClockType());
  };
  table.Add(std::move(definition));
}

// The local time of now, as `type`.
void AddLocal(ScalarFunctionTable& table, const char* name, const DataType& type) {
  FunctionDefinition definition{.name = name, .accepts = "no arguments"};
  definition.bind = [name, type](ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    if (!arguments.empty()) {
      return WrongArguments(absl::AsciiStrToUpper(name), arguments, "no arguments");
    }
    return BindCast(Now(), type);
  };
  table.Add(std::move(definition));
}

}  // namespace

void AddClockFunctions(ScalarFunctionTable& table) {
  AddReading(table, kCurrentTimestampFunction, "now");
  AddReading(table, kCurrentRowTimestampFunction);
  AddReading(table, kProctimeFunction);
  AddLocal(table, "current_date", DataType::Date());
  AddLocal(table, "current_time", DataType::Time(0));
  AddLocal(table, "localtime", DataType::Time(0));
  AddLocal(table, "localtimestamp", DataType::Timestamp(3));
}

}  // namespace millrace
