#include "common/expr/function_table.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/absl_view.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/expr/evaluator.h"
#include "common/expr/session_zone.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

struct Parameter {
  std::string word;
  bool optional = false;
  bool repeated = false;
};

std::vector<Parameter> ParseParameters(std::string_view text) {
  std::vector<Parameter> parameters;
  bool optional = false;
  for (absl::string_view part : absl::StrSplit(AbslView(text), ',', absl::SkipWhitespace())) {
    part = absl::StripAsciiWhitespace(part);
    const bool opens = absl::ConsumeSuffix(&part, "[");
    while (absl::ConsumeSuffix(&part, "]")) {
    }
    part = absl::StripAsciiWhitespace(part);
    Parameter parameter{.optional = optional};
    parameter.repeated = absl::ConsumeSuffix(&part, "...");
    parameter.word = std::string(part);
    parameters.push_back(std::move(parameter));
    optional = optional || opens;
  }
  return parameters;
}

// The type that an argument of a word is cast to; empty for words that take types as they are.
std::optional<DataType> TypeOfWord(const std::string& word) {
  if (word == "BOOLEAN") return DataType::Boolean();
  if (word == "INT") return DataType::Int();
  if (word == "BIGINT") return DataType::BigInt();
  if (word == "DOUBLE") return DataType::Double();
  if (word == "STRING") return DataType::String();
  if (word == "BYTES") return DataType::Bytes();
  if (word == "DATE") return DataType::Date();
  if (word == "TIME") return DataType::Time(3);
  return std::nullopt;
}

bool IsA(const DataType& type, const std::string& word) {
  if (word == "ANY") return true;
  if (word == "INTEGER") return type.IsInteger();
  if (word == "NUMERIC") return type.IsNumeric();
  if (word == "DECIMAL") return type.kind() == TypeKind::kDecimal;
  if (word == "TIMESTAMP") return type.kind() == TypeKind::kTimestamp;
  if (word == "TIMESTAMP_LTZ") return type.kind() == TypeKind::kTimestampLtz;
  if (word == "INTERVAL") return type.IsInterval();
  if (word == "ARRAY") return type.kind() == TypeKind::kArray;
  if (word == "MAP") return type.kind() == TypeKind::kMap;
  if (word == "ROW") return type.kind() == TypeKind::kRow;
  if (word == "STRINGS") {
    return type.kind() == TypeKind::kArray && type.children()[0].IsCharacter();
  }
  const auto exact = TypeOfWord(word);
  CHECK(exact.has_value());
  return CastBetween(type, *exact) == CastKind::kIdentity;
}

// The type of a bare NULL as an argument of a word.
DataType NullTypeOf(const std::string& word) {
  if (const auto type = TypeOfWord(word)) return *type;
  if (word == "INTEGER" || word == "NUMERIC") return DataType::Int();
  if (word == "DECIMAL") return DataType::Decimal(38, 18);
  if (word == "TIMESTAMP") return DataType::Timestamp(3);
  if (word == "TIMESTAMP_LTZ") return DataType::TimestampLtz(3);
  if (word == "INTERVAL") return DataType::IntervalDayTime();
  return DataType::Boolean();
}

bool TakesNull(const std::string& word) {
  return word != "ARRAY" && word != "STRINGS" && word != "MAP" && word != "ROW";
}

bool CountFits(const std::vector<Parameter>& parameters, size_t count) {
  size_t least = 0;
  for (const Parameter& parameter : parameters) least += parameter.optional ? 0 : 1;
  const bool unbounded = !parameters.empty() && parameters.back().repeated;
  return count >= least && (unbounded || count <= parameters.size());
}

class Signature {
 public:
  explicit Signature(Overload overload)
      : overload_(std::move(overload)), parameters_(ParseParameters(overload_.parameters)) {}

  const Overload& overload() const { return overload_; }

  bool Fits(const ExpressionList& arguments, bool with_casts) const {
    if (!CountFits(parameters_, arguments.size())) return false;
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (!Fits(arguments[i]->type(), Word(i), with_casts)) return false;
    }
    return true;
  }

  ExpressionPtr Call(const std::string& name, ExpressionList arguments) const {
    for (size_t i = 0; i < arguments.size(); ++i) {
      const std::string& word = Word(i);
      if (arguments[i]->type().kind() == TypeKind::kNull) {
        arguments[i] = Expression::Null(NullTypeOf(word));
      } else if (!IsA(arguments[i]->type(), word)) {
        arguments[i] = Coerced(std::move(arguments[i]), *TypeOfWord(word));
      }
    }
    const bool nullable = overload_.nullable || AnyNullable(arguments);
    const DataType type = overload_.result(arguments).WithNullable(nullable);
    return Expression::Call(name, std::move(arguments), type);
  }

 private:
  static bool Fits(const DataType& type, const std::string& word, bool with_casts) {
    if (type.kind() == TypeKind::kNull) return TakesNull(word);
    if (IsA(type, word)) return true;
    const auto target = TypeOfWord(word);
    return with_casts && target && CastBetween(type, *target) == CastKind::kImplicit;
  }

  const std::string& Word(size_t argument) const {
    return parameters_[std::min(argument, parameters_.size() - 1)].word;
  }

  Overload overload_;
  std::vector<Parameter> parameters_;
};

using Signatures = std::vector<Signature>;

const Signature* Choose(const Signatures& signatures, const ExpressionList& arguments) {
  for (const bool with_casts : {false, true}) {
    for (const Signature& signature : signatures) {
      if (signature.Fits(arguments, with_casts)) return &signature;
    }
  }
  return nullptr;
}

FunctionDefinition DefinitionOf(std::string name, std::string aliases,
                                std::vector<Overload> overloads) {
  auto signatures = std::make_shared<Signatures>();
  std::vector<std::string> accepted;
  const std::string shown = absl::AsciiStrToUpper(name);
  for (Overload& overload : overloads) {
    accepted.push_back(absl::StrCat(shown, "(", overload.parameters, ")"));
    signatures->emplace_back(std::move(overload));
  }
  FunctionDefinition definition;
  definition.name = name;
  definition.aliases = std::move(aliases);
  definition.accepts = absl::StrJoin(accepted, ", ");
  definition.bind = [name, shown, signatures, accepts = definition.accepts](
                        ExpressionList arguments) -> absl::StatusOr<ExpressionPtr> {
    const Signature* signature = Choose(*signatures, arguments);
    if (signature == nullptr) return WrongArguments(shown, arguments, accepts);
    return signature->Call(name, std::move(arguments));
  };
  definition.kernel = [signatures](const Expression& call) -> absl::StatusOr<Kernel> {
    const Signature* signature = Choose(*signatures, call.arguments());
    if (signature == nullptr) {
      return absl::InvalidArgumentError(call.function() + " has other arguments");
    }
    return signature->overload().kernel(call);
  };
  return definition;
}

}  // namespace

void ScalarFunctionTable::Add(std::string name, std::string aliases,
                              std::vector<Overload> overloads) {
  Add(DefinitionOf(std::move(name), std::move(aliases), std::move(overloads)));
}

void ScalarFunctionTable::AddOperator(std::string name, std::string symbol,
                                      std::vector<Overload> overloads) {
  FunctionDefinition definition =
      DefinitionOf(std::move(name), std::move(symbol), std::move(overloads));
  definition.syntax = true;
  Add(std::move(definition));
}

void ScalarFunctionTable::AddChanging(std::string name, std::vector<Overload> overloads) {
  FunctionDefinition definition = DefinitionOf(std::move(name), "", std::move(overloads));
  definition.changing = true;
  Add(std::move(definition));
}

void ScalarFunctionTable::Add(FunctionDefinition definition) {
  names_[definition.name] = definition.name;
  for (const absl::string_view alias :
       absl::StrSplit(definition.aliases, ' ', absl::SkipWhitespace())) {
    names_[absl::AsciiStrToLower(alias)] = definition.name;
  }
  const std::string name = definition.name;
  const bool added = functions_.emplace(name, std::move(definition)).second;
  CHECK(added);
}

const FunctionDefinition* ScalarFunctionTable::Find(std::string_view name) const {
  const auto canonical = names_.find(absl::AsciiStrToLower(AbslView(name)));
  return canonical == names_.end() ? nullptr : &functions_.at(canonical->second);
}

const ScalarFunctionTable& Functions() {
  static const ScalarFunctionTable* const kTable = [] {
    static ScalarFunctionTable table;
    AddLogicFunctions(table);
    AddComparisonFunctions(table);
    AddConditionalFunctions(table);
    AddArithmeticFunctions(table);
    AddMathFunctions(table);
    AddStringFunctions(table);
    AddPatternFunctions(table);
    AddRegexpFunctions(table);
    AddRealFunctions(table);
    AddDigitFunctions(table);
    AddRandomFunctions(table);
    AddHashFunctions(table);
    AddEncodingFunctions(table);
    AddUrlFunctions(table);
    AddTextTestFunctions(table);
    AddPrintfFunctions(table);
    AddTemporalFunctions(table);
    AddTemporalTextFunctions(table);
    AddClockFunctions(table);
    AddCollectionFunctions(table);
    AddArrayFunctions(table);
    AddMapFunctions(table);
    AddJsonQueryFunctions(table);
    AddJsonValueFunction(table);
    AddJsonTextFunctions(table);
    AddCastFunctions(table);
    AddTwinFunctions(table);
    return &table;
  }();
  return *kTable;
}

bool AnyNullable(const ExpressionList& arguments) {
  for (const ExpressionPtr& argument : arguments) {
    if (argument->type().nullable()) return true;
  }
  return false;
}

std::vector<DataType> TypesOf(const ExpressionList& arguments) {
  std::vector<DataType> types;
  for (const ExpressionPtr& argument : arguments) types.push_back(argument->type());
  return types;
}

ExpressionPtr StrictCall(std::string name, ExpressionList arguments, const DataType& type) {
  const bool nullable = AnyNullable(arguments);
  return Expression::Call(std::move(name), std::move(arguments), type.WithNullable(nullable));
}

ExpressionPtr Coerced(ExpressionPtr value, const DataType& type) {
  if (value->type().kind() == TypeKind::kNull) return Expression::Null(type);
  const CastKind kind = CastBetween(value->type(), type);
  CHECK(kind != CastKind::kNone);
  if (kind == CastKind::kIdentity) return value;
  // What depends on the session's time zone is not known yet.
  const bool literal =
      value->kind() == ExpressionKind::kLiteral && !CastDependsOnZone(value->type(), type);
  ExpressionPtr cast = StrictCall("cast", {std::move(value)}, type);
  if (!literal) return cast;
  auto constant = EvaluateConstant(cast);
  return constant.ok() ? Expression::Literal(cast->type(), *std::move(constant)) : cast;
}

absl::Status WrongArguments(std::string_view function, const ExpressionList& arguments,
                            std::string_view accepts) {
  const std::string types =
      absl::StrJoin(arguments, ", ", [](std::string* out, const ExpressionPtr& argument) {
        absl::StrAppend(out, argument->type().WithNullable(true).ToString());
      });
  return absl::InvalidArgumentError(absl::StrCat(AbslView(function), " cannot take (", types,
                                                 "); it accepts ", AbslView(accepts)));
}

absl::StatusOr<ExpressionPtr> BindByName(std::string_view name, ExpressionList arguments) {
  const FunctionDefinition* function = Functions().Find(name);
  if (function == nullptr) {
    return absl::NotFoundError(absl::StrCat("there is no function ", AbslView(name)));
  }
  return function->bind(std::move(arguments));
}

}  // namespace millrace
