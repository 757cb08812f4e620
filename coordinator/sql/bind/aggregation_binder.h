// SELECT with GROUP BY or aggregate functions: a projection of keys and arguments, the aggregation,
// and what is computed of its results.
//
// Groups of a window: GROUP BY window_start, window_end over a window table function, or the older
// GROUP BY TUMBLE(time, size), which is turned into it. Names in GROUP BY are columns of FROM
// first, then aliases of the SELECT list; a number counts its items.
#pragma once

#include "coordinator/sql/bind/query_binder.h"

namespace millrace {

// `relation` is FROM after WHERE. Null after reporting.
LogicalPlan BindAggregation(const SelectQuery& select, Relation relation, QueryContext& context);

}  // namespace millrace
