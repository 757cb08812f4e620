#include "worker/state/materialization_queue.h"

#include <gmock/gmock.h>

#include <vector>

#include "tests/harness/fake_clock.h"
#include "tests/harness/manual_executor.h"

namespace millrace {
namespace {

using testing::ElementsAre;

TEST(MaterializationQueueTest, OnePieceIsOnTheExecutorAtATime) {
  FakeClock clock;
  ManualExecutor executor(clock);
  MaterializationQueue work;
  std::vector<int> done;
  for (int i = 1; i <= 3; ++i) work.Post(executor, [&done, i] { done.push_back(i); });
  EXPECT_EQ(executor.ready(), 1u);
  executor.RunOne();
  EXPECT_THAT(done, ElementsAre(1));
  EXPECT_EQ(executor.ready(), 1u);
  executor.RunReady();
  EXPECT_THAT(done, ElementsAre(1, 2, 3));
  work.Post(executor, [&done] { done.push_back(4); });
  executor.RunReady();
  EXPECT_THAT(done, ElementsAre(1, 2, 3, 4));
}

}  // namespace
}  // namespace millrace
