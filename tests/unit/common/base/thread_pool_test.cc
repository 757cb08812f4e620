#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/base/executor.h"

namespace millrace {
namespace {

TEST(ThreadPoolTest, OneThreadKeepsTheOrderOfPosting) {
  auto executor = NewThreadPool("test", 1);
  std::vector<int> seen;
  absl::Notification done;
  for (int i = 0; i < 1000; ++i) executor->Post([&seen, i] { seen.push_back(i); });
  executor->Post([&done] { done.Notify(); });
  done.WaitForNotification();
  ASSERT_EQ(seen.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(seen[i], i);
}

TEST(ThreadPoolTest, SeveralThreadsRunAtTheSameTime) {
  auto executor = NewThreadPool("test", 2);
  absl::Notification first;
  absl::Notification second;
  absl::Notification done;
  executor->Post([&] {
    first.Notify();
    second.WaitForNotification();
    done.Notify();
  });
  executor->Post([&] {
    first.WaitForNotification();
    second.Notify();
  });
  done.WaitForNotification();
}

TEST(ThreadPoolTest, DelayedWorkRunsInTheOrderOfItsTimes) {
  auto executor = NewThreadPool("test", 1);
  std::vector<int> seen;
  absl::Notification done;
  executor->PostAfter(absl::Milliseconds(20), [&] {
    seen.push_back(2);
    done.Notify();
  });
  executor->PostAfter(absl::Milliseconds(1), [&] { seen.push_back(1); });
  done.WaitForNotification();
  EXPECT_EQ(seen, std::vector<int>({1, 2}));
}

TEST(ThreadPoolTest, DestructionDropsWhatHasNotBegunAndWaitsForWhatHas) {
  std::atomic<bool> finished = false;
  std::atomic<bool> dropped = true;
  absl::Notification started;
  auto executor = NewThreadPool("test", 1);
  executor->Post([&] {
    started.Notify();
    finished = true;
  });
  executor->PostAfter(absl::Hours(1), [&] { dropped = false; });
  started.WaitForNotification();
  executor.reset();
  EXPECT_TRUE(finished);
  EXPECT_TRUE(dropped);
}

TEST(ThreadPoolTest, DroppedWorkMayPostWhenItGoes) {
  auto executor = NewThreadPool("test", 1);
  Executor* const pool = executor.get();
  executor->PostAfter(absl::Hours(1), [held = std::shared_ptr<void>(
                                           nullptr, [pool](void*) { pool->Post([] {}); })] {});
  executor.reset();
}

}  // namespace
}  // namespace millrace
