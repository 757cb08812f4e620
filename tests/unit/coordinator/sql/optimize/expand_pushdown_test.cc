// GROUPING SETS beside a window: rows are expanded below it.
#include "coordinator/sql/optimize/expand_pushdown.h"

#include <gmock/gmock.h>

#include <string>

#include "coordinator/sql/optimize/optimizer.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/sql/bind/bound_script.h"

namespace millrace {
namespace {

using testing::HasSubstr;

std::string OptimizedPlanOf(const std::string& query) {
  const BoundTestScript bound = BindTest("INSERT INTO numbers " + query);
  EXPECT_EQ(bound.errors, "");
  const auto optimized = Optimize(bound.sinks);
  EXPECT_OK(optimized);
  return optimized.ok() ? OptimizedPlanText((*optimized)[0], nullptr) : "";
}

TEST(ExpandPushdownTest, BesideAWindowTheRowsAreExpandedBelowIt) {
  const std::string plan = OptimizedPlanOf(
      "SELECT SUM(id) FROM TABLE(HOP(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' MINUTE, INTERVAL "
      "'5' MINUTE)) WHERE id > 3 GROUP BY window_start, window_end, CUBE (id, page)");
  EXPECT_THAT(plan, HasSubstr("WindowAggregate(groupBy=[id, page, $e], window=[HOP("));
  EXPECT_THAT(plan, HasSubstr("Expand(sets=[{id, page}, {id}, {page}, {}])"));
  EXPECT_LT(plan.find("WindowAggregate"), plan.find("Expand(")) << plan;
}

}  // namespace
}  // namespace millrace
