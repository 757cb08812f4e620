// Flink's rules about types: which casts there are, which are made by themselves, what type two
// values have in common, and what type arithmetic on decimals has. Pure.
#pragma once

#include <optional>
#include <vector>

#include "common/columnar/data_type.h"

namespace millrace {

enum class CastKind : uint8_t {
  kNone,      // Flink has no such cast.
  kExplicit,  // CAST only: it may fail or lose something.
  kImplicit,  // Made wherever it helps: it never fails.
  kIdentity,  // The values already are values of the target type: nothing is to be done.
};

// NOT NULL plays no part.
CastKind CastBetween(const DataType& from, const DataType& to);

// The least type that all can be cast to implicitly; nullable if one is. Empty if there is none or
// all are NULL.
std::optional<DataType> LeastRestrictive(const std::vector<DataType>& types);

// The DECIMAL that holds every value of an integer or decimal type.
DataType AsDecimal(const DataType& exact_numeric);

// Result types of arithmetic on decimals, as SQL Server's with Hive's cut of the scale at 38 digits
// (Flink, LogicalTypeMerging).
DataType DecimalSum(const DataType& a, const DataType& b);
DataType DecimalProduct(const DataType& a, const DataType& b);
DataType DecimalQuotient(const DataType& a, const DataType& b);
DataType DecimalRemainder(const DataType& a, const DataType& b);
DataType DecimalRounded(const DataType& value, int digits);

// Equal but for NOT NULL, at any depth.
bool SameValues(const DataType& a, const DataType& b);

}  // namespace millrace
