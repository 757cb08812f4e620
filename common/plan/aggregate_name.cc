#include "common/plan/aggregate_name.h"

namespace millrace {

std::string_view AggregateFunctionName(AggregateFunction function) {
  switch (function) {
    case AggregateFunction::kCount:
      return "COUNT";
    case AggregateFunction::kSum:
      return "SUM";
    case AggregateFunction::kMin:
      return "MIN";
    case AggregateFunction::kMax:
      return "MAX";
    case AggregateFunction::kAvg:
      return "AVG";
    case AggregateFunction::kFirstValue:
      return "FIRST_VALUE";
    case AggregateFunction::kLastValue:
      return "LAST_VALUE";
    case AggregateFunction::kListAgg:
      return "LISTAGG";
    case AggregateFunction::kArrayAgg:
      return "ARRAY_AGG";
    case AggregateFunction::kCollect:
      return "COLLECT";
    case AggregateFunction::kPercentile:
      return "PERCENTILE";
    case AggregateFunction::kApproxCountDistinct:
      return "APPROX_COUNT_DISTINCT";
    case AggregateFunction::kJsonObjectAgg:
      return "JSON_OBJECTAGG";
    case AggregateFunction::kJsonArrayAgg:
      return "JSON_ARRAYAGG";
  }
  return "?";
}

}  // namespace millrace
