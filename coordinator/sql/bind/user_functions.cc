#include "coordinator/sql/bind/user_functions.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/expr/function_registry.h"
#include "common/expr/function_table.h"
#include "coordinator/sql/bind/aggregate_functions.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/expression_walk.h"

namespace millrace {
namespace {

// A Java class of the public Nexmark suite and the function that does the same.
struct Twin {
  std::string_view class_name;
  size_t arguments;
  absl::StatusOr<ExpressionPtr> (*call)(std::vector<ExpressionPtr> arguments);
};

// How often the first byte of a text is in another; 0 if one is NULL.
absl::StatusOr<ExpressionPtr> CountChar(std::vector<ExpressionPtr> arguments) {
  ASSIGN_OR_RETURN(ExpressionPtr count, BindCall("$count_char", std::move(arguments)));
  return BindCall("coalesce", {std::move(count), Expression::BigInt(0)});
}

constexpr std::array<Twin, 1> kTwins = {{
    {"com.github.nexmark.flink.udf.CountChar", 2, &CountChar},
}};

const Twin* FindTwin(std::string_view class_name) {
  const auto found = std::find_if(kTwins.begin(), kTwins.end(),
                                  [&](const Twin& twin) { return twin.class_name == class_name; });
  return found == kTwins.end() ? nullptr : &*found;
}

constexpr const char* kNoClassHint =
    "define it in SQL: CREATE FUNCTION f(a INT, b STRING) RETURNS STRING RETURN expression; the "
    "one "
    "class with a native twin is 'com.github.nexmark.flink.udf.CountChar'";

bool CallsItself(const SqlExpression& expression, const std::string& name) {
  if (const auto* call = expression.As<FunctionCall>()) {
    if (absl::EqualsIgnoreCase(call->name.parts.back().name, name)) return true;
  }
  bool found = false;
  ForEachOperand(expression,
                 [&](const SqlExpression& part) { found = found || CallsItself(part, name); });
  return found;
}

int CountUses(const Expression& expression, int column) {
  if (expression.kind() == ExpressionKind::kColumn) return expression.index() == column ? 1 : 0;
  int uses = 0;
  for (const ExpressionPtr& argument : expression.arguments()) uses += CountUses(*argument, column);
  return uses;
}

class FunctionBinder {
 public:
  FunctionBinder(const CreateFunctionStatement& statement, const DefinitionContext& context)
      : statement_(statement), context_(context), log_(context.log) {
    function_.name = absl::AsciiStrToLower(statement.name.parts.back().name);
    function_.temporary = statement.temporary;
    function_.system = statement.system;
  }

  UserFunctionPtr Bind() && {
    const bool right = statement_.body == nullptr ? BindClass() : BindBody();
    return right ? std::make_shared<const UserFunction>(std::move(function_)) : nullptr;
  }

 private:
  bool BindClass() {
    if (!statement_.options.empty()) {
      log_.NotBuilt(statement_.name.span, "WITH options of a function");
      return false;
    }
    if (FindTwin(statement_.class_name) == nullptr) {
      const std::string language = statement_.language.empty() ? "JAVA" : statement_.language;
      log_.NotBuilt(statement_.name.span,
                    absl::StrCat("the function '", function_.name, "' of the ", language,
                                 " class '", statement_.class_name, "'"),
                    kNoClassHint);
      return false;
    }
    function_.class_name = statement_.class_name;
    return true;
  }

  bool BindBody() {
    bool right = true;
    for (const CreateFunctionStatement::Parameter& parameter : statement_.parameters) {
      const std::optional<DataType> type = BindType(parameter.type, log_);
      right = right && type.has_value();
      // Whatever it says of NULL, an argument may be one.
      if (right) function_.parameters.push_back({parameter.name.name, type->WithNullable(true)});
    }
    std::optional<DataType> result;
    if (statement_.returns.has_value()) {
      result = BindType(*statement_.returns, log_);
      right = right && result.has_value();
    }
    if (!right) return false;
    if (CallsItself(*statement_.body, function_.name) &&
        context_.catalog.FindFunction({function_.name}) == nullptr) {
      log_.Error(statement_.body->span, bind_code::kWrongFunction,
                 absl::StrCat("the function '", function_.name, "' calls itself"),
                 "a function of SQL stands for its expression and cannot be recursive");
      return false;
    }
    Scope scope;
    scope.Add({}, Schema(function_.parameters));
    scope.UseFunctions(context_.catalog, context_.broken_names);
    function_.body =
        ExpressionBinder({.scope = &scope, .log = &log_, .clause = "the body of a function"})
            .Bind(*statement_.body);
    if (function_.body == nullptr) return false;
    function_.result = result.value_or(function_.body->type());
    return CastBody();
  }

  bool CastBody() {
    if (function_.result.kind() == TypeKind::kNull) {
      log_.Error(statement_.body->span, bind_code::kWrongFunction, "a bare NULL has no type",
                 "name it with RETURNS");
      return false;
    }
    ExpressionPtr cast = CastImplicitly(function_.body, function_.result);
    if (cast == nullptr) {
      log_.Error(statement_.body->span, bind_code::kWrongFunction,
                 absl::StrCat("the function '", function_.name, "' returns ",
                              function_.result.WithNullable(true).ToString(), ", its body gives ",
                              function_.body->type().WithNullable(true).ToString()),
                 "CAST the body");
      return false;
    }
    function_.body = std::move(cast);
    return true;
  }

  const CreateFunctionStatement& statement_;
  const DefinitionContext& context_;
  DiagnosticLog& log_;
  UserFunction function_;
};

}  // namespace

UserFunctionPtr BindCreateFunction(const CreateFunctionStatement& statement,
                                   const DefinitionContext& context) {
  return FunctionBinder(statement, context).Bind();
}

UserFunctionPtr FindUserFunction(const FunctionCall& call, const Catalog& catalog) {
  const std::vector<std::string> path = PathOf(call.name.parts);
  if (path.size() > 1) return catalog.FindFunction(path);
  if (UserFunctionPtr function = catalog.FindSystemFunction(path.front())) return function;
  const std::string name = FunctionName(call);
  if (IsAggregateFunction(name) || Functions().Find(name) != nullptr) return nullptr;
  return catalog.FindFunction(path);
}

absl::StatusOr<ExpressionPtr> CallUserFunction(const UserFunction& function,
                                               std::vector<ExpressionPtr> arguments) {
  const Twin* const twin = function.body == nullptr ? FindTwin(function.class_name) : nullptr;
  const size_t expected = twin == nullptr ? function.parameters.size() : twin->arguments;
  if (arguments.size() != expected) {
    return absl::InvalidArgumentError(absl::StrCat("the function '", function.name, "' takes ",
                                                   expected, " arguments, not ", arguments.size()));
  }
  if (twin != nullptr) return twin->call(std::move(arguments));
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Field& parameter = function.parameters[i];
    ExpressionPtr cast = CastImplicitly(arguments[i], parameter.type);
    if (cast == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("the parameter '", parameter.name, "' of the function '", function.name,
                       "' is ", parameter.type.ToString(), ", the argument is ",
                       arguments[i]->type().WithNullable(true).ToString()));
    }
    // Its expression would be there several times, each with a value of its own.
    if (IsChanging(cast) && CountUses(*function.body, static_cast<int>(i)) > 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("the function '", function.name, "' reads its parameter '", parameter.name,
                       "' several times, and the argument gives another value each time; compute "
                       "it in a query below this one"));
    }
    arguments[i] = std::move(cast);
  }
  return Inline(function.body, arguments);
}

}  // namespace millrace
