#include "coordinator/sql/bind/aggregate_functions.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/plan/aggregate_name.h"

namespace millrace {
namespace {

constexpr std::array kBuilt = {AggregateFunction::kApproxCountDistinct,
                               AggregateFunction::kArrayAgg,
                               AggregateFunction::kAvg,
                               AggregateFunction::kCollect,
                               AggregateFunction::kCount,
                               AggregateFunction::kFirstValue,
                               AggregateFunction::kJsonArrayAgg,
                               AggregateFunction::kJsonObjectAgg,
                               AggregateFunction::kLastValue,
                               AggregateFunction::kListAgg,
                               AggregateFunction::kMax,
                               AggregateFunction::kMin,
                               AggregateFunction::kPercentile,
                               AggregateFunction::kSum};

constexpr std::array<std::string_view, 6> kVariances = {"STDDEV",   "STDDEV_POP", "STDDEV_SAMP",
                                                        "VARIANCE", "VAR_POP",    "VAR_SAMP"};

constexpr std::array<std::string_view, 3> kGroupings = {"GROUPING", "GROUPING_ID", "GROUP_ID"};

constexpr std::array<std::string_view, 16> kOthers = {"ANY_VALUE",
                                                      "BIT_AND",
                                                      "BIT_OR",
                                                      "BIT_XOR",
                                                      "CUME_DIST",
                                                      "DENSE_RANK",
                                                      "LAG",
                                                      "LEAD",
                                                      "NTILE",
                                                      "PERCENTILE_CONT",
                                                      "PERCENTILE_DISC",
                                                      "PERCENT_RANK",
                                                      "RANK",
                                                      "ROW_NUMBER",
                                                      "SINGLE_VALUE",
                                                      "SUM0"};

template <typename Names>
bool Contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Of a JSON text, in Flink.
constexpr int kJsonLength = 2000;

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

bool CanBeKept(const DataType& type) {
  return type.kind() != TypeKind::kMap && type.kind() != TypeKind::kNull &&
         std::all_of(type.children().begin(), type.children().end(), CanBeKept);
}

bool IsVariance(std::string_view name) { return Contains(kVariances, name); }

bool IsGroupingFunction(std::string_view name) { return Contains(kGroupings, name); }

bool IsAggregateFunction(std::string_view name) {
  return FindAggregateFunction(name).has_value() || IsVariance(name) || IsGroupingFunction(name) ||
         Contains(kOthers, name);
}

std::optional<AggregateFunction> FindAggregateFunction(std::string_view name) {
  for (const AggregateFunction built : kBuilt) {
    if (AggregateFunctionName(built) == name) return built;
  }
  return std::nullopt;
}

std::vector<std::string> AggregateFunctionNames() {
  std::vector<std::string> names;
  for (const AggregateFunction built : kBuilt) names.emplace_back(AggregateFunctionName(built));
  names.insert(names.end(), kVariances.begin(), kVariances.end());
  names.insert(names.end(), kGroupings.begin(), kGroupings.end());
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<DataType> AggregateResultType(AggregateFunction function, const DataType& argument,
                                             bool filter) {
  const bool nullable = argument.nullable() || filter;
  const bool is_decimal = argument.kind() == TypeKind::kDecimal;
  const auto refused = [&](const char* wanted) {
    return absl::InvalidArgumentError(absl::StrCat(AbslView(AggregateFunctionName(function)),
                                                   " takes ", wanted, ", not ",
                                                   argument.WithNullable(true).ToString()));
  };
  switch (function) {
    case AggregateFunction::kCount:
    case AggregateFunction::kApproxCountDistinct:
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
    case AggregateFunction::kFirstValue:
    case AggregateFunction::kLastValue:
      return argument.WithNullable(nullable);
    case AggregateFunction::kListAgg:
      if (!argument.IsCharacter()) return refused("texts; CAST(x AS STRING) makes some");
      return DataType::String();
    case AggregateFunction::kArrayAgg:
      return DataType::Array(argument);
    case AggregateFunction::kCollect:
      return DataType::Map(argument.WithNullable(false), DataType::Int().WithNullable(false))
          .WithNullable(false);
    case AggregateFunction::kPercentile:
      if (!argument.IsNumeric()) return refused("numbers");
      return DataType::Double();
    case AggregateFunction::kJsonObjectAgg:
    case AggregateFunction::kJsonArrayAgg:
      return DataType::Varchar(kJsonLength).WithNullable(false);
  }
  return absl::InternalError("an aggregate function without a type");
}

}  // namespace millrace
