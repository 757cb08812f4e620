// A task with a source and an edge or a sink, run by hand, and what a test sees of it: elements
// sent and what its listener is told.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "tests/harness/fake_channel.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/manual_executor.h"
#include "tests/harness/rows.h"
#include "worker/task/task.h"

namespace millrace {

inline const Schema kIds{{"id", DataType::BigInt()}};
inline constexpr TaskId kTask{StageId(0), 1};

// One split whose batches a test gives it.
class FakeSource final : public Source {
 public:
  struct World {
    std::deque<int64_t> ids;  // A batch of one row each.
    bool ends = false;
    absl::Status status;
    std::string warning;  // Logged at the next poll.
    int polls = 0;
    std::vector<int64_t> durable;
  };

  explicit FakeSource(World& world) : world_(world) {}

  absl::Status Open(const TaskContext&, const StateReader*) override {
    if (!world_.warning.empty()) LOG_INFO("opening");
    return world_.status;
  }
  absl::StatusOr<SourcePoll> Poll(int64_t) override {
    ++world_.polls;
    if (!world_.warning.empty()) LOG_WARNING(std::exchange(world_.warning, ""));
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

inline std::string Text(const Element& element) {
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

class TaskFixture : public testing::Test, public TaskListener {
 protected:
  void SetUp() override {
    task_ = std::make_shared<Task>(
        TaskEnvironment{.id = kTask,
                        .executor = &executor_,
                        .io = &io_,
                        .clock = &clock_,
                        .listener = this,
                        .log_fields = std::make_shared<const std::vector<LogField>>(
                            std::vector<LogField>{{"job", "job-1"}, {"task", "0/1"}})});
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
      parts.chain = std::make_unique<Chain>(std::move(links_), std::move(sink), "sink",
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
  std::vector<ChainLink> links_;  // Of the chain, before it is opened.
  std::deque<Element> inbound_;
  std::shared_ptr<Task> task_;
  std::vector<std::string> events_;
};

}  // namespace millrace
