// The life of a task: what it says to its listener and sends along its edges, and in which order.
#include "worker/task/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_primitive.h"
#include "common/metrics/metrics.h"
#include "tests/harness/fake_channel.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/manual_executor.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Schema kIds{{"id", DataType::BigInt()}};
constexpr TaskId kTask{StageId(0), 1};

// One split whose batches a test gives it.
class FakeSource final : public Source {
 public:
  struct World {
    std::deque<int64_t> ids;  // A batch of one row each.
    bool ends = false;
    absl::Status status;
    int polls = 0;
    std::vector<int64_t> durable;
  };

  explicit FakeSource(World& world) : world_(world) {}

  absl::Status Open(const TaskContext&, const StateReader*) override { return world_.status; }
  absl::StatusOr<SourcePoll> Poll(int64_t) override {
    ++world_.polls;
    if (!world_.status.ok()) return world_.status;
    SourcePoll poll;
    if (world_.ids.empty()) {
      poll.wait = world_.ends ? SourceWait::kFinished : SourceWait::kWait;
      return poll;
    }
    poll.wait = SourceWait::kMore;
    poll.data.push_back({.split = 0, .rows = MakeBatch(kIds, {{world_.ids.front()}})});
    world_.ids.pop_front();
    ++position_;
    return poll;
  }
  const std::vector<std::string>& split_names() const override { return names_; }
  SplitStatus split_status(int) const override { return {}; }
  void Snapshot(StateWriter& state) const override {
    state.Put("position", absl::StrCat(position_));
  }
  void OnDurable(Epoch epoch) override { world_.durable.push_back(epoch.value()); }

 private:
  World& world_;
  int64_t position_ = 0;
  const std::vector<std::string> names_ = {"only"};
};

class FakeSink final : public Sink {
 public:
  struct World {
    std::vector<std::string> log;
    bool flushed = true;
  };

  explicit FakeSink(World& world) : world_(world) {}

  absl::Status Open(const TaskContext&, const StateReader*) override { return absl::OkStatus(); }
  absl::StatusOr<Progress> Append(Batch batch) override {
    for (const std::string& row : RowStrings(kIds, batch)) world_.log.push_back(row);
    return Progress::kDone;
  }
  absl::Status Seal(Epoch epoch) override {
    world_.log.push_back(absl::StrCat("seal ", epoch.value()));
    return absl::OkStatus();
  }
  absl::StatusOr<bool> Flushed(Epoch) override { return world_.flushed; }
  absl::Status OnDurable(Epoch epoch, Term) override {
    world_.log.push_back(absl::StrCat("durable ", epoch.value()));
    return absl::OkStatus();
  }
  absl::Status Close() override {
    world_.log.push_back("close");
    return absl::OkStatus();
  }

 private:
  World& world_;
};

std::string Text(const Element& element) {
  if (const auto* batch = std::get_if<Batch>(&element)) return RowStrings(kIds, *batch)[0];
  if (const auto* watermark = std::get_if<Watermark>(&element)) {
    return watermark->time == EventTime::Max() ? "end of time" : "watermark";
  }
  if (std::holds_alternative<IdleStatus>(element)) return "idle";
  if (const auto* barrier = std::get_if<Barrier>(&element)) {
    return absl::StrCat("barrier ", barrier->epoch.value());
  }
  if (const auto* cancel = std::get_if<CancelBarrier>(&element)) {
    return absl::StrCat("cancel ", cancel->epoch.value());
  }
  return "end of input";
}

class TaskTest : public testing::Test, public TaskListener {
 protected:
  void SetUp() override {
    task_ = std::make_shared<Task>(TaskEnvironment{
        .id = kTask, .executor = &executor_, .io = &io_, .clock = &clock_, .listener = this});
  }
  void TearDown() override { Run(); }

  void OnTaskEvent(TaskId, TaskEvent event, const absl::Status& status) override {
    constexpr const char* kNames[] = {"", "open", "input ended", "finished", "cancelled", "failed"};
    events_.push_back(status.ok() ? kNames[static_cast<int>(event)]
                                  : absl::StrCat(kNames[static_cast<int>(event)], ": ",
                                                 std::string(status.message())));
  }
  void OnTaskSnapshot(Epoch epoch, TaskSnapshot snapshot, std::unique_ptr<FrozenState>,
                      bool moved) override {
    std::string position;
    for (const OperatorSnapshot& op : snapshot.operators) {
      const auto found = op.values.find("position");
      if (found != op.values.end()) position = found->second;
    }
    events_.push_back(
        absl::StrCat("snapshot ", epoch.value(), " at ", position, moved ? "" : ", nothing moved"));
  }

  // A source, and an edge or a sink.
  void OpenSource(bool with_sink = false) {
    task_->Open([this, with_sink]() -> absl::StatusOr<TaskParts> {
      TaskParts parts;
      parts.metrics = registry_.root().Child(
          {{"job", "job-1"}, {"job_name", "j"}, {"stage", "0"}, {"task", "1"}});
      parts.source =
          std::make_unique<SourceDriver>(SourceSpec{.table = {.name = "ids", .schema = kIds}},
                                         std::make_unique<FakeSource>(source_), nullptr);
      parts.source_state_id = "source";
      TaskContext context{.clock = &clock_, .metrics = parts.metrics.get()};
      const absl::Status opened = parts.source->Open(context, nullptr);
      if (!opened.ok()) return opened;
      std::vector<std::unique_ptr<EdgeOutput>> edges;
      std::unique_ptr<Sink> sink;
      if (with_sink) {
        sink = std::make_unique<FakeSink>(sink_);
      } else {
        std::vector<std::unique_ptr<ChannelSender>> senders;
        senders.push_back(std::make_unique<FakeSender>(channel_));
        edges.push_back(*EdgeOutput::Create(
            {.partitioning = Partitioning::kForward, .schema = kIds}, 16, 0, std::move(senders)));
      }
      parts.chain = std::make_unique<Chain>(std::vector<ChainLink>(), std::move(sink), "sink",
                                            std::move(edges));
      return parts;
    });
    Run();
  }

  void OpenAndStart(bool with_sink = false) {
    OpenSource(with_sink);
    task_->Start();
    Run();
  }

  void Run() {
    while (executor_.RunOne() || io_.RunOne()) continue;
  }

  std::vector<std::string> TakeSent() {
    std::vector<std::string> sent;
    for (const Element& element : channel_.sent) sent.push_back(Text(element));
    channel_.sent.clear();
    return sent;
  }
  std::vector<std::string> TakeEvents() { return std::exchange(events_, {}); }

  FakeClock clock_;
  ManualExecutor executor_{clock_};
  ManualExecutor io_{clock_};
  MetricRegistry registry_;
  FakeSource::World source_;
  FakeSink::World sink_;
  FakeSenderState channel_;
  std::deque<Element> inbound_;
  std::shared_ptr<Task> task_;
  std::vector<std::string> events_;
};

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
