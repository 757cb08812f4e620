#include "common/plan/key_groups.h"

#include <gmock/gmock.h>

namespace millrace {
namespace {

TEST(KeyGroupsTest, TasksOwnContiguousRangesThatCoverEveryGroupOnce) {
  for (const int32_t max_parallelism : {1, 2, 7, 128, 1000, 1024, 32768}) {
    for (const int32_t parallelism : {1, 2, 3, 5, 7, 127, 1000}) {
      if (parallelism > max_parallelism) continue;
      int32_t next = 0;
      for (int32_t task = 0; task < parallelism; ++task) {
        const KeyGroupRange range = KeyGroupsOfTask(task, parallelism, max_parallelism);
        EXPECT_EQ(range.begin, next);
        EXPECT_LT(range.begin, range.end) << "task " << task << " of " << parallelism;
        next = range.end;
      }
      EXPECT_EQ(next, max_parallelism);
    }
  }
}

TEST(KeyGroupsTest, AGroupBelongsToTheTaskWhoseRangeHoldsIt) {
  for (const int32_t parallelism : {1, 3, 10, 1023, 1024}) {
    for (int32_t group = 0; group < 1024; ++group) {
      const KeyGroup id(static_cast<uint16_t>(group));
      const int32_t task = TaskOfKeyGroup(id, parallelism, 1024);
      EXPECT_TRUE(KeyGroupsOfTask(task, parallelism, 1024).Contains(id));
    }
  }
}

TEST(KeyGroupsTest, TheLargestMaximumDoesNotOverflow) {
  EXPECT_EQ(TaskOfKeyGroup(KeyGroup(32767), 32768, 32768), 32767);
  EXPECT_EQ(KeyGroupsOfTask(32767, 32768, 32768), (KeyGroupRange{32767, 32768}));
}

TEST(KeyGroupsTest, RangesOverlapOnlyIfTheyShareAGroup) {
  EXPECT_FALSE((KeyGroupRange{0, 5}.Overlaps({5, 9})));
  EXPECT_TRUE((KeyGroupRange{0, 6}.Overlaps({5, 9})));
}

}  // namespace
}  // namespace millrace
