// Whether two plans give the same columns of the same rows. Pure.
#pragma once

#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// True if they are built alike, whatever their columns are called. False says nothing.
bool SamePlan(const LogicalNode& a, const LogicalNode& b);

}  // namespace millrace
