// Processing-time timers: operators that the clock calls.
#include <gmock/gmock.h>

#include <memory>
#include <utility>
#include <vector>

#include "tests/unit/worker/task/task_fixture.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Keeps its rows until ten seconds after the first one.
class Alarm final : public Operator {
 public:
  explicit Alarm(const Clock& clock) : clock_(clock) {}

  absl::Status Open(const TaskContext&, const StateReader*) override { return absl::OkStatus(); }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output&) override {
    if (kept_.empty()) next_ = clock_.Wall() + absl::Seconds(10);
    kept_.push_back(std::move(batch));
    return Progress::kDone;
  }

  absl::Time NextTime() const override { return next_; }

  absl::StatusOr<Progress> OnTime(absl::Time now, Output& out) override {
    EXPECT_GE(now, next_);
    next_ = absl::InfiniteFuture();
    for (Batch& batch : kept_) out.Emit(std::move(batch));
    kept_.clear();
    return Progress::kDone;
  }

 private:
  const Clock& clock_;
  std::vector<Batch> kept_;
  absl::Time next_ = absl::InfiniteFuture();
};

class TaskTimerTest : public TaskFixture {
 protected:
  void SetUp() override {
    TaskFixture::SetUp();
    links_.push_back({.name = "alarm", .state_id = "alarm", .op = std::make_unique<Alarm>(clock_)});
  }

  void PassTime(absl::Duration by) {
    executor_.Advance(by);
    Run();
  }
};

TEST_F(TaskTimerTest, ATimerFiresAtItsMillisecondThoughNothingComes) {
  source_.ids = {1, 2};
  OpenAndStart();
  PassTime(absl::Milliseconds(9'999));
  EXPECT_THAT(TakeSent(), IsEmpty());
  PassTime(absl::Milliseconds(1));
  EXPECT_THAT(TakeSent(), ElementsAre("+I[1]", "+I[2]"));
}

TEST_F(TaskTimerTest, WhatATimerGaveIsWorthACheckpoint) {
  source_.ids = {1};
  OpenAndStart();
  task_->TriggerCheckpoint({.epoch = Epoch(1)});
  Run();
  PassTime(absl::Seconds(10));
  task_->TriggerCheckpoint({.epoch = Epoch(2)});
  Run();
  EXPECT_THAT(TakeSent(), ElementsAre("barrier 1", "+I[1]", "barrier 2"));
  EXPECT_THAT(TakeEvents(), ElementsAre("open", "snapshot 1 at 1", "snapshot 2 at 1"));
}

TEST_F(TaskTimerTest, NothingFiresBehindTheFinalBarrier) {
  source_.ids = {1};
  OpenAndStart();
  task_->TriggerCheckpoint({.epoch = Epoch(1), .final = true});
  Run();
  EXPECT_THAT(TakeSent(), ElementsAre("barrier 1"));
  PassTime(absl::Seconds(20));
  EXPECT_THAT(TakeSent(), IsEmpty());
}

}  // namespace
}  // namespace millrace
