#include "common/base/serial_work.h"

#include <gmock/gmock.h>

#include <vector>

#include "absl/synchronization/notification.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/manual_executor.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SerialWorkTest : public testing::Test {
 protected:
  int64_t Post(int piece, absl::Status result = absl::OkStatus()) {
    return work_->Post(10, [this, piece, result] {
      done_.push_back(piece);
      return result;
    });
  }

  FakeClock clock_;
  ManualExecutor executor_{clock_};
  int progress_ = 0;
  std::shared_ptr<SerialWork> work_ =
      std::make_shared<SerialWork>(executor_, [this] { ++progress_; });
  std::vector<int> done_;
};

TEST_F(SerialWorkTest, PiecesAreDoneInOrderAndTold) {
  Post(1);
  EXPECT_EQ(Post(2), 2);
  EXPECT_EQ(work_->backlog_bytes(), 20);
  EXPECT_EQ(work_->done(), 0);
  executor_.RunReady();
  EXPECT_THAT(done_, ElementsAre(1, 2));
  EXPECT_EQ(work_->done(), 2);
  EXPECT_EQ(work_->backlog_bytes(), 0);
  EXPECT_EQ(progress_, 2);
}

TEST_F(SerialWorkTest, NothingIsDoneAfterAFailure) {
  Post(1);
  Post(2, absl::ResourceExhaustedError("disk full"));
  Post(3);
  executor_.RunReady();
  EXPECT_THAT(done_, ElementsAre(1, 2));
  EXPECT_THAT(work_->status(), StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("full")));
  EXPECT_EQ(work_->backlog_bytes(), 0);
}

TEST_F(SerialWorkTest, DrainDoesWhatTheExecutorHasNotBegun) {
  Post(1);
  Post(2);
  EXPECT_OK(work_->Drain());
  EXPECT_THAT(done_, ElementsAre(1, 2));
}

TEST(SerialWorkThreadsTest, OnSeveralThreadsTheOrderIsKeptAndDrainMayRunOnOneOfThem) {
  const std::unique_ptr<Executor> pool = NewThreadPool("test", 3);
  const auto work = std::make_shared<SerialWork>(*pool, [] {});
  std::vector<int> done;  // Guarded by the order itself.
  for (int i = 0; i < 1000; ++i) {
    work->Post(0, [&done, i] {
      done.push_back(i);
      return absl::OkStatus();
    });
  }
  absl::Notification drained;
  pool->Post([&] {
    EXPECT_OK(work->Drain());
    drained.Notify();
  });
  drained.WaitForNotification();
  ASSERT_EQ(done.size(), 1000u);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(done[static_cast<size_t>(i)], i);
}

}  // namespace
}  // namespace millrace
