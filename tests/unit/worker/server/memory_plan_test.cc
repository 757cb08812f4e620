#include "worker/server/memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

TEST(MemoryPlanTest, ThePartsLeaveRoomForTheProcessItself) {
  for (const int64_t mib : {128, 256, 512, 2048, 65536}) {
    const int64_t budget = mib << 20;
    ASSERT_OK_AND_ASSIGN(const MemoryPlan plan, PlanMemory(budget));
    EXPECT_GT(plan.state_bytes, 0);
    EXPECT_LE(plan.state_bytes + plan.exchange_floating_bytes, budget / 2) << mib;
    EXPECT_LE(plan.window_bytes_max, plan.exchange_floating_bytes) << mib;
  }
}

TEST(MemoryPlanTest, TooSmallABudgetIsRefusedWithTheSettingsName) {
  EXPECT_THAT(
      PlanMemory(int64_t{64} << 20),
      StatusIs(absl::StatusCode::kInvalidArgument,
               testing::AllOf(testing::HasSubstr("worker.memory"), testing::HasSubstr("128MiB"))));
}

}  // namespace
}  // namespace millrace
