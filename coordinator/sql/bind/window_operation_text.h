// Joins and ranks of windows in words, for EXPLAIN and for fingerprints. Pure.
#pragma once

#include <string>

#include "common/columnar/schema.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// "InnerJoin", "LeftAntiJoin": Flink's names.
const char* JoinTypeText(JoinType type);

// "leftWindow=[WINDOW(...)], rightWindow=[...], joinType=[InnerJoin], where=[((a = b) AND ...)]".
// `left` and `right` have the inputs' columns.
std::string WindowJoinText(const LogicalWindowJoin& join, const Schema& left, const Schema& right);

// Whether it keeps the first or the last row of a time.
bool IsDeduplication(const WindowRankSpec& rank);

// "window=[WINDOW(...)], rankRange=[rankStart=1, rankEnd=3], partitionBy=[k], orderBy=[n DESC]"
std::string WindowRankText(const WindowRankSpec& rank, const Schema& input);

// "n DESC, k ASC NULLS LAST"
std::string OrderText(const std::vector<SortColumn>& order, const Schema& input);

}  // namespace millrace
