#include "coordinator/sql/bind/aggregate_functions.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace millrace {
namespace {

struct BuiltAggregate {
  std::string_view name;
  AggregateFunction function;
};

constexpr std::array<BuiltAggregate, 5> kBuilt = {{{"AVG", AggregateFunction::kAvg},
                                                   {"COUNT", AggregateFunction::kCount},
                                                   {"MAX", AggregateFunction::kMax},
                                                   {"MIN", AggregateFunction::kMin},
                                                   {"SUM", AggregateFunction::kSum}}};

constexpr std::array<std::string_view, 6> kVariances = {"STDDEV",   "STDDEV_POP", "STDDEV_SAMP",
                                                        "VARIANCE", "VAR_POP",    "VAR_SAMP"};

constexpr std::array<std::string_view, 28> kOthers = {"ANY_VALUE",
                                                      "APPROX_COUNT_DISTINCT",
                                                      "ARRAY_AGG",
                                                      "BIT_AND",
                                                      "BIT_OR",
                                                      "BIT_XOR",
                                                      "COLLECT",
                                                      "CUME_DIST",
                                                      "DENSE_RANK",
                                                      "FIRST_VALUE",
                                                      "GROUPING",
                                                      "GROUPING_ID",
                                                      "GROUP_ID",
                                                      "JSON_ARRAYAGG",
                                                      "JSON_OBJECTAGG",
                                                      "LAG",
                                                      "LAST_VALUE",
                                                      "LEAD",
                                                      "LISTAGG",
                                                      "NTILE",
                                                      "PERCENTILE",
                                                      "PERCENTILE_CONT",
                                                      "PERCENTILE_DISC",
                                                      "PERCENT_RANK",
                                                      "RANK",
                                                      "ROW_NUMBER",
                                                      "SINGLE_VALUE",
                                                      "SUM0"};

const char* NameOf(AggregateFunction function) {
  for (const BuiltAggregate& built : kBuilt) {
    if (built.function == function) return built.name.data();
  }
  return "?";
}

}  // namespace

bool HasOrder(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
    case TypeKind::kDate:
    case TypeKind::kTime:
      return true;
    default:
      return type.IsNumeric() || type.IsCharacter() || type.IsTimestamp();
  }
}

bool IsVariance(std::string_view name) {
  return std::find(kVariances.begin(), kVariances.end(), name) != kVariances.end();
}

bool IsAggregateFunction(std::string_view name) {
  return FindAggregateFunction(name).has_value() || IsVariance(name) ||
         std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end();
}

std::optional<AggregateFunction> FindAggregateFunction(std::string_view name) {
  for (const BuiltAggregate& built : kBuilt) {
    if (built.name == name) return built.function;
  }
  return std::nullopt;
}

std::vector<std::string> AggregateFunctionNames() {
  std::vector<std::string> names;
  for (const BuiltAggregate& built : kBuilt) names.emplace_back(built.name);
  names.insert(names.end(), kVariances.begin(), kVariances.end());
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<DataType> AggregateResultType(AggregateFunction function, const DataType& argument,
                                             bool filter) {
  const bool nullable = argument.nullable() || filter;
  const bool is_decimal = argument.kind() == TypeKind::kDecimal;
  const auto refused = [&](const char* wanted) {
    return absl::InvalidArgumentError(absl::StrCat(NameOf(function), " takes ", wanted, ", not ",
                                                   argument.WithNullable(true).ToString()));
  };
  switch (function) {
    case AggregateFunction::kCount:
      return DataType::BigInt().WithNullable(false);
    case AggregateFunction::kMin:
    case AggregateFunction::kMax:
      if (!HasOrder(argument)) return refused("numbers, texts, times or BOOLEANs");
      return argument.WithNullable(nullable);
    case AggregateFunction::kSum:
      if (!argument.IsNumeric()) return refused("numbers");
      return (is_decimal ? DataType::Decimal(38, argument.scale()) : argument)
          .WithNullable(nullable);
    case AggregateFunction::kAvg:
      if (!argument.IsNumeric()) return refused("numbers");
      return (is_decimal ? DataType::Decimal(38, std::max(argument.scale(), 6)) : argument)
          .WithNullable(nullable);
  }
  return absl::InternalError("an aggregate function without a type");
}

}  // namespace millrace
