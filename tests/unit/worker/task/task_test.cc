// The life of a task: what it says to its listener and sends along its edges, and in which order.
#include "worker/task/task.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/worker/task/task_fixture.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using TaskTest = TaskFixture;

TEST_F(TaskTest, ReadsNothingBeforeItIsStarted) {
  source_.ids = {1};
  OpenSource();
  EXPECT_THAT(TakeEvents(), ElementsAre("open"));
  EXPECT_EQ(source_.polls, 0);
  task_->Start();
  Run();
  EXPECT_THAT(TakeSent(), ElementsAre("+I[1]"));
}

TEST_F(TaskTest, ABarrierFollowsWhatWasReadBeforeIt) {
  source_.ids = {1, 2};
  OpenAndStart();
  task_->TriggerCheckpoint({.epoch = Epoch(5)});
  Run();
  EXPECT_THAT(TakeSent(), ElementsAre("+I[1]", "+I[2]", "barrier 5"));
  EXPECT_THAT(TakeEvents(), ElementsAre("open", "snapshot 5 at 2"));
}

TEST_F(TaskTest, ACheckpointSaysWhetherAnythingMoved) {
  source_.ids = {1};
  OpenAndStart();
  task_->TriggerCheckpoint({.epoch = Epoch(1)});
  Run();
  task_->TriggerCheckpoint({.epoch = Epoch(2)});
  Run();
  EXPECT_THAT(TakeEvents(),
              ElementsAre("open", "snapshot 1 at 1", "snapshot 2 at 1, nothing moved"));
}

TEST_F(TaskTest, AnEndedInputGoesOnForwardingBarriersUntilTheFinalOneIsDurable) {
  source_.ids = {1};
  source_.ends = true;
  OpenAndStart();
  EXPECT_THAT(TakeSent(), ElementsAre("+I[1]", "end of time"));
  task_->TriggerCheckpoint({.epoch = Epoch(1)});
  Run();
  task_->OnDurable(Epoch(1), Term(1));
  task_->TriggerCheckpoint({.epoch = Epoch(2), .final = true});
  Run();
  EXPECT_THAT(TakeSent(), ElementsAre("barrier 1", "barrier 2"));
  task_->OnDurable(Epoch(2), Term(1));
  Run();
  EXPECT_THAT(TakeSent(), ElementsAre("end of input"));
  EXPECT_THAT(TakeEvents(), ElementsAre("open", "input ended", "snapshot 1 at 1",
                                        "snapshot 2 at 1, nothing moved", "finished"));
  EXPECT_THAT(source_.durable, ElementsAre(1, 2));
}

TEST_F(TaskTest, NothingIsReadAfterTheFinalBarrierOfAStop) {
  OpenAndStart();
  task_->TriggerCheckpoint({.epoch = Epoch(1), .final = true});
  Run();
  source_.ids = {1, 2, 3};
  task_->Wake();
  Run();
  EXPECT_THAT(TakeSent(), ElementsAre("barrier 1"));
}

TEST_F(TaskTest, AFullOutputStopsThePollingOfTheSource) {
  channel_.full = true;
  source_.ids = {1, 2, 3};
  OpenAndStart();
  EXPECT_EQ(source_.polls, 0);
  channel_.full = false;
  task_->Wake();
  Run();
  EXPECT_THAT(TakeSent(), ElementsAre("+I[1]", "+I[2]", "+I[3]"));
}

TEST_F(TaskTest, AFullOutputDoesNotHoldABarrierBack) {
  channel_.full = true;
  OpenAndStart();
  task_->TriggerCheckpoint({.epoch = Epoch(1)});
  Run();
  EXPECT_THAT(TakeSent(), ElementsAre("barrier 1"));
}

TEST_F(TaskTest, AnIdleSourceIsLookedAtFromTimeToTime) {
  OpenAndStart();
  const int polls = source_.polls;
  executor_.Advance(absl::Seconds(1));
  EXPECT_GT(source_.polls, polls);
  EXPECT_LT(source_.polls, polls + 20);
}

TEST_F(TaskTest, AnAbortedCheckpointIsCancelledDownstream) {
  OpenAndStart();
  task_->AbortCheckpoint(Epoch(3));
  Run();
  EXPECT_THAT(TakeSent(), ElementsAre("cancel 3"));
}

TEST_F(TaskTest, ASnapshotWaitsUntilTheSinkHasFlushed) {
  source_.ids = {1};
  sink_.flushed = false;
  OpenAndStart(/*with_sink=*/true);
  task_->TriggerCheckpoint({.epoch = Epoch(1)});
  Run();
  EXPECT_THAT(sink_.log, ElementsAre("+I[1]", "seal 1"));
  EXPECT_THAT(TakeEvents(), ElementsAre("open"));
  sink_.flushed = true;
  task_->Wake();
  Run();
  EXPECT_THAT(TakeEvents(), ElementsAre("snapshot 1 at 1"));
  task_->OnDurable(Epoch(1), Term(1));
  Run();
  EXPECT_EQ(sink_.log.back(), "durable 1");
}

TEST_F(TaskTest, TheSinkIsClosedOnlyOnceTheFinalEpochIsDurable) {
  OpenAndStart(/*with_sink=*/true);
  task_->TriggerCheckpoint({.epoch = Epoch(1), .final = true});
  Run();
  EXPECT_THAT(sink_.log, ElementsAre("seal 1"));
  task_->OnDurable(Epoch(1), Term(1));
  Run();
  EXPECT_THAT(sink_.log, ElementsAre("seal 1", "durable 1", "close"));
  EXPECT_EQ(TakeEvents().back(), "finished");
}

TEST_F(TaskTest, AFailureIsToldWithItsReasonAndEndsTheTask) {
  OpenAndStart();
  source_.status = absl::UnavailableError("the broker is gone");
  task_->Wake();
  Run();
  EXPECT_THAT(TakeEvents(), ElementsAre("open", HasSubstr("failed: the broker is gone")));
  const int polls = source_.polls;
  task_->Wake();
  executor_.Advance(absl::Seconds(1));
  EXPECT_EQ(source_.polls, polls);
}

TEST_F(TaskTest, AFailureToOpenIsToldToo) {
  source_.status = absl::NotFoundError("no such topic");
  OpenSource();
  EXPECT_THAT(TakeEvents(), ElementsAre("failed: no such topic"));
}

TEST_F(TaskTest, ACancelledTaskReleasesWhatItHoldsBeforeItSaysSo) {
  OpenAndStart();
  TakeEvents();
  task_->Cancel();
  while (executor_.RunOne()) continue;
  EXPECT_THAT(TakeEvents(), IsEmpty());  // The parts are let go on the io executor.
  Run();
  EXPECT_THAT(TakeEvents(), ElementsAre("cancelled"));
}

// An operator may be in the middle of a walk through its state, and counts while it goes.
TEST_F(TaskTest, OperatorsAreReleasedBeforeTheMetricsTheyCountWith) {
  using Log = std::vector<std::string>;
  class Scope final : public MetricScope {
   public:
    Scope(std::unique_ptr<MetricScope> scope, Log& log) : scope_(std::move(scope)), log_(log) {}
    ~Scope() override { log_.push_back("metrics"); }
    Counter* GetCounter(std::string_view name, const MetricLabels& labels) override {
      return scope_->GetCounter(name, labels);
    }
    Gauge* GetGauge(std::string_view name, const MetricLabels& labels) override {
      return scope_->GetGauge(name, labels);
    }
    Histogram* GetHistogram(std::string_view name, const MetricLabels& labels) override {
      return scope_->GetHistogram(name, labels);
    }
    std::unique_ptr<MetricScope> Child(const MetricLabels& labels) override {
      return scope_->Child(labels);
    }

   private:
    const std::unique_ptr<MetricScope> scope_;
    Log& log_;
  };
  class LoggingOperator final : public Operator {
   public:
    explicit LoggingOperator(Log& log) : log_(log) {}
    ~LoggingOperator() override { log_.push_back("operator"); }
    absl::Status Open(const TaskContext&, const StateReader*) override { return absl::OkStatus(); }
    absl::StatusOr<Progress> OnBatch(Batch, Output&) override { return Progress::kDone; }

   private:
    Log& log_;
  };
  Log log;
  task_->Open([this, &log]() -> absl::StatusOr<TaskParts> {
    TaskParts parts;
    parts.metrics = std::make_unique<Scope>(
        registry_.root().Child(
            {{"job", "job-1"}, {"job_name", "j"}, {"stage", "0"}, {"task", "1"}}),
        log);
    std::vector<std::unique_ptr<ChannelReceiver>> receivers;
    receivers.push_back(std::make_unique<FakeReceiver>(inbound_));
    parts.gate = std::make_unique<InputGate>(std::move(receivers));
    std::vector<ChainLink> links;
    links.push_back({"log", "log", std::make_unique<LoggingOperator>(log)});
    parts.chain = std::make_unique<Chain>(std::move(links), std::make_unique<FakeSink>(sink_),
                                          "sink", std::vector<std::unique_ptr<EdgeOutput>>());
    return parts;
  });
  Run();
  task_->Cancel();
  Run();
  EXPECT_THAT(log, ElementsAre("operator", "metrics"));
}

TEST_F(TaskTest, ACancellationWhileOpeningWaitsForTheOpening) {
  task_->Cancel();
  OpenSource();
  EXPECT_THAT(TakeEvents(), ElementsAre("cancelled"));
}

}  // namespace
}  // namespace millrace
