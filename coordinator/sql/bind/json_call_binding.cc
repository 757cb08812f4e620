// The functions of JSON: the part of ExpressionBinder that makes arguments of RETURNING, WRAPPER,
// ON EMPTY, ON ERROR and ON NULL (common/expr/functions_json_*.cc say which).
#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "arrow/scalar.h"
#include "common/expr/function_registry.h"
#include "coordinator/sql/bind/expression_binder.h"

namespace millrace {
namespace {

const JsonBehavior* BehaviorOn(const FunctionCall& call, std::string_view on) {
  for (const JsonBehavior& behavior : call.json_behaviors) {
    if (behavior.on == on) return &behavior;
  }
  return nullptr;
}

// What is to be done ON EMPTY or ON ERROR; empty after reporting that it is none of `allowed`.
std::string ActionOn(const FunctionCall& call, std::string_view on, const char* otherwise,
                     std::initializer_list<std::string_view> allowed) {
  const JsonBehavior* behavior = BehaviorOn(call, on);
  if (behavior == nullptr) return otherwise;
  const bool fits = std::find(allowed.begin(), allowed.end(), behavior->action) != allowed.end();
  return fits ? behavior->action : "";
}

const char* WrapperOf(const FunctionCall& call) {
  if (absl::StrContains(call.json_wrapper, "UNCONDITIONAL")) return "UNCONDITIONAL";
  if (absl::StrContains(call.json_wrapper, "CONDITIONAL")) return "CONDITIONAL";
  return absl::StartsWith(call.json_wrapper, "WITH ") ? "UNCONDITIONAL" : "WITHOUT";
}

std::string UpperName(const FunctionCall& call) {
  return absl::AsciiStrToUpper(call.name.parts.back().name);
}

// The call whose text is JSON already, where it is a value of JSON_OBJECT or JSON_ARRAY.
const FunctionCall* JsonTextCall(const SqlExpression& value) {
  const auto* call = value.As<FunctionCall>();
  if (call == nullptr) return nullptr;
  const std::string name = UpperName(*call);
  return name == "JSON_OBJECT" || name == "JSON_ARRAY" || name == "JSON" ? call : nullptr;
}

}  // namespace

ExpressionPtr ExpressionBinder::BindIsJson(const IsExpression& is, SourceSpan span) {
  const char* function = is.test == IsTest::kJsonObject   ? "is_json_object"
                         : is.test == IsTest::kJsonArray  ? "is_json_array"
                         : is.test == IsTest::kJsonScalar ? "is_json_scalar"
                                                          : "is_json";
  ExpressionPtr operand = Bind(*is.operand);
  if (operand == nullptr) return nullptr;
  ExpressionPtr test = Call(function, {std::move(operand)}, span);
  return test == nullptr || !is.negated ? test : Call("not", {std::move(test)}, span);
}

ExpressionPtr ExpressionBinder::BindJsonCall(const FunctionCall& call, SourceSpan span) {
  const std::string name = UpperName(call);
  if (name == "JSON_VALUE") return BindJsonValue(call, span);
  if (name == "JSON_QUERY") return BindJsonQuery(call, span);
  if (name == "JSON_EXISTS") return BindJsonExists(call, span);
  return BindJsonMaking(call, span);
}

ExpressionPtr ExpressionBinder::WrongJsonClause(const FunctionCall& call, SourceSpan span) {
  log().Error(span, bind_code::kWrongArguments,
              absl::StrCat("a clause of ", UpperName(call), " is none that it may have"));
  return nullptr;
}

std::optional<std::vector<ExpressionPtr>> ExpressionBinder::BindJsonArguments(
    const FunctionCall& call, SourceSpan span) {
  std::vector<const SqlExpression*> values;
  for (const FunctionArgument& argument : call.arguments) {
    if (argument.name.has_value() || argument.value == nullptr) {
      NotBuilt(span, "a named or DEFAULT argument of a function");
      return std::nullopt;
    }
    values.push_back(argument.value.get());
  }
  return BindAll(values);
}

ExpressionPtr ExpressionBinder::BindJsonDefault(const FunctionCall& call, std::string_view on,
                                                const DataType& type) {
  const JsonBehavior* behavior = BehaviorOn(call, on);
  if (behavior == nullptr || behavior->value == nullptr) return Expression::Null(type);
  ExpressionPtr value = Bind(*behavior->value);
  if (value == nullptr) return nullptr;
  const bool truth = value->kind() == ExpressionKind::kLiteral &&
                     value->type().kind() == TypeKind::kBoolean && value->literal()->is_valid;
  // The text of a BOOLEAN is JSON's here, not SQL's.
  if (truth && type.IsCharacter()) {
    const bool is_true = static_cast<const arrow::BooleanScalar&>(*value->literal()).value;
    return Expression::String(is_true ? "true" : "false");
  }
  absl::StatusOr<ExpressionPtr> cast = BindCast(std::move(value), type);
  if (cast.ok()) return *std::move(cast);
  log().Error(behavior->value->span, bind_code::kWrongCast, cast.status());
  return nullptr;
}

ExpressionPtr ExpressionBinder::BindJsonValue(const FunctionCall& call, SourceSpan span) {
  auto arguments = BindJsonArguments(call, span);
  DataType type = DataType::String();
  if (call.json_returning.has_value()) {
    const std::optional<DataType> returning = BindType(*call.json_returning, log());
    if (!returning.has_value()) return nullptr;
    type = returning->IsCharacter() ? DataType::String() : returning->WithNullable(true);
  }
  const std::string on_empty = ActionOn(call, "EMPTY", "NULL", {"NULL", "ERROR", "DEFAULT"});
  const std::string on_error = ActionOn(call, "ERROR", "NULL", {"NULL", "ERROR", "DEFAULT"});
  if (on_empty.empty() || on_error.empty() || !call.json_wrapper.empty()) {
    return WrongJsonClause(call, span);
  }
  ExpressionPtr empty_default = BindJsonDefault(call, "EMPTY", type);
  ExpressionPtr error_default = BindJsonDefault(call, "ERROR", type);
  if (!arguments.has_value() || empty_default == nullptr || error_default == nullptr) {
    return nullptr;
  }
  arguments->insert(arguments->end(), {Expression::String(on_empty), Expression::String(on_error),
                                       std::move(empty_default), std::move(error_default)});
  return Call("json_value", *std::move(arguments), span);
}

ExpressionPtr ExpressionBinder::BindJsonQuery(const FunctionCall& call, SourceSpan span) {
  auto arguments = BindJsonArguments(call, span);
  DataType type = DataType::String();
  if (call.json_returning.has_value()) {
    const std::optional<DataType> returning = BindType(*call.json_returning, log());
    if (!returning.has_value()) return nullptr;
    type = returning->IsCharacter() ? DataType::String() : returning->WithNullable(true);
  }
  const auto action = [&call](std::string_view on) {
    return ActionOn(call, on, "NULL", {"NULL", "ERROR", "EMPTY ARRAY", "EMPTY OBJECT"});
  };
  const std::string on_empty = action("EMPTY");
  const std::string on_error = action("ERROR");
  if (on_empty.empty() || on_error.empty()) return WrongJsonClause(call, span);
  if (!arguments.has_value()) return nullptr;
  arguments->insert(arguments->end(),
                    {Expression::String(WrapperOf(call)), Expression::String(on_empty),
                     Expression::String(on_error), Expression::Null(type)});
  return Call("json_query", *std::move(arguments), span);
}

ExpressionPtr ExpressionBinder::BindJsonExists(const FunctionCall& call, SourceSpan span) {
  auto arguments = BindJsonArguments(call, span);
  const std::string on_error =
      ActionOn(call, "ERROR", "FALSE", {"TRUE", "FALSE", "UNKNOWN", "ERROR"});
  if (on_error.empty() || BehaviorOn(call, "EMPTY") != nullptr || !call.json_wrapper.empty() ||
      call.json_returning.has_value()) {
    return WrongJsonClause(call, span);
  }
  if (!arguments.has_value()) return nullptr;
  arguments->push_back(Expression::String(on_error));
  return Call("json_exists", *std::move(arguments), span);
}

// JSON_OBJECT and JSON_ARRAY.
ExpressionPtr ExpressionBinder::BindJsonMaking(const FunctionCall& call, SourceSpan span) {
  const bool object = UpperName(call) == "JSON_OBJECT";
  const std::string on_null =
      ActionOn(call, "NULL", object ? "NULL" : "ABSENT", {"NULL", "ABSENT"});
  if (on_null.empty() || !call.json_wrapper.empty() || call.json_returning.has_value()) {
    return WrongJsonClause(call, span);
  }
  std::string making = on_null + ":";
  std::vector<const SqlExpression*> values;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const SqlExpression* value = call.arguments[i].value.get();
    if (value == nullptr) return NotBuilt(span, "a DEFAULT argument of a function");
    const bool key = object && i % 2 == 0;
    const FunctionCall* json = key ? nullptr : JsonTextCall(*value);
    if (!key) making += json != nullptr ? 'j' : 'v';
    const bool bare = json != nullptr && UpperName(*json) == "JSON";
    if (bare && json->arguments.size() == 1) value = json->arguments[0].value.get();
    values.push_back(value);
  }
  auto bound = BindAll(values);
  if (!bound.has_value()) return nullptr;
  bound->insert(bound->begin(), Expression::String(making));
  return Call(object ? "json_object" : "json_array", *std::move(bound), span);
}

bool IsJsonCall(std::string_view name) {
  return name == "JSON_VALUE" || name == "JSON_QUERY" || name == "JSON_EXISTS" ||
         name == "JSON_OBJECT" || name == "JSON_ARRAY";
}

}  // namespace millrace
